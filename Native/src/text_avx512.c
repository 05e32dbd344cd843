#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTES = 64, BITS = 1 };
#define HAVE_SHUFFLE 1
#define GM_FILL gm_text_avx512

typedef __m512i vb;

static inline vb load(const uint8_t *p) {
    return _mm512_loadu_si512(p);
}
static inline void store(uint8_t *p, vb x) {
    _mm512_storeu_si512(p, x);
}
static inline vb splat8(uint8_t x) {
    return _mm512_set1_epi8((char)x);
}
static inline vb or_(vb a, vb b) {
    return _mm512_or_si512(a, b);
}
static inline vb and_(vb a, vb b) {
    return _mm512_and_si512(a, b);
}
static inline vb xor_(vb a, vb b) {
    return _mm512_xor_si512(a, b);
}
static inline int any(vb x) {
    return _mm512_test_epi64_mask(x, x) != 0;
}
static inline int and_not_zero(vb x, uint16_t mask) {
    return _mm512_test_epi16_mask(x, _mm512_set1_epi16((short)mask)) != 0;
}
static inline uint64_t equal_mask(vb a, vb b) {
    return _mm512_cmpeq_epi8_mask(a, b);
}
static inline vb equals16(vb x, uint16_t value) {
    return _mm512_movm_epi16(_mm512_cmpeq_epi16_mask(x, _mm512_set1_epi16((short)value)));
}
static inline vb reverse16(vb x) {
    const vb order = _mm512_set_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                                      25, 26, 27, 28, 29, 30, 31);
    return _mm512_permutexvar_epi16(order, x);
}
static inline vb upper16(vb x) {
    __mmask32 lower = _mm512_cmple_epu16_mask(_mm512_sub_epi16(x, _mm512_set1_epi16('a')), _mm512_set1_epi16('z' - 'a'));
    return _mm512_mask_sub_epi16(x, lower, x, _mm512_set1_epi16(0x20));
}
static inline vb shift_right4(vb x) {
    return _mm512_and_si512(_mm512_srli_epi16(x, 4), _mm512_set1_epi8(0x0F));
}
static inline vb table16(const uint8_t *table) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
}
static inline vb lookup(vb table, vb nibbles) {
    return _mm512_shuffle_epi8(table, nibbles);
}
static inline vb subtract_saturated(vb a, vb b) {
    return _mm512_subs_epu8(a, b);
}
/* The vector that begins n bytes earlier. A macro, because the instruction takes the distance as a constant. */
#define previous(x, before, n) _mm512_alignr_epi8((x), _mm512_alignr_epi32((x), (before), 12), 16 - (n))

#include "text_body.h"
