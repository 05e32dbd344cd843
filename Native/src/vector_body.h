/*
 * The vector kernels for any vector width, written in the vector types of GCC and Clang. A file vector_<isa>.c defines GM_BYTES (the
 * vector's size), GM_FILL (its entry point) and HAVE_COMPARE_64 (where 64-bit integers can be compared in one instruction; without it scalar
 * is faster), includes this, and is compiled with the flags of its instruction set.
 */
#include "internal.h"

#define N ((size_t)(GM_BYTES / 8))
/* Vectors in flight: 32 lanes in all, which hides the latency of an addition and fixes the order of summation. */
#define A (GM_LANES / N)
#define UNROLL _Pragma("GCC unroll 16")

typedef double vf __attribute__((vector_size(GM_BYTES)));
typedef int64_t vi __attribute__((vector_size(GM_BYTES)));
typedef uint64_t vu __attribute__((vector_size(GM_BYTES)));
typedef double vf_unaligned __attribute__((vector_size(GM_BYTES), aligned(8), may_alias));
typedef int64_t vi_unaligned __attribute__((vector_size(GM_BYTES), aligned(8), may_alias));

static inline vf load_f(const double *p) {
    return (vf) * (const vf_unaligned *)p;
}

static inline vi load_i(const int64_t *p) {
    return (vi) * (const vi_unaligned *)p;
}

#ifdef HAVE_COMPARE_64
static inline vi select_i(vi mask, vi yes, vi no) {
    return (mask & yes) | (~mask & no);
}

#if GM_BYTES == 64
#include <immintrin.h>
static inline vi min_i(vi a, vi b) {
    return (vi)_mm512_min_epi64((__m512i)a, (__m512i)b);
}
static inline vi max_i(vi a, vi b) {
    return (vi)_mm512_max_epi64((__m512i)a, (__m512i)b);
}
#else
static inline vi min_i(vi a, vi b) {
    return select_i((vi)(a < b), a, b);
}
static inline vi max_i(vi a, vi b) {
    return select_i((vi)(a > b), a, b);
}
#endif
#endif

/*
 * Two sums: of all 64 bits, which wraps, and of the upper halves, which cannot. With h the sum of the upper halves the exact total lies in
 * [h * 2^32, (h + count) * 2^32), so for fewer than 2^32 elements its lower 64 bits name it. Halves are taken as unsigned after
 * flipping the sign bit (there is no arithmetic 64-bit shift before AVX-512); each flip added 2^31 to h.
 */
static gm_i128 sum_block(const int64_t *data, size_t count) {
    vu low[A / 2], high[A / 2];
    for (size_t k = 0; k < A / 2; k++)
        low[k] = high[k] = (vu){0};
    size_t i = 0;
    for (; i + GM_LANES / 2 <= count; i += GM_LANES / 2) {
        UNROLL for (size_t k = 0; k < A / 2; k++) {
            vu x = (vu)load_i(data + i + k * N);
            low[k] += x;
            high[k] += (x ^ UINT64_C(1) << 63) >> 32;
        }
    }
    uint64_t wrapped = 0;
    gm_i128 halves = -((gm_i128)i << 31);
    for (size_t k = 0; k < A / 2; k++)
        for (size_t lane = 0; lane < N; lane++) {
            wrapped += low[k][lane];
            halves += (gm_i128)high[k][lane];
        }
    const gm_i128 base = halves * ((gm_i128)1 << 32);
    gm_i128 total = base + (gm_i128)(wrapped - (uint64_t)base);
    for (; i < count; i++)
        total += data[i];
    return total;
}

static gm_i128 sum_i64(const int64_t *data, size_t count) {
    const size_t block = (size_t)1 << 30;
    gm_i128 total = 0;
    for (; count > block; count -= block, data += block)
        total += sum_block(data, block);
    return total + sum_block(data, count);
}

#ifdef HAVE_COMPARE_64
static void min_max_i64(const int64_t *data, size_t count, int64_t *min, int64_t *max) {
    int64_t least = data[0], greatest = data[0];
    size_t i = 0;
    if (count >= GM_LANES) {
        vi low[A], high[A];
        UNROLL for (size_t k = 0; k < A; k++)
            low[k] = high[k] = load_i(data + k * N);
        for (i = GM_LANES; i + GM_LANES <= count; i += GM_LANES) {
            UNROLL for (size_t k = 0; k < A; k++) {
                vi x = load_i(data + i + k * N);
                low[k] = min_i(low[k], x);
                high[k] = max_i(high[k], x);
            }
        }
        for (size_t k = 0; k < A; k++)
            for (size_t lane = 0; lane < N; lane++) {
                least = low[k][lane] < least ? low[k][lane] : least;
                greatest = high[k][lane] > greatest ? high[k][lane] : greatest;
            }
    }
    for (; i < count; i++) {
        least = data[i] < least ? data[i] : least;
        greatest = data[i] > greatest ? data[i] : greatest;
    }
    *min = least;
    *max = greatest;
}

static inline vi key_v(vi bits) {
    return bits ^ (vi)((vu)(bits < 0) >> 1);
}

static bool min_max_f64(const double *data, size_t count, int64_t *min, int64_t *max) {
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    bool nan = false;
    size_t i = 0;
    if (count >= GM_LANES / 2) {
        vi low[A / 2], high[A / 2], unordered = {0};
        UNROLL for (size_t k = 0; k < A / 2; k++) {
            low[k] = ~(vi){0} ^ INT64_MIN;
            high[k] = (vi){0} + INT64_MIN;
        }
        for (; i + GM_LANES / 2 <= count; i += GM_LANES / 2) {
            UNROLL for (size_t k = 0; k < A / 2; k++) {
                vf x = load_f(data + i + k * N);
                vi key = key_v((vi)x);
                unordered |= (vi)(x != x);
                low[k] = min_i(low[k], key);
                high[k] = max_i(high[k], key);
            }
        }
        for (size_t k = 0; k < A / 2; k++)
            for (size_t lane = 0; lane < N; lane++) {
                least = low[k][lane] < least ? low[k][lane] : least;
                greatest = high[k][lane] > greatest ? high[k][lane] : greatest;
                nan |= unordered[lane] != 0;
            }
    }
    for (; i < count; i++) {
        int64_t key = gm_key(gm_bits(data[i]));
        nan |= data[i] != data[i];
        least = key < least ? key : least;
        greatest = key > greatest ? key : greatest;
    }
    *min = least;
    *max = greatest;
    return nan;
}
#endif

/* Adds the elements after the last full round to their lanes, and the lanes together. */
#define FINISH(sums, i, count, term)                           \
    do {                                                       \
        double lanes[GM_LANES];                                \
        memcpy(lanes, sums, sizeof lanes);                     \
        for (size_t lane = 0; (i) + lane < (count); lane++)    \
            lanes[lane] += term;                               \
        return gm_fold_lanes(lanes);                           \
    } while (0)

static double sum_f64(const double *data, size_t count) {
    vf sums[A];
    UNROLL for (size_t k = 0; k < A; k++)
        sums[k] = (vf){0};
    size_t i = 0;
    for (; i + GM_LANES <= count; i += GM_LANES) {
        UNROLL for (size_t k = 0; k < A; k++)
            sums[k] += load_f(data + i + k * N);
    }
    FINISH(sums, i, count, data[i + lane]);
}

static double dot_f64(const double *a, const double *b, size_t count) {
    vf sums[A];
    UNROLL for (size_t k = 0; k < A; k++)
        sums[k] = (vf){0};
    size_t i = 0;
    for (; i + GM_LANES <= count; i += GM_LANES) {
        UNROLL for (size_t k = 0; k < A; k++)
            sums[k] += load_f(a + i + k * N) * load_f(b + i + k * N);
    }
    FINISH(sums, i, count, a[i + lane] * b[i + lane]);
}

static void axpy_f64(double factor, const double *x, size_t count, double *y) {
    size_t i = 0;
    for (; i + 4 * N <= count; i += 4 * N) {
        UNROLL for (size_t k = 0; k < 4; k++)
            *(vf_unaligned *)(y + i + k * N) = (vf_unaligned)(load_f(y + i + k * N) + factor * load_f(x + i + k * N));
    }
    for (; i < count; i++)
        y[i] += factor * x[i];
}

#ifdef HAVE_COMPARE_64
/*
 * Bins are computed a vector at a time and counted one by one, in four tables by turns, so that equal neighbours do not wait for each other's
 * store. Elements that do not count go to a bin of their own after the last.
 */
enum { TABLES = 4, TABLE_BINS = 1024 };

static void histogram_f64(const double *data, size_t count, const gm_bins *bins, int64_t *counts) {
    size_t i = 0;
    if (bins->last + 2 <= TABLE_BINS && count >= 4 * TABLE_BINS) {
        uint64_t tables[TABLES][TABLE_BINS];
        memset(tables, 0, sizeof tables);
        const vf last = (vf){0} + (double)bins->last;
        for (; i + 8 <= count; i += 8) {
            int64_t index[8];
            UNROLL for (size_t k = 0; k < 8; k += N) {
                vf x = load_f(data + i + k);
                vf bin = (x - bins->low) * bins->scale;
                vi inside = (vi)(x >= bins->low) & (vi)(x <= bins->high);
                vi in_last = (vi)(bin >= last);
                bin = (vf)select_i(in_last, (vi)last, (vi)bin);
                bin = (vf)select_i(inside, (vi)bin, (vi)(last + 1.0));
                /* Exact: adding 2^52 leaves the integer part in the low bits; it rounds, so half is taken off where it rounded up. */
                vf shifted = bin + 0x1p52;
                vi whole = (vi)shifted & INT64_C(0xFFFFFFFF);
                whole += (vi)(shifted - 0x1p52 > bin);
                memcpy(index + k, &whole, sizeof whole);
            }
            UNROLL for (size_t k = 0; k < 8; k++)
                tables[k % TABLES][index[k]]++;
        }
        for (uint32_t bin = 0; bin <= bins->last; bin++)
            for (int table = 0; table < TABLES; table++)
                counts[bin] += (int64_t)tables[table][bin];
    }
    for (; i < count; i++) {
        uint32_t bin = gm_bin_of(data[i], bins);
        if (bin <= bins->last)
            counts[bin]++;
    }
}
#endif

void GM_FILL(gm_ops *ops) {
    ops->sum_i64 = sum_i64;
    ops->sum_f64 = sum_f64;
    ops->dot_f64 = dot_f64;
    ops->axpy_f64 = axpy_f64;
#ifdef HAVE_COMPARE_64
    ops->min_max_i64 = min_max_i64;
    ops->min_max_f64 = min_max_f64;
    ops->histogram_f64 = histogram_f64;
#endif
}
