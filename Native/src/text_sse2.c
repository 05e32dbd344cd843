#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTES = 16, BITS = 1 };
#define GM_FILL gm_text_sse2

typedef __m128i vb;

static inline vb load(const uint8_t *p) {
    return _mm_loadu_si128((const vb *)p);
}
static inline void store(uint8_t *p, vb x) {
    _mm_storeu_si128((vb *)p, x);
}
static inline vb splat8(uint8_t x) {
    return _mm_set1_epi8((char)x);
}
static inline vb or_(vb a, vb b) {
    return _mm_or_si128(a, b);
}
static inline int and_not_zero(vb x, uint16_t mask) {
    vb bits = _mm_and_si128(x, _mm_set1_epi16((short)mask));
    return _mm_movemask_epi8(_mm_cmpeq_epi16(bits, _mm_setzero_si128())) != 0xFFFF;
}
static inline uint64_t equal_mask(vb a, vb b) {
    return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
}
static inline vb equals16(vb x, uint16_t value) {
    return _mm_cmpeq_epi16(x, _mm_set1_epi16((short)value));
}
static inline vb reverse16(vb x) {
    x = _mm_shufflehi_epi16(_mm_shufflelo_epi16(x, 0x1B), 0x1B);
    return _mm_shuffle_epi32(x, 0x4E);
}
static inline vb upper16(vb x) {
    vb from_a = _mm_cmpgt_epi16(x, _mm_set1_epi16('a' - 1));
    vb to_z = _mm_cmpgt_epi16(_mm_set1_epi16('z' + 1), x);
    return _mm_xor_si128(x, _mm_and_si128(_mm_and_si128(from_a, to_z), _mm_set1_epi16(0x20)));
}

#include "text_body.h"
