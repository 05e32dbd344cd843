/*
 * The vector kernels for any vector width, written in the vector types of GCC and Clang. A file vector_<isa>.c defines GM_BYTES
 * (the vector's size), GM_FILL (its entry point) and HAVE_COMPARE_64 (where 64-bit integers can be compared in one instruction;
 * without it scalar is faster), includes this, and is compiled with the flags of its instruction set.
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

#ifdef HAVE_MULTIPLY_32
#include <immintrin.h>
/* The products of the lower 32 bits of each lane, as signed numbers. */
static inline vu multiply_32(vu a, vu b) {
#if GM_BYTES == 64
    return (vu)_mm512_mul_epi32((__m512i)a, (__m512i)b);
#else
    return (vu)_mm256_mul_epi32((__m256i)a, (__m256i)b);
#endif
}
#endif

/* Keeps a value that is used twice in its register: left to itself the compiler loads it twice, and loads are what streaming
 * kernels run out of. */
#if defined(__x86_64__)
#define KEEP(x) __asm__("" : "+v"(x))
#else
#define KEEP(x) ((void)(x))
#endif

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
 * The upper half of each lane, as a number that sums without overflow. Before AVX-512 x86 has no arithmetic 64-bit shift: there
 * the sign bit is flipped and the half taken as unsigned, which makes it greater by HALF_BIAS.
 */
#ifdef HAVE_SHIFT_64
enum { HALF_BIAS_BITS = 0 };
static inline vu upper_half(vu x) {
    return (vu)((vi)x >> 32);
}
#else
enum { HALF_BIAS_BITS = 31 };
static inline vu upper_half(vu x) {
    return (x ^ UINT64_C(1) << 63) >> 32;
}
#endif

/* The sum of all lanes of all vectors, as unsigned numbers modulo 2^64, and as signed numbers in full. */
static uint64_t wrapping_total(const vu *sums, size_t vectors) {
    uint64_t total = 0;
    for (size_t k = 0; k < vectors; k++)
        for (size_t lane = 0; lane < N; lane++)
            total += sums[k][lane];
    return total;
}

static gm_i128 signed_total(const vu *sums, size_t vectors) {
    gm_i128 total = 0;
    for (size_t k = 0; k < vectors; k++)
        for (size_t lane = 0; lane < N; lane++)
            total += (int64_t)sums[k][lane];
    return total;
}

/*
 * The exact total of count numbers from two sums: of all 64 bits, which wraps, and of the upper halves, which cannot. With h the
 * sum of the upper halves the total lies in [h * 2^32, (h + count) * 2^32), so for fewer than 2^32 numbers its lower 64 bits name
 * it.
 */
static gm_i128 exact_total(const vu *low, const vu *high, size_t vectors, size_t count) {
    const gm_i128 bias = HALF_BIAS_BITS == 0 ? 0 : (gm_i128)count << HALF_BIAS_BITS;
    const gm_i128 base = (signed_total(high, vectors) - bias) * ((gm_i128)1 << 32);
    return base + (gm_i128)(wrapping_total(low, vectors) - (uint64_t)base);
}

static gm_i128 sum_block(const int64_t *data, size_t count) {
    vu low[A / 2], high[A / 2];
    UNROLL
    for (size_t k = 0; k < A / 2; k++)
        low[k] = high[k] = (vu){0};
    gm_i128 rest = 0;
    size_t i = 0;
    for (; i < count && ((uintptr_t)(data + i) & (GM_BYTES - 1)) != 0; i++)
        rest += data[i];
    const size_t begin = i;
    for (; i + GM_LANES / 2 <= count; i += GM_LANES / 2) {
        UNROLL
        for (size_t k = 0; k < A / 2; k++) {
            vu x = (vu)load_i(data + i + k * N);
            KEEP(x);
            low[k] += x;
            high[k] += upper_half(x);
        }
    }
    const gm_i128 total = exact_total(low, high, A / 2, i - begin);
    for (; i < count; i++)
        rest += data[i];
    return total + rest;
}

static gm_i128 sum_i64(const int64_t *data, size_t count) {
    const size_t block = (size_t)1 << 30;
    gm_i128 total = 0;
    for (; count > block; count -= block, data += block)
        total += sum_block(data, block);
    return total + sum_block(data, count);
}

#ifdef HAVE_MULTIPLY_32
/*
 * Numbers of 32 bits, the usual case, are multiplied in vectors: their products have 63 bits and are summed like numbers above.
 * Whether all were of 32 bits is known after the block; if not, it is done again one by one.
 */
enum { DOT_BLOCK = 4096 };

static bool dot_block(const int64_t *a, const int64_t *b, size_t count, gm_wide *total) {
    vu low[A / 2], high[A / 2], wide = {0};
    UNROLL
    for (size_t k = 0; k < A / 2; k++)
        low[k] = high[k] = (vu){0};
    for (size_t i = 0; i < count; i += GM_LANES / 2) {
        UNROLL
        for (size_t k = 0; k < A / 2; k++) {
            vu x = (vu)load_i(a + i + k * N), y = (vu)load_i(b + i + k * N);
            KEEP(x);
            KEEP(y);
            wide |= (x + (UINT64_C(1) << 31)) | (y + (UINT64_C(1) << 31));
            vu product = multiply_32(x, y);
            low[k] += product;
            high[k] += upper_half(product);
        }
    }
    wide >>= 32;
    uint64_t any = 0;
    for (size_t lane = 0; lane < N; lane++)
        any |= wide[lane];
    if (any != 0)
        return false;
    gm_add_wide(total, exact_total(low, high, A / 2, count));
    return true;
}

static void dot_i64(const int64_t *a, const int64_t *b, size_t count, gm_wide *total) {
    size_t i = 0;
    while (count - i >= GM_LANES / 2) {
        size_t block = count - i < DOT_BLOCK ? (count - i) / (GM_LANES / 2) * (GM_LANES / 2) : DOT_BLOCK;
        if (!dot_block(a + i, b + i, block, total))
            gm_dot_wide(a + i, b + i, block, total);
        i += block;
    }
    gm_dot_wide(a + i, b + i, count - i, total);
}
#endif

#ifdef HAVE_COMPARE_64
static void min_max_i64(const int64_t *data, size_t count, int64_t *min, int64_t *max) {
    int64_t least = data[0], greatest = data[0];
    size_t i = 0;
    if (count >= GM_LANES) {
        vi low[A], high[A];
        UNROLL
        for (size_t k = 0; k < A; k++)
            low[k] = high[k] = load_i(data + k * N);
        for (i = GM_LANES; i + GM_LANES <= count; i += GM_LANES) {
            UNROLL
            for (size_t k = 0; k < A; k++) {
                vi x = load_i(data + i + k * N);
                KEEP(x);
                low[k] = min_i(low[k], x);
                high[k] = max_i(high[k], x);
            }
        }
        UNROLL
        for (size_t k = 1; k < A; k++) {
            low[0] = min_i(low[0], low[k]);
            high[0] = max_i(high[0], high[k]);
        }
        for (size_t lane = 0; lane < N; lane++) {
            least = low[0][lane] < least ? low[0][lane] : least;
            greatest = high[0][lane] > greatest ? high[0][lane] : greatest;
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
        UNROLL
        for (size_t k = 0; k < A / 2; k++) {
            low[k] = ~(vi){0} ^ INT64_MIN;
            high[k] = (vi){0} + INT64_MIN;
        }
        for (; i + GM_LANES / 2 <= count; i += GM_LANES / 2) {
            UNROLL
            for (size_t k = 0; k < A / 2; k++) {
                vf x = load_f(data + i + k * N);
                KEEP(x);
                vi key = key_v((vi)x);
                unordered |= (vi)(x != x);
                low[k] = min_i(low[k], key);
                high[k] = max_i(high[k], key);
            }
        }
        UNROLL
        for (size_t k = 1; k < A / 2; k++) {
            low[0] = min_i(low[0], low[k]);
            high[0] = max_i(high[0], high[k]);
        }
        for (size_t lane = 0; lane < N; lane++) {
            least = low[0][lane] < least ? low[0][lane] : least;
            greatest = high[0][lane] > greatest ? high[0][lane] : greatest;
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

/* Folds 32 lanes in the order that the header promises. */
static inline double fold(vf *sums) {
    UNROLL
    for (size_t width = A / 2; width > 0; width /= 2) {
        UNROLL
        for (size_t k = 0; k < width; k++)
            sums[k] += sums[k + width];
    }
    double lanes[N];
    memcpy(lanes, sums, sizeof lanes);
    UNROLL
    for (size_t width = N / 2; width > 0; width /= 2) {
        UNROLL
        for (size_t k = 0; k < width; k++)
            lanes[k] += lanes[k + width];
    }
    return lanes[0];
}

/* The elements after the last full round, with zeros up to a round: a lane is never -0, so adding +0 leaves it as it is. */
static inline void pad(double *padded, const double *data, size_t count) {
    memset(padded, 0, GM_LANES * sizeof *padded);
    memcpy(padded, data, count * sizeof *padded);
}

/* A round that ends with the elements. */
static inline void pad_front(double *padded, const double *data, size_t count) {
    memset(padded, 0, GM_LANES * sizeof *padded);
    memcpy(padded + GM_LANES - count, data, count * sizeof *padded);
}

static inline void add_round(vf *sums, const double *data) {
    UNROLL
    for (size_t k = 0; k < A; k++)
        sums[k] += load_f(data + k * N);
}

/*
 * Loads over the border of a cache line cost double, so a long sum begins at one: the elements before it are the last of a round
 * that is otherwise zeros. Slot j of the sums is then lane (head + j) mod 32.
 */
static inline size_t head_of(const double *data, size_t count) {
    return count < 4 * GM_LANES ? 0 : (-(uintptr_t)data & (GM_BYTES - 1)) / sizeof *data;
}

static inline double fold_turned(vf *sums, size_t head) {
    if (head == 0)
        return fold(sums);
    double slots[GM_LANES], lanes[GM_LANES];
    memcpy(slots, sums, sizeof slots);
    memcpy(lanes + head, slots, (GM_LANES - head) * sizeof *lanes);
    memcpy(lanes, slots + GM_LANES - head, head * sizeof *lanes);
    return gm_fold_lanes(lanes);
}

static double sum_f64(const double *data, size_t count) {
    vf sums[A];
    UNROLL
    for (size_t k = 0; k < A; k++)
        sums[k] = (vf){0};
    double padded[GM_LANES];
    const size_t head = head_of(data, count);
    if (head > 0) {
        pad_front(padded, data, head);
        add_round(sums, padded);
    }
    size_t i = head;
    for (; i + GM_LANES <= count; i += GM_LANES)
        add_round(sums, data + i);
    if (i < count) {
        pad(padded, data + i, count - i);
        add_round(sums, padded);
    }
    return fold_turned(sums, head);
}

static inline void dot_round(vf *sums, const double *a, const double *b) {
    UNROLL
    for (size_t k = 0; k < A; k++)
        sums[k] += load_f(a + k * N) * load_f(b + k * N);
}

static double dot_f64(const double *a, const double *b, size_t count) {
    vf sums[A];
    UNROLL
    for (size_t k = 0; k < A; k++)
        sums[k] = (vf){0};
    double padded_a[GM_LANES], padded_b[GM_LANES];
    const size_t head = head_of(a, count);
    if (head > 0) {
        pad_front(padded_a, a, head);
        pad_front(padded_b, b, head);
        dot_round(sums, padded_a, padded_b);
    }
    size_t i = head;
    for (; i + GM_LANES <= count; i += GM_LANES)
        dot_round(sums, a + i, b + i);
    if (i < count) {
        pad(padded_a, a + i, count - i);
        pad(padded_b, b + i, count - i);
        dot_round(sums, padded_a, padded_b);
    }
    return fold_turned(sums, head);
}

static inline void axpy_vector(double factor, const double *x, double *y) {
    *(vf_unaligned *)y = (vf_unaligned)(load_f(y) + factor * load_f(x));
}

/* Fewer elements than a vector holds. */
static inline void axpy_few(double factor, const double *x, double *y, size_t count) {
#if GM_BYTES == 64
    const __mmask8 mask = (__mmask8)((1u << count) - 1);
    const vf sum = (vf)_mm512_maskz_loadu_pd(mask, y) + factor * (vf)_mm512_maskz_loadu_pd(mask, x);
    _mm512_mask_storeu_pd(y, mask, (__m512d)sum);
#else
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
#endif
}

static void axpy_f64(double factor, const double *x, size_t count, double *y) {
    /* Stores over the border of a cache line cost most: y is brought to one first. */
    const size_t before = (-(uintptr_t)y & (GM_BYTES - 1)) / sizeof *y;
    size_t i = before < count ? before : count;
    axpy_few(factor, x, y, i);
    for (; i + 4 * N <= count; i += 4 * N) {
        UNROLL
        for (size_t k = 0; k < 4; k++)
            axpy_vector(factor, x + i + k * N, y + i + k * N);
    }
    for (; i + N <= count; i += N)
        axpy_vector(factor, x + i, y + i);
    axpy_few(factor, x + i, y + i, count - i);
}

#ifdef HAVE_COMPARE_64
/*
 * Bins are computed a vector at a time and counted one by one, in four tables by turns, so that equal neighbours do not wait for
 * each other's store. Elements that do not count go to a bin of their own after the last.
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
            UNROLL
            for (size_t k = 0; k < 8; k += N) {
                vf x = load_f(data + i + k);
                KEEP(x);
                vf bin = (x - bins->low) * bins->scale;
                vi inside = (vi)(x >= bins->low) & (vi)(x <= bins->high);
                vi in_last = (vi)(bin >= last);
                bin = (vf)select_i(in_last, (vi)last, (vi)bin);
                bin = (vf)select_i(inside, (vi)bin, (vi)(last + 1.0));
                /* Exact: adding 2^52 leaves the integer part in the low bits; it rounds, so half is taken off where it rounded
                 * up. */
                vf shifted = bin + 0x1p52;
                vi whole = (vi)shifted & INT64_C(0xFFFFFFFF);
                whole += (vi)(shifted - 0x1p52 > bin);
                memcpy(index + k, &whole, sizeof whole);
            }
            UNROLL
            for (size_t k = 0; k < 8; k++)
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
#ifdef HAVE_MULTIPLY_32
    ops->dot_i64 = dot_i64;
#endif
    ops->sum_f64 = sum_f64;
    ops->dot_f64 = dot_f64;
    ops->axpy_f64 = axpy_f64;
#ifdef HAVE_COMPARE_64
    ops->min_max_i64 = min_max_i64;
    ops->min_max_f64 = min_max_f64;
    ops->histogram_f64 = histogram_f64;
#endif
}
