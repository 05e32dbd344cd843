#include "fuzz.h"

static bool same(double a, double b) {
    return gm_bits(a) == gm_bits(b) || (a != a && b != b);
}

/* Any bytes as numbers: signalling NaNs, denormals and all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const size_t count = size / 8;
    double *numbers = copy_of(data, count * 8), *expected = copy_of(data, count * 8), *actual = copy_of(data, count * 8);
    double sum = 0, low = 0, high = 0, expected_sum = 0, expected_low = 0, expected_high = 0;
    int64_t total = 0, expected_total = 0, counts[7], expected_counts[7];

    CHECK(gm_ops_for(GM_ISA_SCALAR, &gm_active));
    CHECK(gm_sum_f64(numbers, count, &expected_sum) == GM_OK);
    const gm_status extremes = gm_min_max_f64(numbers, count, &expected_low, &expected_high);
    const gm_status summed = gm_sum_i64((int64_t *)numbers, count, &expected_total);
    CHECK(gm_prefix_sum_f64(numbers, count, expected) == GM_OK);
    CHECK(gm_histogram_f64(numbers, count, -1, 1e9, expected_counts, 7) == GM_OK);
    FOR_EACH_VARIANT({
        CHECK(gm_sum_f64(numbers, count, &sum) == GM_OK && same(sum, expected_sum));
        CHECK(gm_min_max_f64(numbers, count, &low, &high) == extremes && same(low, expected_low) && same(high, expected_high));
        CHECK(gm_sum_i64((int64_t *)numbers, count, &total) == summed && total == expected_total);
        CHECK(gm_prefix_sum_f64(numbers, count, actual) == GM_OK);
        for (size_t i = 0; i < count; i++)
            CHECK(same(expected[i], actual[i]));
        CHECK(gm_histogram_f64(numbers, count, -1, 1e9, counts, 7) == GM_OK &&
              memcmp(counts, expected_counts, sizeof counts) == 0);
    });

    CHECK(gm_sort_f64(actual, count, NULL, NULL) == GM_OK);
    bool numbers_began = false;
    for (size_t i = 0; i < count; i++) {
        const bool nan = actual[i] != actual[i];
        CHECK(!(nan && numbers_began));
        CHECK(!numbers_began || nan || gm_key(gm_bits(actual[i - 1])) <= gm_key(gm_bits(actual[i])));
        numbers_began |= !nan;
    }
    free(numbers);
    free(expected);
    free(actual);
    return 0;
}
