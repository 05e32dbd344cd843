/*
 * The Mandelbrot iteration for any vector width; the same operations in the same order as scalar, so the counts are equal.
 * Several vectors are in flight, because one iteration is a chain of dependent operations. GM_BYTES and GM_FILL as in
 * vector_body.h.
 */
#include "internal.h"

#define N ((size_t)(GM_BYTES / 8))
#define UNROLL _Pragma("GCC unroll 4")
enum { FLIGHT = 4 };

typedef double vf __attribute__((vector_size(GM_BYTES)));
typedef int64_t vi __attribute__((vector_size(GM_BYTES)));

static inline bool none(const vi *masks) {
    vi all = masks[0];
    for (size_t k = 1; k < FLIGHT; k++)
        all |= masks[k];
    int64_t any = 0;
    for (size_t lane = 0; lane < N; lane++)
        any |= all[lane];
    return any == 0;
}

static void points(const double *x, double y, uint32_t max_iterations, int64_t *counts) {
    vf cx[FLIGHT], re[FLIGHT], im[FLIGHT];
    vi n[FLIGHT], inside[FLIGHT];
    UNROLL
    for (size_t k = 0; k < FLIGHT; k++) {
        memcpy(&cx[k], x + k * N, sizeof(vf));
        re[k] = im[k] = (vf){0};
        n[k] = (vi){0};
        inside[k] = ~(vi){0};
    }
    /* Whether all have left is asked every few iterations: points that have left keep their count. */
    for (uint32_t i = 0; i < max_iterations; i++) {
        UNROLL
        for (size_t k = 0; k < FLIGHT; k++) {
            const vf re2 = re[k] * re[k], im2 = im[k] * im[k];
            inside[k] &= (vi)(re2 + im2 <= 4.0);
            n[k] -= inside[k];
            im[k] = (re[k] + re[k]) * im[k] + y;
            re[k] = re2 - im2 + cx[k];
        }
        if (i % 8 == 7 && none(inside))
            break;
    }
    memcpy(counts, n, sizeof n);
}

static void mandelbrot_row(double left, double step, double y, uint64_t first, size_t columns, uint32_t max_iterations,
                           uint32_t *counts) {
    for (size_t i = 0; i < columns; i += FLIGHT * N) {
        double x[FLIGHT * N];
        int64_t n[FLIGHT * N];
        for (size_t k = 0; k < FLIGHT * N; k++)
            x[k] = left + (double)(first + i + k) * step;
        points(x, y, max_iterations, n);
        for (size_t k = 0; k < FLIGHT * N && i + k < columns; k++)
            counts[i + k] = (uint32_t)n[k];
    }
}

void GM_FILL(gm_ops *ops) {
    ops->mandelbrot_row = mandelbrot_row;
    ops->mandelbrot_step = FLIGHT * N;
}
