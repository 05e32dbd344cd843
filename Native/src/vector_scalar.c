/* The reference for every vector kernel: plain C, in the order of additions that the header promises. */
#include "internal.h"

static gm_i128 sum_i64(const int64_t *data, size_t count) {
    gm_i128 total = 0;
    for (size_t i = 0; i < count; i++)
        total += data[i];
    return total;
}

void gm_dot_wide(const int64_t *a, const int64_t *b, size_t count, gm_wide *total) {
    for (size_t i = 0; i < count; i++)
        gm_add_wide(total, (gm_i128)a[i] * b[i]);
}

static bool prefix_sum_i64(const int64_t *data, size_t count, int64_t *destination) {
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(total, data[i], &total))
            return false;
        destination[i] = total;
    }
    return true;
}

static void min_max_i64(const int64_t *data, size_t count, int64_t *min, int64_t *max) {
    int64_t low = data[0], high = data[0];
    for (size_t i = 1; i < count; i++) {
        low = data[i] < low ? data[i] : low;
        high = data[i] > high ? data[i] : high;
    }
    *min = low;
    *max = high;
}

static double sum_f64(const double *data, size_t count) {
    double lanes[GM_LANES] = {0};
    for (size_t i = 0; i < count; i++)
        lanes[i % GM_LANES] += data[i];
    return gm_fold_lanes(lanes);
}

static double dot_f64(const double *a, const double *b, size_t count) {
    double lanes[GM_LANES] = {0};
    for (size_t i = 0; i < count; i++)
        lanes[i % GM_LANES] += a[i] * b[i];
    return gm_fold_lanes(lanes);
}

static void axpy_f64(double factor, const double *x, size_t count, double *y) {
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

static void prefix_sum_f64(const double *data, size_t count, double *destination) {
    double before = 0;
    for (size_t i = 0; i < count; i += 8) {
        double block[8] = {0};
        size_t length = count - i < 8 ? count - i : 8;
        memcpy(block, data + i, length * sizeof *block);
        for (int step = 1; step < 8; step *= 2)
            for (int k = 7; k >= step; k--)
                block[k] += block[k - step];
        const double total = block[7];
        for (int k = 0; k < 8; k++)
            block[k] += before;
        before += total;
        memcpy(destination + i, block, length * sizeof *block);
    }
}

static bool min_max_f64(const double *data, size_t count, int64_t *min, int64_t *max) {
    bool nan = false;
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        nan |= data[i] != data[i];
        int64_t key = gm_key(gm_bits(data[i]));
        low = key < low ? key : low;
        high = key > high ? key : high;
    }
    *min = low;
    *max = high;
    return nan;
}

static void histogram_f64(const double *data, size_t count, const gm_bins *bins, int64_t *counts) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bin = gm_bin_of(data[i], bins);
        if (bin <= bins->last)
            counts[bin]++;
    }
}

void gm_vector_scalar(gm_ops *ops) {
    ops->sum_i64 = sum_i64;
    ops->dot_i64 = gm_dot_wide;
    ops->prefix_sum_i64 = prefix_sum_i64;
    ops->min_max_i64 = min_max_i64;
    ops->sum_f64 = sum_f64;
    ops->dot_f64 = dot_f64;
    ops->axpy_f64 = axpy_f64;
    ops->prefix_sum_f64 = prefix_sum_f64;
    ops->min_max_f64 = min_max_f64;
    ops->histogram_f64 = histogram_f64;
}
