#include "fuzz.h"

/* The first bytes say how long the needle is, whether case counts, and where to begin; the needle is the start of the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4)
        return 0;
    const size_t needle_count = 1 + data[0] % 40;
    const uint32_t flags = data[1] & 1;
    const uint64_t skip = data[2];
    data += 3;
    size -= 3;
    if (size < needle_count)
        return 0;
    uint8_t *needle = copy_of(data, needle_count), *text = copy_of(data + needle_count, size - needle_count);
    const size_t count = size - needle_count;
    const uint64_t start = skip < count ? skip : count;

    uint64_t position, occurrences, expected_position, expected_occurrences;
    CHECK(gm_ops_for(GM_ISA_SCALAR, &gm_active));
    CHECK(gm_find_u8(text, count, start, needle, needle_count, flags, &expected_position) == GM_OK);
    CHECK(gm_count_u8(text, count, needle, needle_count, flags, &expected_occurrences) == GM_OK);
    FOR_EACH_VARIANT({
        CHECK(gm_find_u8(text, count, start, needle, needle_count, flags, &position) == GM_OK && position == expected_position);
        CHECK(gm_count_u8(text, count, needle, needle_count, flags, &occurrences) == GM_OK &&
              occurrences == expected_occurrences);
    });

    /* Records of uneven lengths: each match must lie inside its record, and none may be missed. */
    uint32_t ends[32], matches[32];
    size_t records = 0;
    for (size_t end = 0; records < 32 && end < count;)
        ends[records++] = (uint32_t)(end = end + text[end] % 50 < count ? end + text[end] % 50 + 1 : count);
    FOR_EACH_VARIANT({
        uint64_t next = 0;
        uint64_t found = 0;
        CHECK(gm_find_records_u8(text, count, ends, records, needle, needle_count, flags, &next, matches, 32, &found) == GM_OK);
        CHECK(next == records);
        size_t m = 0;
        for (size_t i = 0; i < records; i++) {
            const size_t begin = i == 0 ? 0 : ends[i - 1];
            const size_t end = ends[i] < count ? ends[i] : count;
            CHECK(gm_find_u8(text, end, begin, needle, needle_count, flags, &position) == GM_OK);
            const bool holds = position < end;
            CHECK(holds == (m < found && matches[m] == i));
            m += holds;
        }
    });

    /* Ends that are any bytes, and matches anywhere among them: a status, and nothing read or written beside them. */
    const size_t words = count / sizeof(uint32_t), most = words < 1000 ? words : 1000;
    uint32_t *any = copy_of(text, most * sizeof *any);
    for (size_t i = 0; (data[0] & 1) && i < most; i++)
        any[i] = (i == 0 ? 0 : any[i - 1]) + any[i] % 9;
    FOR_EACH_VARIANT({
        uint64_t next = skip;
        uint64_t found = 0;
        const size_t split = most == 0 ? 0 : data[0] % most;
        const size_t last = most - split < 2 || (data[0] & 2) ? split : split + 1;
        const gm_status status = gm_find_records_u8(text, count, any, last, needle, needle_count, flags, &next, any + split,
                                                    most - split, &found);
        CHECK(status != GM_OK || (last == split && next <= last && found <= most - split));
    });
    free(any);
    free(needle);
    free(text);
    return 0;
}
