/* Kernels at work on several threads at once, on shared inputs: what a thread sanitizer needs to see. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 4, COUNT = 40000 };

static double shared_numbers[COUNT];
static uint8_t shared_bytes[COUNT];

typedef struct results {
    double sum;
    uint64_t hash, primes, matches;
    uint32_t crc;
    int64_t sorted[COUNT / 4];
} results;

static void *work(void *argument) {
    results *r = argument;
    countdown never = {-1, 0};
    for (int round = 0; round < 3; round++) {
        CHECK(gm_sum_f64(shared_numbers, COUNT, &r->sum) == GM_OK);
        CHECK(gm_xxh64(shared_bytes, COUNT, 0, &r->hash) == GM_OK);
        CHECK(gm_crc32c(shared_bytes, COUNT, 0, &r->crc) == GM_OK);
        CHECK(gm_count_u8(shared_bytes, COUNT, shared_bytes + 7, 2, GM_IGNORE_ASCII_CASE, &r->matches) == GM_OK);
        for (size_t i = 0; i < COUNT / 4; i++)
            r->sorted[i] = (int64_t)(i * UINT64_C(0x9E3779B97F4A7C15));
        CHECK(gm_sort_i64(r->sorted, COUNT / 4, NULL, NULL) == GM_OK);
        never.last = 0;
        CHECK(gm_prime_count(0, 300000, count_down, &never, &r->primes) == GM_OK);
    }
    return NULL;
}

void threads_suite(void) {
    uint64_t random = 9;
    for (size_t i = 0; i < COUNT; i++) {
        shared_numbers[i] = (double)(int64_t)next_random(&random);
        shared_bytes[i] = (uint8_t)next_random(&random);
    }
    static results all[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &all[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (int i = 1; i < THREADS; i++)
        CHECK(memcmp(&all[0], &all[i], sizeof all[0]) == 0);
}
