#include "internal.h"

static void mandelbrot_row(double left, double step, double y, uint64_t first, size_t columns, uint32_t max_iterations,
                           uint32_t *counts) {
    for (size_t i = 0; i < columns; i++) {
        const double x = left + (double)(first + i) * step;
        double re = 0, im = 0;
        uint32_t n = 0;
        while (n < max_iterations) {
            const double re2 = re * re, im2 = im * im;
            if (!(re2 + im2 <= 4.0))
                break;
            im = (re + re) * im + y;
            re = re2 - im2 + x;
            n++;
        }
        counts[i] = n;
    }
}

void gm_mandelbrot_scalar(gm_ops *ops) {
    ops->mandelbrot_row = mandelbrot_row;
    ops->mandelbrot_step = 1;
}
