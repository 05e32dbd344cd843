/* A small test harness: a failed CHECK says where and ends the suite. */
#ifndef GM_CHECK_H
#define GM_CHECK_H

#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                           \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__, __LINE__, #condition, variant_under_test); \
            exit(1);                                                                                               \
        }                                                                                                          \
    } while (0)

/* The name of the variant that is being compared with scalar. */
extern const char *variant_under_test;

/* Calls test once for each instruction set of this processor other than scalar. */
void for_each_variant(void (*test)(const gm_ops *scalar, const gm_ops *variant));

/* splitmix64: every run sees the same numbers. */
uint64_t next_random(uint64_t *state);

/*
 * Memory whose last byte is the last byte of its own heap block, offset elements past an aligned start: sanitizers and valgrind
 * see one byte too many on either side. Ends the suite when memory is out; release with guard_free.
 */
void *guard_alloc(size_t bytes, size_t offset);
void guard_free(void *data, size_t offset);

/* A progress callback: context is a countdown; asks to stop when it reaches 0, and checks that progress rises. */
typedef struct countdown {
    int left;
    double last;
} countdown;
int32_t count_down(void *context, double done);

void arithmetic_suite(void);
void hash_suite(void);
void matrix_suite(void);
void primes_suite(void);
void search_suite(void);
void sort_suite(void);
void text_suite(void);
void threads_suite(void);
void vector_suite(void);

#endif
