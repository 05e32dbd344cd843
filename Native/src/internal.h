/* What the kernel files share. Nothing here is exported. */
#ifndef GM_INTERNAL_H
#define GM_INTERNAL_H

#include "gristmill_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

__extension__ typedef __int128 gm_i128;

/*
 * One entry per kernel that has variants. The scalar column is complete; each better instruction set overwrites the entries that it
 * improves. Arguments have been checked by the export before an entry is called.
 */
typedef struct gm_ops {
    gm_i128 (*sum_i64)(const int64_t *data, size_t count);
    bool (*reverse_ascii_u16)(const uint16_t *source, size_t count, uint16_t *destination);
    bool (*upper_ascii_u16)(const uint16_t *source, size_t count, uint16_t *destination);
    uint32_t (*crc32c)(const uint8_t *data, size_t count, uint32_t state);
} gm_ops;

/* Written once, by the constructor in dispatch.c, before any export can run; read-only from then on. */
extern gm_ops gm_active;

/* Fills ops for an instruction set. False, with ops untouched, when this processor or build does not have it. */
bool gm_ops_for(int32_t isa, gm_ops *ops);

void gm_arithmetic_scalar(gm_ops *ops);
void gm_text_scalar(gm_ops *ops);
void gm_crc32c_scalar(gm_ops *ops);

/* Argument checks. Each export lists its own with GM_REQUIRE, so that the first failing rule is the status. */
#define GM_REQUIRE(condition, status) \
    do {                              \
        if (!(condition))             \
            return (status);          \
    } while (0)

#define GM_CHECK_ARRAY(pointer, count)                                                                   \
    do {                                                                                                 \
        GM_REQUIRE((pointer) != NULL || (count) == 0, GM_NULL);                                          \
        GM_REQUIRE(((uintptr_t)(pointer) & (_Alignof(__typeof__(*(pointer))) - 1)) == 0, GM_MISALIGNED); \
        GM_REQUIRE((count) <= (uint64_t)PTRDIFF_MAX / sizeof(*(pointer)), GM_OUT_OF_RANGE);              \
    } while (0)

/* True when [a, a + a_bytes) and [b, b + b_bytes) share a byte. */
static inline bool gm_overlap(const void *a, uint64_t a_bytes, const void *b, uint64_t b_bytes) {
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return x < y ? y - x < a_bytes : x - y < b_bytes && a_bytes != 0;
}

#endif
