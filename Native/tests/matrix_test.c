#include "check.h"

#include <math.h>

static gm_status multiply(const double *a, const double *b, double *c, size_t rows, size_t inner, size_t columns) {
    return gm_multiply_f64(a, rows * inner, b, inner * columns, c, rows * columns, rows, inner, columns, NULL, NULL);
}

/* Within the bound that the header states. */
static void products_are_near(size_t rows, size_t inner, size_t columns, uint64_t *random) {
    double *a = guard_alloc(rows * inner * 8, 8), *b = guard_alloc(inner * columns * 8, 0),
           *c = guard_alloc(rows * columns * 8, 8);
    for (size_t i = 0; i < rows * inner; i++)
        a[i] = (double)(int64_t)next_random(random) * 0x1p-60;
    for (size_t i = 0; i < inner * columns; i++)
        b[i] = (double)(int64_t)next_random(random) * 0x1p-60;
    CHECK(multiply(a, b, c, rows, inner, columns) == GM_OK);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double exact = 0, size = 0;
            for (size_t k = 0; k < inner; k++) {
                exact += a[i * inner + k] * b[k * columns + j];
                size += fabs(a[i * inner + k] * b[k * columns + j]);
            }
            CHECK(fabs(c[i * columns + j] - exact) <= 2 * (double)inner * 0x1p-52 * size);
        }
    guard_free(a, 8);
    guard_free(b, 0);
    guard_free(c, 8);
}

static void every_size_is_near(const gm_ops *scalar, const gm_ops *variant) {
    (void)scalar;
    const gm_tile kept = gm_active.tile;
    gm_active.tile = variant->tile;
    uint64_t random = 8;
    for (size_t rows = 0; rows < 20; rows++)
        for (size_t columns = 0; columns < 60; columns += 1 + columns / 9)
            products_are_near(rows, 1 + (rows * 7 + columns) % 23, columns, &random);
    products_are_near(5, 0, 7, &random);
    products_are_near(201, 300, 50, &random);
    products_are_near(9, 5, 1600, &random);
    gm_active.tile = kept;
}

static void bad_arguments_are_statuses(void) {
    double a[6] = {0}, b[6] = {0}, c[4];
    CHECK(multiply(a, b, c, 2, 3, 2) == GM_OK);
    CHECK(gm_multiply_f64(a, 6, b, 6, c, 4, 2, 2, 2, NULL, NULL) == GM_DIMENSION);
    CHECK(gm_multiply_f64(a, 6, b, 6, c, 4, UINT64_C(1) << 63, 2, 2, NULL, NULL) == GM_DIMENSION);
    CHECK(multiply(a, b, a, 2, 3, 2) == GM_OVERLAP);
    CHECK(gm_multiply_f64(NULL, 6, b, 6, c, 4, 2, 3, 2, NULL, NULL) == GM_NULL);
    countdown now = {0, 0};
    CHECK(gm_multiply_f64(a, 6, b, 6, c, 4, 2, 3, 2, count_down, &now) == GM_CANCELLED);
}

static void mandelbrot_matches_scalar(const gm_ops *scalar, const gm_ops *variant) {
    for (size_t columns = 0; columns < 80; columns++) {
        uint32_t *expected = guard_alloc(columns * 4, 0), *actual = guard_alloc(columns * 4, 4);
        for (uint32_t limit = 1; limit < 700; limit = limit * 3 + 1) {
            scalar->mandelbrot_row(-2.0, 3.0 / 79, 0.01 * (double)columns, columns / 3, columns, limit, expected);
            variant->mandelbrot_row(-2.0, 3.0 / 79, 0.01 * (double)columns, columns / 3, columns, limit, actual);
            CHECK(columns == 0 || memcmp(expected, actual, columns * 4) == 0);
        }
        guard_free(expected, 0);
        guard_free(actual, 4);
    }
}

static void mandelbrot_parts_join(void) {
    uint32_t whole[12 * 9], parts[12 * 9];
    CHECK(gm_mandelbrot(-2, 1, 0.25, 12, 0, 9, 500, whole, 108, NULL, NULL) == GM_OK);
    CHECK(gm_mandelbrot(-2, 1, 0.25, 12, 0, 4, 500, parts, 48, NULL, NULL) == GM_OK);
    CHECK(gm_mandelbrot(-2, 1, 0.25, 12, 4, 5, 500, parts + 48, 60, NULL, NULL) == GM_OK);
    CHECK(memcmp(whole, parts, sizeof whole) == 0 && whole[4 * 12 + 8] == 500 && whole[0] <= 2);
    CHECK(gm_mandelbrot(-2, 1, 0.25, 12, 0, 9, 500, whole, 107, NULL, NULL) == GM_DIMENSION);
    CHECK(gm_mandelbrot(NAN, 1, 0.25, 12, 0, 9, 500, whole, 108, NULL, NULL) == GM_OUT_OF_RANGE);
    CHECK(gm_mandelbrot(-2, 1, 0.25, 12, 0, 9, 0, whole, 108, NULL, NULL) == GM_OUT_OF_RANGE);
    CHECK(gm_mandelbrot(-2, 1, 0.25, 0, 0, UINT64_MAX, 9, NULL, 0, NULL, NULL) == GM_OK);
    CHECK(gm_mandelbrot(-2, 1, 0.25, UINT64_C(1) << 40, 0, UINT64_C(1) << 40, 9, whole, 0, NULL, NULL) == GM_DIMENSION);
}

/* Little is multiplied where one dimension is thin, and much is packed: the caller is asked all the same. */
static void thin_products_ask(const gm_ops *scalar, const gm_ops *variant) {
    (void)scalar;
    const gm_tile kept = gm_active.tile;
    gm_active.tile = variant->tile;
    const uint64_t inner = 1 << 20;
    double *a = guard_alloc(inner * sizeof *a, 0), *b = guard_alloc(inner * sizeof *b, 0), c[1];
    memset(a, 0, inner * sizeof *a);
    memset(b, 0, inner * sizeof *b);
    countdown calls = {1 << 20, 0};
    CHECK(gm_multiply_f64(a, inner, b, inner, c, 1, 1, inner, 1, count_down, &calls) == GM_OK);
    CHECK((1 << 20) - calls.left >= 10);
    guard_free(a, 0);
    guard_free(b, 0);
    gm_active.tile = kept;
}

/* Points that never leave, at the greatest number of iterations: one point is all that scalar code may do unasked. */
static void deep_points_ask(void) {
    const gm_ops kept = gm_active;
    CHECK(gm_ops_for(GM_ISA_SCALAR, &gm_active));
    uint32_t counts[8];
    countdown calls = {100, 0};
    CHECK(gm_mandelbrot(-0.1, 0, 1e-6, 8, 0, 1, 1 << 18, counts, 8, count_down, &calls) == GM_OK);
    CHECK(100 - calls.left == 8);
    gm_active = kept;
}

void matrix_suite(void) {
    for_each_variant(every_size_is_near);
    for_each_variant(thin_products_ask);
    bad_arguments_are_statuses();
    for_each_variant(mandelbrot_matches_scalar);
    mandelbrot_parts_join();
    deep_points_ask();
}
