#include "check.h"

static void ascii_kernels_refuse_other_text(void) {
    uint16_t out[4];
    CHECK(gm_reverse_ascii_u16((uint16_t[]){'a', 'b', 'c'}, 3, out) == GM_OK && out[0] == 'c' && out[1] == 'b' && out[2] == 'a');
    CHECK(gm_reverse_ascii_u16((uint16_t[]){'\r', '\n'}, 2, out) == GM_NOT_ASCII);
    CHECK(gm_reverse_ascii_u16((uint16_t[]){0x80}, 1, out) == GM_NOT_ASCII);
    CHECK(gm_upper_ascii_u16((uint16_t[]){'a', 'z', '{', '`'}, 4, out) == GM_OK);
    CHECK(out[0] == 'A' && out[1] == 'Z' && out[2] == '{' && out[3] == '`');
    CHECK(gm_upper_ascii_u16((uint16_t[]){0xE9}, 1, out) == GM_NOT_ASCII);
    CHECK(gm_upper_ascii_u16(NULL, 1, out) == GM_NULL);
    CHECK(gm_upper_ascii_u16(out, 2, out + 1) == GM_OVERLAP);
    CHECK(gm_upper_ascii_u16(NULL, 0, NULL) == GM_OK);
}

static void segments_keep_their_inside(void) {
    const uint16_t source[] = {1, 2, 3, 4, 5, 6};
    uint16_t out[6];
    CHECK(gm_reverse_segments_u16(source, 6, (int32_t[]){1, 3, 2}, 3, out) == GM_OK);
    CHECK(memcmp(out, (uint16_t[]){5, 6, 2, 3, 4, 1}, sizeof out) == 0);
    CHECK(gm_reverse_segments_u16(source, 6, (int32_t[]){1, 3}, 2, out) == GM_DIMENSION);
    CHECK(gm_reverse_segments_u16(source, 6, (int32_t[]){1, 7}, 2, out) == GM_DIMENSION);
    CHECK(gm_reverse_segments_u16(source, 6, (int32_t[]){-1, 7}, 2, out) == GM_DIMENSION);
}

static void compare(const uint16_t *source, size_t count, bool (*scalar)(const uint16_t *, size_t, uint16_t *),
                    bool (*variant)(const uint16_t *, size_t, uint16_t *)) {
    uint16_t *expected = guard_alloc(count * sizeof *expected, 0), *actual = guard_alloc(count * sizeof *actual, 2);
    bool ok = scalar(source, count, expected);
    CHECK(variant(source, count, actual) == ok);
    CHECK(!ok || count == 0 || memcmp(expected, actual, count * sizeof *expected) == 0);
    guard_free(expected, 0);
    guard_free(actual, 2);
}

static void text_matches_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint64_t random = 3;
    for (size_t count = 0; count < 200; count++)
        for (size_t offset = 0; offset < 16; offset += 2) {
            uint16_t *source = guard_alloc(count * sizeof *source, offset);
            for (size_t i = 0; i < count; i++) {
                uint16_t unit = (uint16_t)(next_random(&random) & 0x7F);
                source[i] = unit == '\r' ? ' ' : unit;
            }
            compare(source, count, scalar->reverse_ascii_u16, variant->reverse_ascii_u16);
            compare(source, count, scalar->upper_ascii_u16, variant->upper_ascii_u16);
            static const uint16_t odd_ones[] = {'\r', 0x80, 0xFF, 0x161, 0x8061, 0xD800};
            for (size_t k = 0; k < 6 && count > 0; k++) {
                size_t at = (size_t)(next_random(&random) % count);
                uint16_t kept = source[at];
                source[at] = odd_ones[k];
                compare(source, count, scalar->reverse_ascii_u16, variant->reverse_ascii_u16);
                compare(source, count, scalar->upper_ascii_u16, variant->upper_ascii_u16);
                source[at] = kept;
            }
            guard_free(source, offset);
        }
}

void text_suite(void) {
    ascii_kernels_refuse_other_text();
    segments_keep_their_inside();
    for_each_variant(text_matches_scalar);
}
