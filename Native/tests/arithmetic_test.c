#include "check.h"

static void sums_are_exact(void) {
    int64_t result;
    CHECK(gm_sum_i64(NULL, 0, &result) == GM_OK && result == 0);
    CHECK(gm_sum_i64((int64_t[]){1, 2, 3}, 3, &result) == GM_OK && result == 6);
    CHECK(gm_sum_i64((int64_t[]){INT64_MAX, 1, -1}, 3, &result) == GM_OK && result == INT64_MAX);
    CHECK(gm_sum_i64((int64_t[]){INT64_MIN, -1, 1}, 3, &result) == GM_OK && result == INT64_MIN);
    CHECK(gm_sum_i64((int64_t[]){INT64_MAX, 1}, 2, &result) == GM_OVERFLOW);
    CHECK(gm_sum_i64((int64_t[]){INT64_MIN, -1}, 2, &result) == GM_OVERFLOW);
}

static void products_are_exact(void) {
    int64_t result;
    CHECK(gm_product_i64(NULL, 0, &result) == GM_OK && result == 1);
    CHECK(gm_product_i64((int64_t[]){-3, 5}, 2, &result) == GM_OK && result == -15);
    CHECK(gm_product_i64((int64_t[]){INT64_MIN, 1}, 2, &result) == GM_OK && result == INT64_MIN);
    CHECK(gm_product_i64((int64_t[]){INT64_C(1) << 62, 2, -1}, 3, &result) == GM_OK && result == INT64_MIN);
    CHECK(gm_product_i64((int64_t[]){INT64_C(1) << 62, 2}, 2, &result) == GM_OVERFLOW);
    CHECK(gm_product_i64((int64_t[]){INT64_MIN, -1}, 2, &result) == GM_OVERFLOW);
    CHECK(gm_product_i64((int64_t[]){INT64_MAX, INT64_MAX, 0}, 3, &result) == GM_OK && result == 0);
}

static void factorials_end_at_20(void) {
    int64_t result;
    CHECK(gm_factorial_i64(0, &result) == GM_OK && result == 1);
    CHECK(gm_factorial_i64(20, &result) == GM_OK && result == INT64_C(2432902008176640000));
    CHECK(gm_factorial_i64(21, &result) == GM_OVERFLOW);
    CHECK(gm_factorial_i64(INT64_MAX, &result) == GM_OVERFLOW);
    CHECK(gm_factorial_i64(-1, &result) == GM_OUT_OF_RANGE);
}

static void bad_arguments_are_statuses(void) {
    int64_t data[2] = {1, 2}, result;
    CHECK(gm_sum_i64(NULL, 1, &result) == GM_NULL);
    CHECK(gm_sum_i64(data, 1, NULL) == GM_NULL);
    CHECK(gm_product_i64(NULL, 1, &result) == GM_NULL);
    CHECK(gm_factorial_i64(1, NULL) == GM_NULL);
    CHECK(gm_sum_i64((const int64_t *)((uintptr_t)data + 1), 1, &result) == GM_MISALIGNED);
    CHECK(gm_sum_i64(data, UINT64_MAX, &result) == GM_OUT_OF_RANGE);
}

void arithmetic_suite(void) {
    sums_are_exact();
    products_are_exact();
    factorials_end_at_20();
    bad_arguments_are_statuses();
}
