#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const size_t count = size / 2;
    uint16_t *source = copy_of(data, count * 2), *expected = copy_of(data, count * 2), *actual = copy_of(data, count * 2);
    /* Mostly ASCII, or the fast path would never run. */
    for (size_t i = 0; i < count; i++)
        source[i] = source[i] % 61 == 0 ? source[i] : source[i] & 0x7F;

    CHECK(gm_ops_for(GM_ISA_SCALAR, &gm_active));
    const gm_status reversed = gm_reverse_ascii_u16(source, count, expected);
    FOR_EACH_VARIANT({
        CHECK(gm_reverse_ascii_u16(source, count, actual) == reversed);
        CHECK(reversed != GM_OK || memcmp(expected, actual, count * 2) == 0);
    });
    CHECK(gm_ops_for(GM_ISA_SCALAR, &gm_active));
    const gm_status upper = gm_upper_ascii_u16(source, count, expected);
    FOR_EACH_VARIANT({
        CHECK(gm_upper_ascii_u16(source, count, actual) == upper);
        CHECK(upper != GM_OK || memcmp(expected, actual, count * 2) == 0);
    });

    /* Segment lengths that may or may not add up. */
    int32_t lengths[64];
    size_t segments = size < 64 ? size : 64;
    for (size_t i = 0; i < segments; i++)
        lengths[i] = (int8_t)data[i] % 9;
    (void)gm_reverse_segments_u16(source, count, lengths, segments, actual);
    free(source);
    free(expected);
    free(actual);
    return 0;
}
