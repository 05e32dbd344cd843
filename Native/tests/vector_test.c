#include "check.h"

#include <math.h>

static double some_double(uint64_t *random) {
    static const double odd_ones[] = {0.0, -0.0, INFINITY, -INFINITY, 5e-324, -1e308, 1e308, 0x1p52};
    uint64_t r = next_random(random);
    return r % 37 == 0 ? odd_ones[r / 37 % 8] : (double)(int64_t)next_random(random) * 0x1p-40;
}

static bool same(double a, double b) {
    return gm_bits(a) == gm_bits(b) || (a != a && b != b);
}

static void known_values(void) {
    double d;
    int64_t i, j;
    CHECK(gm_sum_f64((double[]){1, 2, 3.5}, 3, &d) == GM_OK && d == 6.5);
    CHECK(gm_sum_f64(NULL, 0, &d) == GM_OK && d == 0);
    CHECK(gm_dot_f64((double[]){1, 2}, (double[]){3, 4}, 2, &d) == GM_OK && d == 11);
    CHECK(gm_dot_i64((int64_t[]){1, 2}, (int64_t[]){3, 4}, 2, &i) == GM_OK && i == 11);
    CHECK(gm_dot_i64((int64_t[]){INT64_MIN, INT64_MIN, 7}, (int64_t[]){INT64_MIN, INT64_MAX, 1}, 3, &i) == GM_OVERFLOW);
    CHECK(gm_dot_i64((int64_t[]){INT64_MIN, INT64_MAX, 7}, (int64_t[]){1, 1, 1}, 3, &i) == GM_OK && i == 6);
    CHECK(gm_dot_i64((int64_t[]){INT64_MIN, INT64_MIN, -1}, (int64_t[]){INT64_MIN, INT64_MIN, 0}, 2, &i) == GM_OVERFLOW);
    CHECK(gm_dot_i64((int64_t[]){INT64_MIN}, (int64_t[]){1}, 1, &i) == GM_OK && i == INT64_MIN);
    CHECK(gm_min_max_i64((int64_t[]){3, -7, 5}, 3, &i, &j) == GM_OK && i == -7 && j == 5);
    CHECK(gm_min_max_i64(NULL, 0, &i, &j) == GM_OUT_OF_RANGE);

    double low, high;
    CHECK(gm_min_max_f64((double[]){0.0, -0.0}, 2, &low, &high) == GM_OK && signbit(low) && !signbit(high));
    CHECK(gm_min_max_f64((double[]){1, NAN, 2}, 3, &low, &high) == GM_OK && isnan(low) && isnan(high));

    int64_t sums[3];
    CHECK(gm_prefix_sum_i64((int64_t[]){1, 2, 3}, 3, sums) == GM_OK && sums[0] == 1 && sums[1] == 3 && sums[2] == 6);
    CHECK(gm_prefix_sum_i64((int64_t[]){INT64_MAX, 1, -1}, 3, sums) == GM_OVERFLOW);

    double y[] = {1, 1};
    CHECK(gm_axpy_f64(2, (double[]){3, 4}, 2, y) == GM_OK && y[0] == 7 && y[1] == 9);
    CHECK(gm_axpy_f64(1, y, 2, y) == GM_OK && y[0] == 14 && y[1] == 18);
}

static void histograms_count_the_ends(void) {
    int64_t counts[4];
    const double data[] = {0, 0.25, 0.5, 1, 1.01, -0.01, NAN, 0.999};
    CHECK(gm_histogram_f64(data, 8, 0, 1, counts, 4) == GM_OK);
    CHECK(counts[0] == 1 && counts[1] == 1 && counts[2] == 1 && counts[3] == 2);
    CHECK(gm_histogram_f64(data, 8, 1, 0, counts, 4) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, 0, INFINITY, counts, 4) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, NAN, 1, counts, 4) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, -1e308, 1e308, counts, 4) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, 0, 5e-324, counts, 4) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, 0, 1, counts, 0) == GM_OUT_OF_RANGE);
    CHECK(gm_histogram_f64(data, 8, 0, 1, NULL, 4) == GM_NULL);
}

static void bad_arguments_are_statuses(void) {
    double data[4] = {0}, d;
    CHECK(gm_sum_f64(NULL, 1, &d) == GM_NULL);
    CHECK(gm_sum_f64((const double *)((uintptr_t)data + 4), 1, &d) == GM_MISALIGNED);
    CHECK(gm_axpy_f64(1, data, 3, data + 1) == GM_OVERLAP);
    CHECK(gm_prefix_sum_f64(data, 3, data + 1) == GM_OVERLAP);
    CHECK(gm_prefix_sum_f64(data, UINT64_MAX, data) == GM_OUT_OF_RANGE);
}

static void integers_match(const gm_ops *scalar, const gm_ops *variant, size_t count, size_t offset, uint64_t *random) {
    int64_t *data = guard_alloc(count * sizeof *data, offset);
    int64_t *expected = guard_alloc(count * sizeof *data, 0), *actual = guard_alloc(count * sizeof *data, 8);
    const unsigned shift = (unsigned)(next_random(random) % 4 * 18);
    for (size_t i = 0; i < count; i++)
        data[i] = (int64_t)next_random(random) >> shift;
    CHECK(scalar->sum_i64(data, count) == variant->sum_i64(data, count));

    gm_wide a_wide = {0, 0}, b_wide = {0, 0};
    scalar->dot_i64(data, data + count / 2, count - count / 2, &a_wide);
    variant->dot_i64(data, data + count / 2, count - count / 2, &b_wide);
    CHECK(a_wide.high + (a_wide.low >> 64) == b_wide.high + (b_wide.low >> 64) && (uint64_t)a_wide.low == (uint64_t)b_wide.low);

    bool fits = scalar->prefix_sum_i64(data, count, expected);
    CHECK(variant->prefix_sum_i64(data, count, actual) == fits);
    CHECK(!fits || count == 0 || memcmp(expected, actual, count * sizeof *data) == 0);

    if (count > 0) {
        int64_t a, b, c, d;
        scalar->min_max_i64(data, count, &a, &b);
        variant->min_max_i64(data, count, &c, &d);
        CHECK(a == c && b == d);
    }
    guard_free(data, offset);
    guard_free(expected, 0);
    guard_free(actual, 8);
}

static void doubles_match(const gm_ops *scalar, const gm_ops *variant, size_t count, size_t offset, uint64_t *random) {
    const size_t bytes = count * sizeof(double);
    double *a = guard_alloc(bytes, offset), *b = guard_alloc(bytes, 8);
    double *expected = guard_alloc(bytes, 0), *actual = guard_alloc(bytes, 16);
    for (size_t i = 0; i < count; i++) {
        a[i] = some_double(random);
        expected[i] = actual[i] = b[i] = some_double(random);
    }
    CHECK(same(scalar->sum_f64(a, count), variant->sum_f64(a, count)));
    CHECK(same(scalar->dot_f64(a, b, count), variant->dot_f64(a, b, count)));

    int64_t c, d, e, f;
    CHECK(scalar->min_max_f64(a, count, &c, &d) == variant->min_max_f64(a, count, &e, &f) && c == e && d == f);

    scalar->axpy_f64(1.7, a, count, expected);
    variant->axpy_f64(1.7, a, count, actual);
    for (size_t i = 0; i < count; i++)
        CHECK(same(expected[i], actual[i]));

    scalar->prefix_sum_f64(a, count, expected);
    variant->prefix_sum_f64(a, count, actual);
    for (size_t i = 0; i < count; i++)
        CHECK(same(expected[i], actual[i]));

    if (count > 0) {
        a[next_random(random) % count] = NAN;
        CHECK(variant->min_max_f64(a, count, &e, &f));
    }
    guard_free(a, offset);
    guard_free(b, 8);
    guard_free(expected, 0);
    guard_free(actual, 16);
}

static void histograms_match(const gm_ops *scalar, const gm_ops *variant, uint64_t *random) {
    for (uint32_t bin_count = 1; bin_count < 1100; bin_count = bin_count * 3 / 2 + 1) {
        const size_t count = 5003;
        double *data = guard_alloc(count * sizeof *data, 8);
        const gm_bins bins = {-3.0, 4.0, bin_count / 7.0, bin_count - 1};
        for (size_t i = 0; i < count; i++) {
            uint64_t r = next_random(random);
            data[i] = r % 50 == 0   ? some_double(random)
                      : r % 50 == 1 ? NAN
                      : r % 3 == 0  ? -3.0 + (double)(r % bin_count) * 7.0 / bin_count
                                    : (double)(int64_t)r * 0x1p-60;
        }
        int64_t expected[1100] = {0}, actual[1100] = {0};
        scalar->histogram_f64(data, count, &bins, expected);
        variant->histogram_f64(data, count, &bins, actual);
        CHECK(memcmp(expected, actual, sizeof expected) == 0);
        guard_free(data, 8);
    }
}

static void vectors_match_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint64_t random = 1;
    for (size_t count = 0; count < 300; count += count < 80 ? 1 : 7)
        for (size_t offset = 0; offset < 64; offset += 8) {
            integers_match(scalar, variant, count, offset, &random);
            doubles_match(scalar, variant, count, offset, &random);
        }
    /* Longer than the blocks that some variants work in. */
    for (size_t count = 500; count < 20000; count = count * 5 / 4 + 3) {
        integers_match(scalar, variant, count, 8, &random);
        integers_match(scalar, variant, count, 8, &random);
        doubles_match(scalar, variant, count, 8, &random);
    }
    histograms_match(scalar, variant, &random);
}

void vector_suite(void) {
    known_values();
    histograms_count_the_ends();
    bad_arguments_are_statuses();
    for_each_variant(vectors_match_scalar);
}
