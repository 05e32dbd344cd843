/*
 * The inner kernel of matrix multiplication for any vector width. A file matrix_<isa>.c defines GM_BYTES, GM_FILL, and a tile of
 * MR rows and NV vectors that fits the registers: MR * NV sums, NV strips of b and one number of a.
 */
#include "internal.h"

#define N ((size_t)(GM_BYTES / 8))
#define UNROLL _Pragma("GCC unroll 8")

typedef double vf __attribute__((vector_size(GM_BYTES)));
typedef double vf_unaligned __attribute__((vector_size(GM_BYTES), aligned(8), may_alias));

static void multiply(size_t depth, const double *a, const double *b, double *c, size_t stride, bool add) {
    vf sums[MR][NV];
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t j = 0; j < NV; j++)
            sums[i][j] = (vf){0};
    }
    for (size_t k = 0; k < depth; k++, a += MR, b += NV * N) {
        vf strip[NV];
        UNROLL
        for (size_t j = 0; j < NV; j++)
            strip[j] = (vf) * (const vf_unaligned *)(b + j * N);
        UNROLL
        for (size_t i = 0; i < MR; i++) {
            const vf factor = a[i] - (vf){0};
            UNROLL
            for (size_t j = 0; j < NV; j++)
                sums[i][j] += factor * strip[j];
        }
    }
    for (size_t i = 0; i < MR; i++, c += stride) {
        for (size_t j = 0; j < NV; j++) {
            vf_unaligned *out = (vf_unaligned *)(c + j * N);
            *out = (vf_unaligned)(add ? (vf)*out + sums[i][j] : sums[i][j]);
        }
    }
}

void GM_FILL(gm_ops *ops) {
    ops->tile = (gm_tile){MR, NV * N, multiply};
}
