/* Text kernels on UTF-16 code units. */
#include "internal.h"

#define GM_CHECK_COPY(source, count, destination)                                                                                \
    do {                                                                                                                         \
        GM_CHECK_ARRAY(source, count);                                                                                           \
        GM_CHECK_ARRAY(destination, count);                                                                                      \
        GM_REQUIRE(!gm_overlap(source, (count) * sizeof(*(source)), destination, (count) * sizeof(*(destination))), GM_OVERLAP); \
    } while (0)

gm_status gm_reverse_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination) {
    GM_CHECK_COPY(source, count, destination);
    return gm_active.reverse_ascii_u16(source, (size_t)count, destination) ? GM_OK : GM_NOT_ASCII;
}

gm_status gm_upper_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination) {
    GM_CHECK_COPY(source, count, destination);
    return gm_active.upper_ascii_u16(source, (size_t)count, destination) ? GM_OK : GM_NOT_ASCII;
}

gm_status gm_reverse_segments_u16(const uint16_t *source, uint64_t count, const int32_t *lengths, uint64_t segment_count,
                                  uint16_t *destination) {
    GM_CHECK_COPY(source, count, destination);
    GM_CHECK_ARRAY(lengths, segment_count);
    GM_REQUIRE(!gm_overlap(lengths, segment_count * sizeof(int32_t), destination, count * sizeof(uint16_t)), GM_OVERLAP);

    uint64_t left = count;
    for (uint64_t i = 0; i < segment_count; i++) {
        GM_REQUIRE(lengths[i] >= 0 && (uint64_t)lengths[i] <= left, GM_DIMENSION);
        left -= (uint64_t)lengths[i];
    }
    GM_REQUIRE(left == 0, GM_DIMENSION);

    /* Clusters are a few units long: a loop beats a call to memcpy. */
    uint16_t *end = destination + count;
    for (uint64_t i = 0; i < segment_count; i++) {
        int32_t length = lengths[i];
        end -= length;
        for (int32_t k = 0; k < length; k++)
            end[k] = source[k];
        source += length;
    }
    return GM_OK;
}
