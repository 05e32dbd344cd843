#include "internal.h"

enum { MR = 4, NR = 4 };

static void multiply(size_t depth, const double *a, const double *b, double *c, size_t stride, bool add) {
    double sums[MR][NR] = {{0}};
    for (size_t k = 0; k < depth; k++)
        for (size_t i = 0; i < MR; i++)
            for (size_t j = 0; j < NR; j++)
                sums[i][j] += a[k * MR + i] * b[k * NR + j];
    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NR; j++)
            c[i * stride + j] = add ? c[i * stride + j] + sums[i][j] : sums[i][j];
}

void gm_matrix_scalar(gm_ops *ops) {
    ops->tile = (gm_tile){MR, NR, multiply};
}
