#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

/* NEON has no move-mask: narrowing gives 4 bits per byte, of which one is kept. */
enum { BYTES = 16, BITS = 4 };
#define HAVE_SHUFFLE 1
#define GM_FILL gm_text_neon

typedef uint8x16_t vb;

static inline vb load(const uint8_t *p) {
    return vld1q_u8(p);
}
static inline void store(uint8_t *p, vb x) {
    vst1q_u8(p, x);
}
static inline vb splat8(uint8_t x) {
    return vdupq_n_u8(x);
}
static inline vb or_(vb a, vb b) {
    return vorrq_u8(a, b);
}
static inline vb and_(vb a, vb b) {
    return vandq_u8(a, b);
}
static inline vb xor_(vb a, vb b) {
    return veorq_u8(a, b);
}
static inline int any(vb x) {
    return vmaxvq_u8(x) != 0;
}
static inline int and_not_zero(vb x, uint16_t mask) {
    return vmaxvq_u16(vandq_u16(vreinterpretq_u16_u8(x), vdupq_n_u16(mask))) != 0;
}
static inline uint64_t equal_mask(vb a, vb b) {
    uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(vceqq_u8(a, b)), 4);
    return vget_lane_u64(vreinterpret_u64_u8(nibbles), 0) & UINT64_C(0x1111111111111111);
}
static inline vb equals16(vb x, uint16_t value) {
    return vreinterpretq_u8_u16(vceqq_u16(vreinterpretq_u16_u8(x), vdupq_n_u16(value)));
}
static inline vb reverse16(vb x) {
    uint16x8_t halves = vrev64q_u16(vreinterpretq_u16_u8(x));
    return vreinterpretq_u8_u16(vextq_u16(halves, halves, 4));
}
static inline vb upper16(vb x) {
    uint16x8_t units = vreinterpretq_u16_u8(x);
    uint16x8_t lower = vcleq_u16(vsubq_u16(units, vdupq_n_u16('a')), vdupq_n_u16('z' - 'a'));
    return vreinterpretq_u8_u16(vsubq_u16(units, vandq_u16(lower, vdupq_n_u16(0x20))));
}
static inline vb shift_right4(vb x) {
    return vshrq_n_u8(x, 4);
}
static inline vb table16(const uint8_t *table) {
    return vld1q_u8(table);
}
static inline vb lookup(vb table, vb nibbles) {
    return vqtbl1q_u8(table, nibbles);
}
static inline vb subtract_saturated(vb a, vb b) {
    return vqsubq_u8(a, b);
}
/* The vector that begins n bytes earlier. A macro, because the instruction takes the distance as a constant. */
#define previous(x, before, n) vextq_u8((before), (x), 16 - (n))

#include "text_body.h"
