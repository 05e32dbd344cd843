/* The Mandelbrot set: a long kernel bound by arithmetic alone. */
#include "internal.h"

#include <math.h>

/* A point is never interrupted: this bounds what one can take. */
enum { MOST_ITERATIONS = 1 << 18 };

/* Columns between two calls of progress: whole vectors, and a millisecond or two of work on any instruction set. */
static size_t columns_per_call(uint32_t max_iterations) {
    enum { OVERHEAD = 64 }; /* what a point costs beside its iterations, and more */
    return gm_active.mandelbrot_step * (MOST_ITERATIONS / (max_iterations + OVERHEAD) + 1);
}

gm_status gm_mandelbrot(double left, double top, double step, uint64_t columns, uint64_t first_row, uint64_t row_count,
                        uint32_t max_iterations, uint32_t *counts, uint64_t count, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(counts, count);
    GM_REQUIRE(isfinite(left) && isfinite(top) && isfinite(step), GM_OUT_OF_RANGE);
    GM_REQUIRE(max_iterations > 0 && max_iterations <= MOST_ITERATIONS, GM_OUT_OF_RANGE);
    uint64_t expected;
    GM_REQUIRE(!__builtin_mul_overflow(row_count, columns, &expected) && expected == count, GM_DIMENSION);
    if (count == 0)
        return GM_OK;
    const size_t chunk = columns_per_call(max_iterations);
    for (uint64_t row = 0; row < row_count; row++) {
        const double y = top - (double)(first_row + row) * step;
        for (uint64_t column = 0; column < columns; column += chunk) {
            GM_REQUIRE(!gm_stop(progress, context, (double)(row * columns + column) / (double)count), GM_CANCELLED);
            size_t width = columns - column < chunk ? (size_t)(columns - column) : chunk;
            gm_active.mandelbrot_row(left, step, y, column, width, max_iterations, counts + row * columns + column);
        }
    }
    return GM_OK;
}
