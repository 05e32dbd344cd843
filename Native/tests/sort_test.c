#include "check.h"

#include <math.h>

static int compare_integers(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    int64_t p = x != x ? INT64_MIN : gm_key(gm_bits(x)), q = y != y ? INT64_MIN : gm_key(gm_bits(y));
    return (p > q) - (p < q);
}

static void integers_are_sorted(size_t count, int shape, uint64_t *random) {
    int64_t *data = guard_alloc(count * 8, 8), *expected = guard_alloc(count * 8, 0);
    for (size_t i = 0; i < count; i++) {
        int64_t r = (int64_t)next_random(random);
        data[i] = shape == 0 ? r : shape == 1 ? r % 7 : shape == 2 ? (int64_t)i - 50 : shape == 3 ? -(int64_t)i : r >> 40;
    }
    memcpy(expected, data, count * 8);
    qsort(expected, count, 8, compare_integers);
    CHECK(gm_sort_i64(data, count, NULL, NULL) == GM_OK);
    CHECK(count == 0 || memcmp(data, expected, count * 8) == 0);
    guard_free(data, 8);
    guard_free(expected, 0);
}

static void doubles_are_sorted(size_t count, uint64_t *random) {
    static const double odd_ones[] = {NAN, -NAN, 0.0, -0.0, INFINITY, -INFINITY, 5e-324, -5e-324};
    double *data = guard_alloc(count * 8, 8), *expected = guard_alloc(count * 8, 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t r = next_random(random);
        data[i] = r % 5 == 0 ? odd_ones[r / 5 % 8] : (double)(int64_t)r * 0x1p-30;
    }
    memcpy(expected, data, count * 8);
    qsort(expected, count, 8, compare_doubles);
    CHECK(gm_sort_f64(data, count, NULL, NULL) == GM_OK);
    for (size_t i = 0; i < count; i++)
        CHECK(compare_doubles(data + i, expected + i) == 0);
    guard_free(data, 8);
    guard_free(expected, 0);
}

static void merges_keep_order(uint64_t *random) {
    for (size_t count = 0; count < 60; count++) {
        const size_t cut = (size_t)(next_random(random) % (count + 1));
        int64_t parts[60], merged[60], expected[60];
        double double_parts[60], double_merged[60];
        for (size_t i = 0; i < count; i++) {
            parts[i] = expected[i] = (int64_t)(next_random(random) % 20) - 10;
            double_parts[i] = parts[i] == 7 ? NAN : parts[i] == 6 ? -0.0 : (double)parts[i];
        }
        CHECK(gm_sort_i64(parts, cut, NULL, NULL) == GM_OK && gm_sort_i64(parts + cut, count - cut, NULL, NULL) == GM_OK);
        CHECK(gm_sort_f64(double_parts, cut, NULL, NULL) == GM_OK &&
              gm_sort_f64(double_parts + cut, count - cut, NULL, NULL) == GM_OK);
        qsort(expected, count, 8, compare_integers);
        CHECK(gm_merge_i64(parts, cut, parts + cut, count - cut, merged) == GM_OK);
        CHECK(memcmp(merged, expected, count * 8) == 0);
        CHECK(gm_merge_f64(double_parts, cut, double_parts + cut, count - cut, double_merged) == GM_OK);
        for (size_t i = 1; i < count; i++)
            CHECK(compare_doubles(double_merged + i - 1, double_merged + i) <= 0);
    }
    int64_t data[4] = {1, 2, 3, 4};
    CHECK(gm_merge_i64(data, 2, data + 2, 2, data) == GM_OVERLAP);
}

static void sorting_can_be_stopped(void) {
    const size_t count = 3000000;
    int64_t *data = guard_alloc(count * 8, 0);
    for (size_t i = 0; i < count; i++)
        data[i] = (int64_t)(i * UINT64_C(0x9E3779B97F4A7C15));
    countdown soon = {5, 0};
    CHECK(gm_sort_i64(data, count, count_down, &soon) == GM_CANCELLED && soon.left == -1);
    countdown never = {-1, 0};
    CHECK(gm_sort_i64(data, count, count_down, &never) == GM_OK && never.last > 0.9);
    guard_free(data, 0);
}

void sort_suite(void) {
    uint64_t random = 7;
    for (size_t count = 0; count < 20000; count = count < 200 ? count + 1 : count * 2 + 1) {
        for (int shape = 0; shape < 5; shape++)
            integers_are_sorted(count, shape, &random);
        doubles_are_sorted(count, &random);
    }
    for (int shape = 0; shape < 5; shape++)
        integers_are_sorted(150001, shape, &random);
    doubles_are_sorted(150001, &random);
    for (int shape = 0; shape < 5; shape++)
        integers_are_sorted(700001, shape, &random);
    doubles_are_sorted(700001, &random);
    merges_keep_order(&random);
    sorting_can_be_stopped();
    CHECK(gm_sort_i64(NULL, 1, NULL, NULL) == GM_NULL);
    CHECK(gm_sort_f64(NULL, 0, NULL, NULL) == GM_OK);
}
