/* XXH64 after the xxHash specification. Four independent multiply chains keep a scalar core busy: no vector variant beats it. */
#include "internal.h"

#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
#define P5 0x27D4EB2F165667C5u

static inline uint64_t rotate(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
}

static inline uint64_t read64(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint32_t read32(const uint8_t *p) {
    uint32_t x;
    memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

static inline uint64_t step(uint64_t lane, uint64_t input) {
    return rotate(lane + input * P2, 31) * P1;
}

static inline uint64_t merge(uint64_t hash, uint64_t lane) {
    return (hash ^ step(0, lane)) * P1 + P4;
}

static uint64_t long_input(const uint8_t **position, const uint8_t *end, uint64_t seed) {
    const uint8_t *p = *position;
    uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    do {
        a = step(a, read64(p));
        b = step(b, read64(p + 8));
        c = step(c, read64(p + 16));
        d = step(d, read64(p + 24));
        p += 32;
    } while (end - p >= 32);
    *position = p;

    uint64_t hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge(merge(merge(merge(hash, a), b), c), d);
}

static uint64_t finish(uint64_t hash, const uint8_t *p, const uint8_t *end) {
    for (; end - p >= 8; p += 8)
        hash = rotate(hash ^ step(0, read64(p)), 27) * P1 + P4;
    if (end - p >= 4) {
        hash = rotate(hash ^ read32(p) * P1, 23) * P2 + P3;
        p += 4;
    }
    for (; p < end; p++)
        hash = rotate(hash ^ *p * P5, 11) * P1;

    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    return hash ^ hash >> 32;
}

gm_status gm_xxh64(const uint8_t *data, uint64_t count, uint64_t seed, uint64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    static const uint8_t nothing = 0;
    const uint8_t *p = count == 0 ? &nothing : data;
    const uint8_t *end = p + count;
    uint64_t hash = count >= 32 ? long_input(&p, end, seed) : seed + P5;
    *result = finish(hash + count, p, end);
    return GM_OK;
}
