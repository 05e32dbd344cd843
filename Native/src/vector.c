/* Vector kernels: argument checks, and the kernels that have one form for all processors. */
#include "internal.h"

#include <math.h>

/* In place is fine, because every kernel reads an element before it writes it and never reads one behind. */
#define GM_CHECK_IN_PLACE(source, count, destination)                                                                 \
    do {                                                                                                              \
        GM_CHECK_ARRAY(source, count);                                                                                \
        GM_CHECK_ARRAY(destination, count);                                                                           \
        GM_REQUIRE((source) == (destination) ||                                                                       \
                       !gm_overlap(source, (count) * sizeof *(source), destination, (count) * sizeof *(destination)), \
                   GM_OVERLAP);                                                                                       \
    } while (0)

gm_status gm_dot_i64(const int64_t *a, const int64_t *b, uint64_t count, int64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(a, count);
    GM_CHECK_ARRAY(b, count);
    gm_wide total = {0, 0};
    gm_active.dot_i64(a, b, (size_t)count, &total);
    const uint64_t bottom = (uint64_t)total.low;
    const gm_i128 top = total.high + (total.low >> 64);
    GM_REQUIRE(top == (int64_t)bottom >> 63, GM_OVERFLOW);
    *result = (int64_t)bottom;
    return GM_OK;
}

gm_status gm_prefix_sum_i64(const int64_t *data, uint64_t count, int64_t *destination) {
    GM_CHECK_IN_PLACE(data, count, destination);
    return gm_active.prefix_sum_i64(data, (size_t)count, destination) ? GM_OK : GM_OVERFLOW;
}

gm_status gm_min_max_i64(const int64_t *data, uint64_t count, int64_t *min, int64_t *max) {
    GM_REQUIRE(min != NULL && max != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    GM_REQUIRE(count > 0, GM_OUT_OF_RANGE);
    gm_active.min_max_i64(data, (size_t)count, min, max);
    return GM_OK;
}

gm_status gm_sum_f64(const double *data, uint64_t count, double *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    *result = gm_active.sum_f64(data, (size_t)count);
    return GM_OK;
}

gm_status gm_dot_f64(const double *a, const double *b, uint64_t count, double *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(a, count);
    GM_CHECK_ARRAY(b, count);
    *result = gm_active.dot_f64(a, b, (size_t)count);
    return GM_OK;
}

gm_status gm_axpy_f64(double factor, const double *x, uint64_t count, double *y) {
    GM_CHECK_IN_PLACE(x, count, y);
    gm_active.axpy_f64(factor, x, (size_t)count, y);
    return GM_OK;
}

gm_status gm_prefix_sum_f64(const double *data, uint64_t count, double *destination) {
    GM_CHECK_IN_PLACE(data, count, destination);
    gm_active.prefix_sum_f64(data, (size_t)count, destination);
    return GM_OK;
}

gm_status gm_min_max_f64(const double *data, uint64_t count, double *min, double *max) {
    GM_REQUIRE(min != NULL && max != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    GM_REQUIRE(count > 0, GM_OUT_OF_RANGE);
    int64_t low, high;
    bool nan = gm_active.min_max_f64(data, (size_t)count, &low, &high);
    const int64_t quiet_nan = INT64_C(0x7FF8000000000000);
    *min = gm_from_bits(nan ? quiet_nan : gm_key(low));
    *max = gm_from_bits(nan ? quiet_nan : gm_key(high));
    return GM_OK;
}

gm_status gm_histogram_f64(const double *data, uint64_t count, double low, double high, int64_t *counts, uint64_t bin_count) {
    GM_CHECK_ARRAY(data, count);
    GM_CHECK_ARRAY(counts, bin_count);
    GM_REQUIRE(bin_count >= 1 && bin_count <= UINT64_C(1) << 24, GM_OUT_OF_RANGE);
    GM_REQUIRE(isfinite(low) && isfinite(high) && low < high && isfinite(high - low), GM_OUT_OF_RANGE);
    GM_REQUIRE(!gm_overlap(data, count * sizeof *data, counts, bin_count * sizeof *counts), GM_OVERLAP);
    const gm_bins bins = {low, high, (double)bin_count / (high - low), (uint32_t)bin_count - 1};
    /* A range so narrow that the scale is infinite has no bins to tell apart. */
    GM_REQUIRE(isfinite(bins.scale), GM_OUT_OF_RANGE);
    memset(counts, 0, (size_t)bin_count * sizeof *counts);
    gm_active.histogram_f64(data, (size_t)count, &bins, counts);
    return GM_OK;
}
