/* Exact integer arithmetic: a result is right or it is GM_OVERFLOW, whatever the order of the elements. */
#include "internal.h"

gm_status gm_sum_i64(const int64_t *data, uint64_t count, int64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    gm_i128 total = gm_active.sum_i64(data, (size_t)count);
    GM_REQUIRE(total >= INT64_MIN && total <= INT64_MAX, GM_OVERFLOW);
    *result = (int64_t)total;
    return GM_OK;
}

/*
 * The magnitude and the sign are kept apart, because 2^63 is a fit magnitude only if the sign ends up negative. A magnitude never
 * shrinks unless a later element is 0, so after an overflow only a 0 can save the product.
 */
gm_status gm_product_i64(const int64_t *data, uint64_t count, int64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    uint64_t magnitude = 1;
    bool negative = false, overflow = false;
    for (uint64_t i = 0; i < count; i++) {
        int64_t x = data[i];
        if (x == 0) {
            *result = 0;
            return GM_OK;
        }
        negative ^= x < 0;
        uint64_t size = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
        overflow |= __builtin_mul_overflow(magnitude, size, &magnitude);
    }
    const uint64_t limit = (uint64_t)INT64_MAX + negative;
    GM_REQUIRE(!overflow && magnitude <= limit, GM_OVERFLOW);
    *result = (int64_t)(negative ? 0 - magnitude : magnitude);
    return GM_OK;
}

gm_status gm_factorial_i64(int64_t n, int64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_REQUIRE(n >= 0, GM_OUT_OF_RANGE);
    GM_REQUIRE(n <= 20, GM_OVERFLOW);
    int64_t product = 1;
    for (int64_t factor = 2; factor <= n; factor++)
        product *= factor;
    *result = product;
    return GM_OK;
}
