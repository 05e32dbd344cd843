/*
 * CRC-32C with the processor's instruction (SSE 4.2, which every AVX2 processor has). One chain waits three cycles per 8 bytes,
 * so three lanes run side by side and are joined with carry-less products (Gopal et al., "Fast CRC computation for iSCSI
 * polynomial", 2011).
 */
#include "internal.h"

#include <immintrin.h>

enum { LONG_LANE = 2048, SHORT_LANE = 128 };

/* x^(8n - 33) mod P for n of one and two lanes: a product with it, taken through the instruction, moves a checksum n bytes on. */
typedef struct gm_shifts {
    uint32_t one, two;
} gm_shifts;

static gm_shifts long_shifts, short_shifts;

static inline uint64_t word(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint32_t move_on(uint32_t state, uint32_t shift) {
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)state), _mm_cvtsi32_si128((int)shift), 0);
    return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

static inline uint32_t three_lanes(const uint8_t *data, size_t lane, gm_shifts shifts, uint32_t state) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < lane; i += 8) {
        a = _mm_crc32_u64(a, word(data + i));
        b = _mm_crc32_u64(b, word(data + lane + i));
        c = _mm_crc32_u64(c, word(data + 2 * lane + i));
    }
    return move_on((uint32_t)a, shifts.two) ^ move_on((uint32_t)b, shifts.one) ^ (uint32_t)c;
}

static uint32_t crc32c(const uint8_t *data, size_t count, uint32_t state) {
    for (; count >= 3 * LONG_LANE; count -= 3 * LONG_LANE, data += 3 * LONG_LANE)
        state = three_lanes(data, LONG_LANE, long_shifts, state);
    for (; count >= 3 * SHORT_LANE; count -= 3 * SHORT_LANE, data += 3 * SHORT_LANE)
        state = three_lanes(data, SHORT_LANE, short_shifts, state);
    for (; count >= 8; count -= 8, data += 8)
        state = (uint32_t)_mm_crc32_u64(state, word(data));
    for (; count > 0; count--, data++)
        state = _mm_crc32_u8(state, *data);
    return state;
}

static uint32_t power_of_x(size_t exponent) {
    uint32_t power = UINT32_C(1) << 31;
    for (size_t i = 0; i < exponent; i++)
        power = power >> 1 ^ (UINT32_C(0x82F63B78) & (0 - (power & 1)));
    return power;
}

void gm_crc32c_avx2(gm_ops *ops) {
    long_shifts = (gm_shifts){power_of_x(8 * LONG_LANE - 33), power_of_x(16 * LONG_LANE - 33)};
    short_shifts = (gm_shifts){power_of_x(8 * SHORT_LANE - 33), power_of_x(16 * SHORT_LANE - 33)};
    ops->crc32c = crc32c;
}
