/* What the kernel files share. Nothing here is exported. */
#ifndef GM_INTERNAL_H
#define GM_INTERNAL_H

#include "gristmill_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

__extension__ typedef __int128 gm_i128;

/*
 * A sum of products of two 64-bit numbers: a product needs 127 bits, so its halves are summed apart. The value is high * 2^64 +
 * low.
 */
typedef struct gm_wide {
    gm_i128 high, low;
} gm_wide;

static inline void gm_add_wide(gm_wide *total, gm_i128 value) {
    total->high += (int64_t)(value >> 64);
    total->low += (uint64_t)value;
}

typedef struct gm_bins {
    double low, high, scale;
    uint32_t last;
} gm_bins;

/*
 * The inner kernel of matrix multiplication: the product of a packed strip of a (rows numbers per step) and a packed strip of b
 * (columns numbers per step) over depth steps, written or added to a tile of c whose rows lie stride elements apart.
 */
typedef struct gm_tile {
    size_t rows, columns;
    void (*multiply)(size_t depth, const double *a, const double *b, double *c, size_t stride, bool add);
} gm_tile;

enum { GM_MAX_TILE = 8 * 24 };

typedef struct gm_needle {
    const uint8_t *bytes; /* lower case when case is ignored */
    size_t count;         /* at least 1 */
    bool ignore_case;
} gm_needle;

/* Where a search stands. A search goes on until it has seen max_matches or the end, or spent its budget. */
typedef struct gm_search {
    size_t position;      /* in: no match begins before it. out: where to go on from */
    size_t last;          /* out: where the last match begins; untouched when there was none */
    uint64_t matches;     /* counted up */
    uint64_t max_matches; /* stop when matches reaches it */
    int64_t budget;       /* bytes that may be compared in vain; below 0, the search has given up at position */
} gm_search;

/*
 * One entry per kernel that has variants. The scalar column is complete; each better instruction set overwrites the entries that
 * it improves. Arguments have been checked by the export before an entry is called.
 */
typedef struct gm_ops {
    gm_i128 (*sum_i64)(const int64_t *data, size_t count);
    void (*dot_i64)(const int64_t *a, const int64_t *b, size_t count, gm_wide *total);
    bool (*prefix_sum_i64)(const int64_t *data, size_t count, int64_t *destination);
    void (*min_max_i64)(const int64_t *data, size_t count, int64_t *min, int64_t *max);
    double (*sum_f64)(const double *data, size_t count);
    double (*dot_f64)(const double *a, const double *b, size_t count);
    void (*axpy_f64)(double factor, const double *x, size_t count, double *y);
    void (*prefix_sum_f64)(const double *data, size_t count, double *destination);
    /* The key order of gm_key; returns true when there is a NaN. */
    bool (*min_max_f64)(const double *data, size_t count, int64_t *min, int64_t *max);
    void (*histogram_f64)(const double *data, size_t count, const gm_bins *bins, int64_t *counts);
    gm_tile tile;
    /* Iterations of the points first to first + columns - 1 of one row. */
    void (*mandelbrot_row)(double left, double step, double y, uint64_t first, size_t columns, uint32_t max_iterations,
                           uint32_t *counts);
    size_t mandelbrot_step; /* columns in one go: fewer take as long */
    bool (*reverse_ascii_u16)(const uint16_t *source, size_t count, uint16_t *destination);
    bool (*upper_ascii_u16)(const uint16_t *source, size_t count, uint16_t *destination);
    void (*search_u8)(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search);
    bool (*validate_utf8)(const uint8_t *text, size_t count);
    uint32_t (*crc32c)(const uint8_t *data, size_t count, uint32_t state);
} gm_ops;

/* Written once, by the constructor in dispatch.c, before any export can run; read-only from then on. */
extern gm_ops gm_active;

/* Fills ops for an instruction set. False, with ops untouched, when this processor or build does not have it. */
bool gm_ops_for(int32_t isa, gm_ops *ops);

void gm_vector_scalar(gm_ops *ops);
void gm_vector_sse2(gm_ops *ops);
void gm_vector_avx2(gm_ops *ops);
void gm_vector_avx512(gm_ops *ops);
void gm_vector_neon(gm_ops *ops);
void gm_prefix_avx512(gm_ops *ops);
void gm_matrix_scalar(gm_ops *ops);
void gm_matrix_sse2(gm_ops *ops);
void gm_matrix_avx2(gm_ops *ops);
void gm_matrix_avx512(gm_ops *ops);
void gm_matrix_neon(gm_ops *ops);
void gm_mandelbrot_scalar(gm_ops *ops);
void gm_mandelbrot_sse2(gm_ops *ops);
void gm_mandelbrot_avx2(gm_ops *ops);
void gm_mandelbrot_avx512(gm_ops *ops);
void gm_mandelbrot_neon(gm_ops *ops);
void gm_text_sse2(gm_ops *ops);
void gm_text_avx2(gm_ops *ops);
void gm_text_avx512(gm_ops *ops);
void gm_text_neon(gm_ops *ops);
void gm_crc32c_avx2(gm_ops *ops);

void gm_dot_wide(const int64_t *a, const int64_t *b, size_t count, gm_wide *total);

/* Scalar pieces that vector variants finish with. */
bool gm_validate_utf8_scalar(const uint8_t *text, size_t count);
void gm_text_scalar(gm_ops *ops);
void gm_crc32c_scalar(gm_ops *ops);

/* Working memory, aligned to a cache line, in huge pages where the system offers them. Null when there is none. Release with
 * gm_release. */
void *gm_allocate(size_t count, size_t element_bytes);
void gm_release(void *memory);

/* True when the caller asks to stop. */
static inline bool gm_stop(gm_progress progress, void *context, double done) {
    return progress != NULL && progress(context, done) != 0;
}

/* Argument checks. Each export lists its own with GM_REQUIRE, so that the first failing rule is the status. */
#define GM_REQUIRE(condition, status) \
    do {                              \
        if (!(condition))             \
            return (status);          \
    } while (0)

#define GM_CHECK_ARRAY(pointer, count)                                                                   \
    do {                                                                                                 \
        GM_REQUIRE((pointer) != NULL || (count) == 0, GM_NULL);                                          \
        GM_REQUIRE(((uintptr_t)(pointer) & (_Alignof(__typeof__(*(pointer))) - 1)) == 0, GM_MISALIGNED); \
        GM_REQUIRE((count) <= (uint64_t)PTRDIFF_MAX / sizeof(*(pointer)), GM_OUT_OF_RANGE);              \
    } while (0)

/* True when [a, a + a_bytes) and [b, b + b_bytes) share a byte. */
static inline bool gm_overlap(const void *a, uint64_t a_bytes, const void *b, uint64_t b_bytes) {
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return a_bytes != 0 && b_bytes != 0 && (x < y ? y - x < a_bytes : x - y < b_bytes);
}

/* Maps doubles to integers of the same order, -0 before +0. It is its own inverse. */
static inline int64_t gm_key(int64_t bits) {
    return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

static inline int64_t gm_bits(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double gm_from_bits(int64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The end of every floating-point sum: the header gives the order. */
enum { GM_LANES = 32 };
static inline double gm_fold_lanes(double lanes[GM_LANES]) {
    for (int width = GM_LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
}

/* An element's bin, or bins->last + 1 for one that is not counted. */
static inline uint32_t gm_bin_of(double x, const gm_bins *bins) {
    if (!(x >= bins->low && x <= bins->high))
        return bins->last + 1;
    uint32_t bin = (uint32_t)((x - bins->low) * bins->scale);
    return bin < bins->last ? bin : bins->last;
}

static inline uint8_t gm_lower(uint8_t byte) {
    return (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

/* True when the needle lies at text. */
static inline bool gm_matches(const gm_needle *needle, const uint8_t *text) {
    if (!needle->ignore_case)
        return memcmp(text, needle->bytes, needle->count) == 0;
    for (size_t i = 0; i < needle->count; i++)
        if (gm_lower(text[i]) != needle->bytes[i])
            return false;
    return true;
}

/* Looks at one candidate. True when the search is to stop. */
static inline bool gm_try_candidate(const gm_needle *needle, const uint8_t *text, size_t at, gm_search *search) {
    if (at < search->position)
        return false;
    if (!gm_matches(needle, text + at)) {
        search->budget -= (int64_t)needle->count;
        search->position = at;
        return search->budget < 0;
    }
    search->matches++;
    search->last = at;
    search->position = at + needle->count;
    return search->matches == search->max_matches;
}

#endif
