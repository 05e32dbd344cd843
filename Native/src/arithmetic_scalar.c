#include "internal.h"

static gm_i128 sum_i64(const int64_t *data, size_t count) {
    gm_i128 total = 0;
    for (size_t i = 0; i < count; i++)
        total += data[i];
    return total;
}

void gm_arithmetic_scalar(gm_ops *ops) {
    ops->sum_i64 = sum_i64;
}
