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

/* ---- text in UTF-16 code units ---- */

/*
 * Writes the units in reverse order. GM_NOT_ASCII, with destination in an unspecified state, when the text holds a unit above 0x7F or a
 * carriage return: CR LF is one grapheme cluster, so such text is no longer reversed by reversing its units.
 */
GM_EXPORT gm_status gm_reverse_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination);

/*
 * Reverses the order of segments, each kept as it is. lengths holds segment_count lengths, in units, that add up to count
 * (GM_DIMENSION otherwise).
 */
GM_EXPORT gm_status gm_reverse_segments_u16(const uint16_t *source, uint64_t count, const int32_t *lengths, uint64_t segment_count,
                                            uint16_t *destination);

/* Writes the units with a to z made upper case. GM_NOT_ASCII as above, for a unit above 0x7F only. */
GM_EXPORT gm_status gm_upper_ascii_u16(const uint16_t *source, uint64_t count, uint16_t *destination);

/* ---- hashes of bytes ---- */

/* XXH64 (xxHash specification, 64-bit variant). */
GM_EXPORT gm_status gm_xxh64(const uint8_t *data, uint64_t count, uint64_t seed, uint64_t *result);

/* CRC-32C (Castagnoli polynomial, reflected, as in RFC 3720). Pass the previous result to go on, 0 to begin. */
GM_EXPORT gm_status gm_crc32c(const uint8_t *data, uint64_t count, uint32_t previous, uint32_t *result);

#ifdef __cplusplus
}
#endif

#endif
