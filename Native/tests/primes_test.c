#include "check.h"

static uint64_t primes(uint64_t low, uint64_t high) {
    uint64_t result = 0;
    CHECK(gm_prime_count(low, high, NULL, NULL, &result) == GM_OK);
    return result;
}

static bool is_prime(uint64_t n) {
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n >= 2;
}

static void counts_match_known_values(void) {
    CHECK(primes(0, 0) == 0 && primes(0, 2) == 0 && primes(0, 3) == 1 && primes(2, 3) == 1 && primes(3, 5) == 1 &&
          primes(5, 6) == 1);
    CHECK(primes(0, 100) == 25);
    CHECK(primes(0, 1000000) == 78498);
    CHECK(primes(0, 100000000) == 5761455);
    /* pi(10^12 + 10^7) - pi(10^12), and a range that needs primes larger than a segment. */
    CHECK(primes(UINT64_C(1000000000000), UINT64_C(1000000000000) + 10000000) == 361726);
    CHECK(primes(UINT64_C(999999999900000), UINT64_C(1000000000000000)) == 2857);
    uint64_t result;
    CHECK(gm_prime_count(2, 1, NULL, NULL, &result) == GM_OUT_OF_RANGE);
    CHECK(gm_prime_count(0, UINT64_MAX, NULL, NULL, &result) == GM_OUT_OF_RANGE);
    CHECK(gm_prime_count(0, 1, NULL, NULL, NULL) == GM_NULL);
}

static void small_ranges_match_trial_division(void) {
    static uint32_t before[4002];
    for (uint32_t n = 0; n <= 4000; n++)
        before[n + 1] = before[n] + is_prime(n);
    for (uint32_t low = 0; low < 200; low++)
        for (uint32_t high = low; high < 4000; high += 1 + high / 13)
            CHECK(primes(low, high) == before[high] - before[low]);
}

/* Parts of a range add up, wherever it is cut: segments, blocks and rows meet at every kind of border. */
static void parts_add_up(void) {
    uint64_t random = 6;
    for (int round = 0; round < 40; round++) {
        uint64_t low = next_random(&random) % UINT64_C(20000000000), length = next_random(&random) % 20000000;
        uint64_t cut = low + next_random(&random) % (length + 1);
        CHECK(primes(low, cut) + primes(cut, low + length) == primes(low, low + length));
    }
}

static void progress_rises_and_can_stop(void) {
    uint64_t result;
    countdown never = {-1, 0}, soon = {3, 0};
    CHECK(gm_prime_count(0, 100000000, count_down, &never, &result) == GM_OK && result == 5761455 && never.left < -10);
    CHECK(gm_prime_count(0, 100000000, count_down, &soon, &result) == GM_CANCELLED && soon.left == -1);
}

void primes_suite(void) {
    counts_match_known_values();
    small_ranges_match_trial_division();
    parts_add_up();
    progress_rises_and_can_stop();
}
