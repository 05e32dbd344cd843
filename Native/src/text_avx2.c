#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTES = 32, BITS = 1 };
#define HAVE_SHUFFLE 1
#define GM_FILL gm_text_avx2

typedef __m256i vb;

static inline vb load(const uint8_t *p) {
    return _mm256_loadu_si256((const vb *)p);
}
static inline void store(uint8_t *p, vb x) {
    _mm256_storeu_si256((vb *)p, x);
}
static inline vb splat8(uint8_t x) {
    return _mm256_set1_epi8((char)x);
}
static inline vb or_(vb a, vb b) {
    return _mm256_or_si256(a, b);
}
static inline vb and_(vb a, vb b) {
    return _mm256_and_si256(a, b);
}
static inline vb xor_(vb a, vb b) {
    return _mm256_xor_si256(a, b);
}
static inline int any(vb x) {
    return !_mm256_testz_si256(x, x);
}
static inline int and_not_zero(vb x, uint16_t mask) {
    return !_mm256_testz_si256(x, _mm256_set1_epi16((short)mask));
}
static inline uint64_t equal_mask(vb a, vb b) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b));
}
static inline vb equals16(vb x, uint16_t value) {
    return _mm256_cmpeq_epi16(x, _mm256_set1_epi16((short)value));
}
static inline vb reverse16(vb x) {
    const vb order = _mm256_broadcastsi128_si256(_mm_set_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
    return _mm256_permute4x64_epi64(_mm256_shuffle_epi8(x, order), 0x4E);
}
static inline vb upper16(vb x) {
    vb from_a = _mm256_cmpgt_epi16(x, _mm256_set1_epi16('a' - 1));
    vb to_z = _mm256_cmpgt_epi16(_mm256_set1_epi16('z' + 1), x);
    return _mm256_xor_si256(x, _mm256_and_si256(_mm256_and_si256(from_a, to_z), _mm256_set1_epi16(0x20)));
}
static inline vb shift_right4(vb x) {
    return _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(0x0F));
}
static inline vb table16(const uint8_t *table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}
static inline vb lookup(vb table, vb nibbles) {
    return _mm256_shuffle_epi8(table, nibbles);
}
static inline vb subtract_saturated(vb a, vb b) {
    return _mm256_subs_epu8(a, b);
}
/* The vector that begins n bytes earlier. A macro, because the instruction takes the distance as a constant. */
#define previous(x, before, n) _mm256_alignr_epi8((x), _mm256_permute2x128_si256((before), (x), 0x21), 16 - (n))

#include "text_body.h"
