/*
 * Prefix sums, 8 elements at a time. Inside a vector three shifted additions do; from vector to vector only the total is carried,
 * so that the chain of dependent additions is one per 8 elements.
 */
#include "internal.h"

#include <immintrin.h>

/* The lanes moved up by n, zeros moving in. */
#define SHIFT(x, n) _mm512_alignr_epi64((x), _mm512_setzero_si512(), 8 - (n))

static inline __m512d shift_f(__m512d x, const int n) {
    __m512i bits = _mm512_castpd_si512(x);
    return _mm512_castsi512_pd(n == 1 ? SHIFT(bits, 1) : n == 2 ? SHIFT(bits, 2) : SHIFT(bits, 4));
}

static inline __m512d scan_f(__m512d x) {
    /* Masked: a lane without a partner is left alone, because adding +0 would turn -0 into +0. */
    x = _mm512_mask_add_pd(x, 0xFE, x, shift_f(x, 1));
    x = _mm512_mask_add_pd(x, 0xFC, x, shift_f(x, 2));
    return _mm512_mask_add_pd(x, 0xF0, x, shift_f(x, 4));
}

static void prefix_sum_f64(const double *data, size_t count, double *destination) {
    const __m512i last = _mm512_set1_epi64(7);
    __m512d before = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m512d scan = scan_f(_mm512_loadu_pd(data + i));
        _mm512_storeu_pd(destination + i, _mm512_add_pd(scan, before));
        before = _mm512_add_pd(before, _mm512_permutexvar_pd(last, scan));
    }
    if (i < count) {
        __mmask8 rest = (__mmask8)((1u << (count - i)) - 1);
        __m512d scan = scan_f(_mm512_maskz_loadu_pd(rest, data + i));
        _mm512_mask_storeu_pd(destination + i, rest, _mm512_add_pd(scan, before));
    }
}

static inline __m512i scan_i(__m512i x) {
    x = _mm512_add_epi64(x, SHIFT(x, 1));
    x = _mm512_add_epi64(x, SHIFT(x, 2));
    return _mm512_add_epi64(x, SHIFT(x, 4));
}

/*
 * Blocks whose numbers, and the total before them, are too small for any sum to go over are scanned without looking; others one
 * by one. The look comes first, because in place there is no second chance.
 */
enum { BLOCK = 128 };
static const int64_t small = INT64_C(1) << 52, start_limit = INT64_C(1) << 62;

static bool all_small(const int64_t *data) {
    const __m512i bias = _mm512_set1_epi64(small);
    __m512i seen = _mm512_setzero_si512();
    for (size_t i = 0; i < BLOCK; i += 16) {
        __m512i x = _mm512_add_epi64(_mm512_loadu_si512(data + i), bias),
                y = _mm512_add_epi64(_mm512_loadu_si512(data + i + 8), bias);
        seen = _mm512_ternarylogic_epi64(seen, x, y, 0xFE); /* seen | x | y */
    }
    return _mm512_test_epi64_mask(seen, _mm512_set1_epi64(~(2 * small - 1))) == 0;
}

static int64_t scan_block(const int64_t *data, int64_t start, int64_t *destination) {
    const __m512i last = _mm512_set1_epi64(7);
    __m512i before = _mm512_set1_epi64(start);
    for (size_t i = 0; i < BLOCK; i += 8) {
        __m512i scan = scan_i(_mm512_loadu_si512(data + i));
        _mm512_storeu_si512(destination + i, _mm512_add_epi64(scan, before));
        before = _mm512_add_epi64(before, _mm512_permutexvar_epi64(last, scan));
    }
    return destination[BLOCK - 1];
}

static bool prefix_sum_i64(const int64_t *data, size_t count, int64_t *destination) {
    int64_t total = 0;
    size_t i = 0;
    while (i < count) {
        const bool aligned = ((uintptr_t)(destination + i) & 63) == 0;
        if (aligned && count - i >= BLOCK && total > -start_limit && total < start_limit && all_small(data + i)) {
            total = scan_block(data + i, total, destination + i);
            i += BLOCK;
            continue;
        }
        /* Stores over the border of a cache line cost most: the first part ends at one. */
        const size_t to_line = (64 - ((uintptr_t)(destination + i) & 63)) / 8, part = aligned ? BLOCK : to_line;
        const size_t end = count - i < part ? count : i + part;
        for (; i < end; i++) {
            if (__builtin_add_overflow(total, data[i], &total))
                return false;
            destination[i] = total;
        }
    }
    return true;
}

void gm_prefix_avx512(gm_ops *ops) {
    ops->prefix_sum_f64 = prefix_sum_f64;
    ops->prefix_sum_i64 = prefix_sum_i64;
}
