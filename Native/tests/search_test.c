#include "check.h"

static const uint8_t *bytes(const char *text) {
    return (const uint8_t *)text;
}

static uint64_t find(const char *text, const char *needle, uint32_t flags, uint64_t start) {
    uint64_t position = 0;
    CHECK(gm_find_u8(bytes(text), strlen(text), start, bytes(needle), strlen(needle), flags, &position) == GM_OK);
    return position;
}

static uint64_t occurrences(const char *text, const char *needle, uint32_t flags) {
    uint64_t result = 0;
    CHECK(gm_count_u8(bytes(text), strlen(text), bytes(needle), strlen(needle), flags, &result) == GM_OK);
    return result;
}

static void known_values(void) {
    CHECK(find("hello world", "world", 0, 0) == 6);
    CHECK(find("hello world", "World", 0, 0) == 11);
    CHECK(find("hello world", "WORLD", GM_IGNORE_ASCII_CASE, 0) == 6);
    CHECK(find("aXa", "x", GM_IGNORE_ASCII_CASE, 2) == 3);
    CHECK(find("[", "{", GM_IGNORE_ASCII_CASE, 0) == 1);
    CHECK(find("", "a", 0, 0) == 0);
    CHECK(find("a", "aa", 0, 0) == 1);
    CHECK(occurrences("aaaa", "aa", 0) == 2);
    CHECK(occurrences("aAbaA", "AA", GM_IGNORE_ASCII_CASE) == 2);
    CHECK(occurrences("abcabc", "c", 0) == 2);

    uint64_t result;
    CHECK(gm_find_u8(bytes("a"), 1, 0, NULL, 0, 0, &result) == GM_OUT_OF_RANGE);
    CHECK(gm_find_u8(bytes("a"), 1, 2, bytes("a"), 1, 0, &result) == GM_OUT_OF_RANGE);
    CHECK(gm_find_u8(bytes("a"), 1, 0, bytes("a"), 1, 2, &result) == GM_OUT_OF_RANGE);
    CHECK(gm_find_u8(NULL, 1, 0, bytes("a"), 1, 0, &result) == GM_NULL);
    CHECK(gm_find_u8(NULL, 0, 0, bytes("a"), 1, 0, &result) == GM_OK && result == 0);
    CHECK(gm_count_u8(NULL, 0, NULL, 1, 0, &result) == GM_NULL);
}

/* Half a million bytes and a needle half as long, each byte of which agrees: comparing every candidate anew takes minutes. */
static void slow_needles_stay_linear(void) {
    const size_t count = 1 << 19, half = count / 2;
    uint8_t *text = guard_alloc(count, 0), *needle = guard_alloc(half, 0);
    memset(text, 'a', count);
    memset(needle, 'a', half);
    needle[half / 2] = 'b';
    uint64_t result;
    CHECK(gm_find_u8(text, count, 0, needle, half, 0, &result) == GM_OK && result == count);
    CHECK(gm_count_u8(text, count, needle, half, GM_IGNORE_ASCII_CASE, &result) == GM_OK && result == 0);
    text[count - half / 2] = 'B';
    CHECK(gm_find_u8(text, count, 0, needle, half, GM_IGNORE_ASCII_CASE, &result) == GM_OK && result == count - half);
    guard_free(text, 0);
    guard_free(needle, 0);
}

static void records_do_not_run_together(void) {
    const char *text = "annabannann";
    const uint32_t ends[] = {4, 4, 8, 11}; /* anna, nothing, bann, ann */
    uint32_t matches[4];
    uint64_t next = 0, found = 0;
    CHECK(gm_find_records_u8(bytes(text), 11, ends, 4, bytes("ann"), 3, 0, &next, matches, 4, &found) == GM_OK);
    CHECK(found == 3 && next == 4 && matches[0] == 0 && matches[1] == 2 && matches[2] == 3);
    next = 0;
    CHECK(gm_find_records_u8(bytes(text), 11, ends, 4, bytes("nna"), 3, 0, &next, matches, 4, &found) == GM_OK);
    CHECK(found == 1 && matches[0] == 0);
    next = 0;
    CHECK(gm_find_records_u8(bytes(text), 11, ends, 4, bytes("ann"), 3, 0, &next, matches, 1, &found) == GM_OK);
    CHECK(found == 1 && next == 1 && matches[0] == 0);
    CHECK(gm_find_records_u8(bytes(text), 11, ends, 4, bytes("ann"), 3, 0, &next, matches, 1, &found) == GM_OK);
    CHECK(found == 1 && next == 3 && matches[0] == 2);
    next = 0;
    CHECK(gm_find_records_u8(bytes(text), 10, ends, 4, bytes("a"), 1, 0, &next, matches, 4, &found) == GM_DIMENSION);
    CHECK(gm_find_records_u8(bytes(text), 11, (uint32_t[]){4, 3}, 2, bytes("a"), 1, 0, &next, matches, 4, &found) ==
          GM_DIMENSION);
    CHECK(gm_find_records_u8(bytes(text), 11, ends, 0, bytes("a"), 1, 0, &next, matches, 4, &found) == GM_OK && found == 0);
}

/* The matches written would have become the ends that are read next. */
static void matches_overlap_no_input(void) {
    uint32_t *memory = guard_alloc(16 * sizeof *memory, 0);
    memset(memory, 'x', 16 * sizeof *memory);
    for (uint32_t i = 0; i < 4; i++)
        memory[i] = 8 * (i + 1);
    const char *text = "ab......ab..............ab......";
    uint64_t next = 0, found = 0;
    CHECK(gm_find_records_u8(bytes(text), 32, memory, 4, bytes("ab"), 2, 0, &next, memory + 3, 3, &found) == GM_OVERLAP);
    const uint8_t *inside = (const uint8_t *)(memory + 4);
    CHECK(gm_find_records_u8(inside, 32, memory, 4, bytes("xx"), 2, 0, &next, memory + 11, 3, &found) == GM_OVERLAP);
    CHECK(gm_find_records_u8(bytes(text), 32, memory, 4, inside, 2, 0, &next, memory + 4, 1, &found) == GM_OVERLAP);
    CHECK(next == 0 && found == 0);
    CHECK(gm_find_records_u8(inside, 32, memory, 4, bytes("xx"), 2, 0, &next, memory + 12, 4, &found) == GM_OK && found == 4);
    guard_free(memory, 0);

    uint8_t two[4];
    CHECK(!gm_overlap(two, 4, two + 2, 0) && !gm_overlap(two + 2, 0, two, 4) && !gm_overlap(two, 2, two + 2, 2));
    CHECK(gm_overlap(two, 3, two + 2, 1) && gm_overlap(two + 2, 1, two, 3));
}

static void search_matches_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint64_t random = 4;
    for (int round = 0; round < 20000; round++) {
        const size_t count = (size_t)(next_random(&random) % 400), offset = (size_t)(next_random(&random) % 64);
        const size_t length = 1 + (size_t)(next_random(&random) % (next_random(&random) % 4 == 0 ? 80 : 5));
        if (length > count)
            continue;
        uint8_t *text = guard_alloc(count, offset), *needle = guard_alloc(length, 0);
        const unsigned letters = 1 + (unsigned)(next_random(&random) % 4);
        for (size_t i = 0; i < count; i++) {
            uint8_t letter =
                (uint8_t)(next_random(&random) % 30 == 0 ? next_random(&random) : 'a' + next_random(&random) % letters);
            text[i] = (uint8_t)(next_random(&random) % 4 == 0 ? letter ^ 0x20 : letter);
        }
        memcpy(needle, text + next_random(&random) % (count - length + 1), length);
        const bool ignore_case = round & 1;
        for (size_t i = 0; ignore_case && i < length; i++)
            needle[i] = gm_lower(needle[i]);

        const gm_needle prepared = {needle, length, ignore_case};
        const size_t start = (size_t)(next_random(&random) % (count + 1));
        const uint64_t limits[] = {1, 2, UINT64_MAX};
        for (int k = 0; k < 3; k++) {
            gm_search a = {.position = start, .max_matches = limits[k], .budget = INT64_MAX}, b = a;
            scalar->search_u8(&prepared, text, count, &a);
            variant->search_u8(&prepared, text, count, &b);
            CHECK(a.matches == b.matches);
            CHECK(a.matches == 0 || limits[k] == UINT64_MAX || (a.last == b.last && a.position == b.position));
        }
        guard_free(text, offset);
        guard_free(needle, 0);
    }
}

static size_t encode(uint32_t point, uint8_t *out) {
    if (point < 0x80)
        return out[0] = (uint8_t)point, 1;
    if (point < 0x800)
        return out[0] = (uint8_t)(0xC0 | point >> 6), out[1] = (uint8_t)(0x80 | (point & 0x3F)), 2;
    if (point < 0x10000)
        return out[0] = (uint8_t)(0xE0 | point >> 12), out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3F)),
               out[2] = (uint8_t)(0x80 | (point & 0x3F)), 3;
    return out[0] = (uint8_t)(0xF0 | point >> 18), out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3F)),
           out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3F)), out[3] = (uint8_t)(0x80 | (point & 0x3F)), 4;
}

/* Encoding every number as if it were a character also makes surrogates and numbers that are too large. */
static void utf8_matches_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint64_t random = 5;
    int valid = 0, invalid = 0;
    for (int round = 0; round < 60000; round++) {
        uint8_t buffer[600];
        const size_t wanted = (size_t)(next_random(&random) % 500), offset = (size_t)(next_random(&random) % 64);
        const uint32_t spread = (uint32_t)(next_random(&random) % 5);
        size_t count = 0;
        while (count < wanted) {
            static const uint32_t limits[] = {0x80, 0x800, 0xD800, 0xD800, 0x110000};
            uint32_t point = (uint32_t)next_random(&random) % limits[next_random(&random) % 3 == 0 ? spread : 0];
            point = point >= 0xD800 && point < 0xE000 ? 0xE000 : point;
            count += encode(point, buffer + count);
        }
        if (round % 2 == 0 && count > 0) {
            static const uint8_t odd_ones[] = {0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 'a'};
            buffer[next_random(&random) % count] = odd_ones[next_random(&random) % sizeof odd_ones];
        } else if (round % 7 == 0) {
            count +=
                encode((uint32_t)(next_random(&random) % 2 ? 0xD800 + next_random(&random) % 0x800 : 0x110000), buffer + count);
        }
        uint8_t *text = guard_alloc(count, offset);
        memcpy(text, buffer, count);
        bool expected = scalar->validate_utf8(text, count);
        CHECK(variant->validate_utf8(text, count) == expected);
        valid += expected;
        invalid += !expected;
        guard_free(text, offset);
    }
    CHECK(valid > 5000 && invalid > 5000);
}

/* Every sequence of three bytes, and of four with a lead, at the end of a vector and over its border. */
static void short_sequences_match_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint8_t text[256];
    memset(text, 'x', sizeof text);
    for (uint32_t lead = 0x7F; lead <= 0xFF; lead++)
        for (uint32_t second = 0x7F; second <= 0xC1; second++)
            for (uint32_t third = 0x7F; third <= 0xC1; third += 0x41 / 5)
                for (size_t at = 126; at <= 128; at++) {
                    const uint8_t sequence[] = {(uint8_t)lead, (uint8_t)second, (uint8_t)third, 0x80};
                    memcpy(text + at, sequence, 4);
                    CHECK(scalar->validate_utf8(text, 256) == variant->validate_utf8(text, 256));
                    text[at + 3] = 'x';
                    CHECK(scalar->validate_utf8(text, 256) == variant->validate_utf8(text, 256));
                    memset(text + at, 'x', 4);
                }
}

void search_suite(void) {
    known_values();
    slow_needles_stay_linear();
    records_do_not_run_together();
    matches_overlap_no_input();
    CHECK(gm_validate_utf8(bytes("gr\xC3\xBC\xC3\x9F"), 6) == GM_OK);
    CHECK(gm_validate_utf8(bytes("\xC3"), 1) == GM_INVALID_UTF8);
    CHECK(gm_validate_utf8(NULL, 0) == GM_OK && gm_validate_utf8(NULL, 1) == GM_NULL);
    for_each_variant(search_matches_scalar);
    for_each_variant(utf8_matches_scalar);
    for_each_variant(short_sequences_match_scalar);
}
