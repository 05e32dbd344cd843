/*
 * Gristmill's compute kernels.
 *
 * Rules that hold for every function here:
 *   - It returns a gm_status and writes its results through pointers, only when the status is GM_OK.
 *   - A pointer to data may be null if and only if its count is 0; a pointer to a result is never null. Both are checked.
 *   - Data may lie at any address that its element type allows (GM_MISALIGNED otherwise); vector alignment is never needed.
 *   - Inputs may overlap each other. An output overlaps nothing else unless the function says so (GM_OVERLAP).
 *   - It keeps no state and takes no lock: any thread may call it at any time.
 *   - Counts are in elements.
 */
#ifndef GRISTMILL_KERNELS_H
#define GRISTMILL_KERNELS_H

#include <stdint.h>

#if defined(_WIN32)
#define GM_EXPORT __declspec(dllexport)
#else
#define GM_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised by every change that an older caller would misread. */
#define GM_ABI_VERSION 1u

typedef int32_t gm_status;

/* The numbers are part of the ABI. */
enum {
    GM_OK = 0,
    GM_NULL = 1,          /* a pointer is null that must not be */
    GM_OUT_OF_RANGE = 2,  /* a number lies outside what the kernel takes */
    GM_OVERFLOW = 3,      /* the exact result does not fit its type */
    GM_OVERLAP = 4,       /* an output overlaps an input */
    GM_MISALIGNED = 5,    /* a pointer is no multiple of its element's size */
    GM_OUT_OF_MEMORY = 6, /* working memory could not be had */
    GM_DIMENSION = 7,     /* the sizes do not fit each other */
    GM_INVALID_UTF8 = 8,
    GM_NOT_ASCII = 9, /* the text is not what the ASCII path takes; the caller has another path */
    GM_CANCELLED = 10 /* the progress callback asked to stop */
};

/* The numbers are part of the ABI. */
enum { GM_ISA_SCALAR = 0, GM_ISA_SSE2 = 1, GM_ISA_AVX2 = 2, GM_ISA_AVX512 = 3, GM_ISA_NEON = 4 };

/*
 * Called from time to time, on the calling thread, by kernels that can take long: at least every few milliseconds of work. done
 * rises from 0 to 1. Returning anything but 0 makes the kernel stop with GM_CANCELLED; its outputs are then unspecified. Null
 * means: do not call.
 */
typedef int32_t (*gm_progress)(void *context, double done);

/* ---- the library itself ---- */

GM_EXPORT gm_status gm_abi_version(uint32_t *version);

/*
 * The instruction set in use, a GM_ISA_ number: the best that this processor has, or a lesser one that the environment variable
 * GRISTMILL_KERNELS_ISA (scalar, sse2, avx2, avx512, neon) asked for when the library was loaded.
 */
GM_EXPORT gm_status gm_active_isa(int32_t *isa);

/* ---- exact integer arithmetic ---- */

/* The sum; GM_OVERFLOW if and only if the exact total does not fit, whatever the partial sums do. 0 for no elements. */
GM_EXPORT gm_status gm_sum_i64(const int64_t *data, uint64_t count, int64_t *result);

/* The product; GM_OVERFLOW if and only if the exact product does not fit. 1 for no elements. */
GM_EXPORT gm_status gm_product_i64(const int64_t *data, uint64_t count, int64_t *result);

/* n!. GM_OUT_OF_RANGE below 0, GM_OVERFLOW above 20. */
GM_EXPORT gm_status gm_factorial_i64(int64_t n, int64_t *result);

/* The exact scalar product of two arrays; GM_OVERFLOW if and only if it does not fit. */
GM_EXPORT gm_status gm_dot_i64(const int64_t *a, const int64_t *b, uint64_t count, int64_t *result);

/*
 * destination[i] = data[0] + … + data[i]. GM_OVERFLOW if and only if one of them does not fit; destination is then unspecified.
 * In place (destination == data) is allowed; any other overlap is not.
 */
GM_EXPORT gm_status gm_prefix_sum_i64(const int64_t *data, uint64_t count, int64_t *destination);

/* The least and the greatest element. GM_OUT_OF_RANGE for no elements. */
GM_EXPORT gm_status gm_min_max_i64(const int64_t *data, uint64_t count, int64_t *min, int64_t *max);

/* ---- floating-point vectors ----
 *
 * The order of the additions is part of the contract, so that a result is the same to the bit on every instruction set: element i
 * is added to lane i % 32, and then lane i + w to lane i for w = 16, 8, 4, 2, 1. Products are rounded before they are added.
 */

/* The sum; 0 for no elements. */
GM_EXPORT gm_status gm_sum_f64(const double *data, uint64_t count, double *result);

/* The scalar product; 0 for no elements. */
GM_EXPORT gm_status gm_dot_f64(const double *a, const double *b, uint64_t count, double *result);

/* y[i] += factor * x[i]. x == y is allowed; any other overlap is not. */
GM_EXPORT gm_status gm_axpy_f64(double factor, const double *x, uint64_t count, double *y);

/*
 * destination[i] = data[0] + … + data[i], in blocks of 8: within a block each element takes in the one 1 before it, then 2, then
 * 4, and last the total of the blocks before. In place is allowed as in gm_prefix_sum_i64.
 */
GM_EXPORT gm_status gm_prefix_sum_f64(const double *data, uint64_t count, double *destination);

/* The least and the greatest element, -0 before +0; both are the quiet NaN 0x7FF8000000000000 when there is a NaN.
 * GM_OUT_OF_RANGE for no elements. */
GM_EXPORT gm_status gm_min_max_f64(const double *data, uint64_t count, double *min, double *max);

/*
 * Counts the elements of [low, high] in bin_count equal bins: element x falls into bin (x - low) * (bin_count / (high - low)),
 * rounded down, the last bin if that is bin_count. Elements outside and NaN are not counted. counts is overwritten.
 * GM_OUT_OF_RANGE unless low < high, both and their difference finite, and 1 <= bin_count <= 2^24.
 */
GM_EXPORT gm_status gm_histogram_f64(const double *data, uint64_t count, double low, double high, int64_t *counts,
                                     uint64_t bin_count);

/* ---- long kernels ---- */

/*
 * c = a * b for matrices in row-major order without gaps: a is rows x inner, b is inner x columns, c is rows x columns. The
 * counts of elements are passed for checking (GM_DIMENSION when they do not fit the sizes). Each element differs from the exact
 * one by at most inner * 2^-52 * sum |a| |b|. Needs working memory of a few MB.
 */
GM_EXPORT gm_status gm_multiply_f64(const double *a, uint64_t a_count, const double *b, uint64_t b_count, double *c,
                                    uint64_t c_count, uint64_t rows, uint64_t inner, uint64_t columns, gm_progress progress,
                                    void *context);

/* Sorts in rising order. Needs working memory of the size of the data. When it does not return GM_OK the order is unspecified,
 * and elements may be lost. */
GM_EXPORT gm_status gm_sort_i64(int64_t *data, uint64_t count, gm_progress progress, void *context);

/* Sorts NaNs first (among themselves in no order), then in rising order, -0 before +0. Otherwise as gm_sort_i64. */
GM_EXPORT gm_status gm_sort_f64(double *data, uint64_t count, gm_progress progress, void *context);

/* Merges two arrays, each sorted as above, into a third. For equal elements those of a come first. */
GM_EXPORT gm_status gm_merge_i64(const int64_t *a, uint64_t a_count, const int64_t *b, uint64_t b_count, int64_t *destination);
GM_EXPORT gm_status gm_merge_f64(const double *a, uint64_t a_count, const double *b, uint64_t b_count, double *destination);

/* Counts the primes p with low <= p < high. GM_OUT_OF_RANGE unless low <= high <= 10^15. */
GM_EXPORT gm_status gm_prime_count(uint64_t low, uint64_t high, gm_progress progress, void *context, uint64_t *result);

/*
 * Iterations until the Mandelbrot iteration leaves the circle of radius 2, at most max_iterations, for a grid of points: the
 * point in row r and column c is (left + c * step) + (top - r * step) i. Writes row_count rows, beginning with row first_row, of
 * columns counts each. GM_OUT_OF_RANGE unless left, top and step are finite and max_iterations is from 1 to 2^18;
 * GM_DIMENSION unless count = row_count * columns.
 */
GM_EXPORT gm_status gm_mandelbrot(double left, double top, double step, uint64_t columns, uint64_t first_row, uint64_t row_count,
                                  uint32_t max_iterations, uint32_t *counts, uint64_t count, gm_progress progress, void *context);

/* ---- text in UTF-16 code units ---- */

/*
 * Writes the units in reverse order. GM_NOT_ASCII, with destination in an unspecified state, when the text holds a unit above
 * 0x7F or a carriage return: CR LF is one grapheme cluster, so such text is no longer reversed by reversing its units.
 */
GM_EXPORT gm_status gm_reverse_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination);

/*
 * Reverses the order of segments, each kept as it is. lengths holds segment_count lengths, in units, that add up to count
 * (GM_DIMENSION otherwise).
 */
GM_EXPORT gm_status gm_reverse_segments_u16(const uint16_t *source, uint64_t count, const int32_t *lengths,
                                            uint64_t segment_count, uint16_t *destination);

/* Writes the units with a to z made upper case. GM_NOT_ASCII as above, for a unit above 0x7F only. */
GM_EXPORT gm_status gm_upper_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination);

/* ---- text in bytes (UTF-8, or anything else) ---- */

/* GM_OK when the bytes are well-formed UTF-8 (Unicode, table 3-7), GM_INVALID_UTF8 otherwise. */
GM_EXPORT gm_status gm_validate_utf8(const uint8_t *text, uint64_t count);

/* Flags of a search. */
enum { GM_IGNORE_ASCII_CASE = 1 /* A to Z equal a to z; all other bytes equal only themselves */ };

/*
 * Writes the offset of the first occurrence of the needle at or after start, or count when there is none. GM_OUT_OF_RANGE for an
 * empty needle, start > count, or unknown flags. Takes time in proportion to the text whatever the text and needle are; a needle
 * that makes the fast path slow needs working memory (GM_OUT_OF_MEMORY).
 */
GM_EXPORT gm_status gm_find_u8(const uint8_t *text, uint64_t count, uint64_t start, const uint8_t *needle, uint64_t needle_count,
                               uint32_t flags, uint64_t *position);

/* Counts the occurrences that do not overlap, from the left. Otherwise as gm_find_u8. */
GM_EXPORT gm_status gm_count_u8(const uint8_t *text, uint64_t count, const uint8_t *needle, uint64_t needle_count, uint32_t flags,
                                uint64_t *occurrences);

/*
 * Finds the records that hold the needle. Record i lies between ends[i - 1] (0 for the first) and ends[i]; ends rises and does
 * not pass count (GM_DIMENSION otherwise). Searches from record *next and writes the indices of matching records, in order and at
 * most capacity of them; *found is their number and *next the record to go on from: record_count when the search is over.
 */
GM_EXPORT gm_status gm_find_records_u8(const uint8_t *text, uint64_t count, const uint32_t *ends, uint64_t record_count,
                                       const uint8_t *needle, uint64_t needle_count, uint32_t flags, uint64_t *next,
                                       uint32_t *matches, uint64_t capacity, uint64_t *found);

/* ---- hashes of bytes ---- */

/* XXH64 (xxHash specification, 64-bit variant). */
GM_EXPORT gm_status gm_xxh64(const uint8_t *data, uint64_t count, uint64_t seed, uint64_t *result);

/* CRC-32C (Castagnoli polynomial, reflected, as in RFC 3720). Pass the previous result to go on, 0 to begin. */
GM_EXPORT gm_status gm_crc32c(const uint8_t *data, uint64_t count, uint32_t previous, uint32_t *result);

#ifdef __cplusplus
}
#endif

#endif
