/*
 * Radix sort. Up to half a million keys: from the least significant byte, with all histograms taken in one pass; passes over a
 * byte that is the same everywhere are left out. More keys are first dealt out by the highest byte in which they differ, so that
 * the passes over each pile stay in the cache. Branch-free: its time depends on the count alone.
 */
#include "internal.h"

enum { SHORT = 96, MANY = 1 << 19, DIGITS = 8, RADIX = 256, CHUNK = 1 << 18 };

static const uint64_t sign = UINT64_C(1) << 63;

static void insertion_sort(uint64_t *data, size_t count, uint64_t flip) {
    for (size_t i = 1; i < count; i++) {
        const uint64_t x = data[i];
        size_t k = i;
        for (; k > 0 && (data[k - 1] ^ flip) > (x ^ flip); k--)
            data[k] = data[k - 1];
        data[k] = x;
    }
}

/* How to read keys, and steps done and to do, for progress. */
typedef struct gm_steps {
    uint64_t flip; /* keys are compared as unsigned numbers after these bits are flipped */
    gm_progress progress;
    void *context;
    double done, total;
} gm_steps;

static bool stop(gm_steps *steps, size_t count) {
    steps->done += (double)count;
    return gm_stop(steps->progress, steps->context, steps->done < steps->total ? steps->done / steps->total : 1.0);
}

static bool scatter(const uint64_t *from, uint64_t *to, size_t count, unsigned shift, uint64_t *next, gm_steps *steps) {
    const uint64_t flip = steps->flip;
    for (size_t i = 0; i < count;) {
        const size_t end = count - i < CHUNK ? count : i + CHUNK;
        if (stop(steps, end - i))
            return false;
        for (; i < end; i++) {
            const uint64_t x = from[i];
            to[next[(x ^ flip) >> shift & 0xFF]++] = x;
        }
    }
    return true;
}

/* Sorts unsigned keys. spare has the same size; the result may end up in either, *sorted says where. */
static gm_status radix_sort(uint64_t *data, uint64_t *spare, size_t count, gm_steps *steps, uint64_t **sorted) {
    uint64_t counts[DIGITS][RADIX];
    memset(counts, 0, sizeof counts);
    const uint64_t flip = steps->flip;
    bool rising = true;
    uint64_t previous = 0;
    for (size_t i = 0; i < count;) {
        const size_t end = count - i < CHUNK ? count : i + CHUNK;
        GM_REQUIRE(!stop(steps, end - i), GM_CANCELLED);
        for (; i < end; i++) {
            const uint64_t x = data[i] ^ flip;
            rising &= previous <= x;
            previous = x;
            for (unsigned digit = 0; digit < DIGITS; digit++)
                counts[digit][x >> 8 * digit & 0xFF]++;
        }
    }
    *sorted = data;
    if (rising)
        return GM_OK;

    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (counts[digit][(data[0] ^ flip) >> 8 * digit & 0xFF] == count)
            continue;
        uint64_t position = 0;
        for (size_t value = 0; value < RADIX; value++) {
            const uint64_t here = counts[digit][value];
            counts[digit][value] = position;
            position += here;
        }
        GM_REQUIRE(scatter(data, spare, count, 8 * digit, counts[digit], steps), GM_CANCELLED);
        uint64_t *swap = data;
        data = spare;
        spare = swap;
    }
    *sorted = data;
    return GM_OK;
}

static gm_status sort_in_cache(uint64_t *data, uint64_t *spare, size_t count, gm_steps *steps, uint64_t *destination) {
    uint64_t *sorted;
    gm_status status = radix_sort(data, spare, count, steps, &sorted);
    if (status == GM_OK && sorted != destination)
        memcpy(destination, sorted, count * sizeof *data);
    return status;
}

/* Counts the values of the 8 bits from shift on; *differing has a bit set where not all keys agree. */
static bool survey(const uint64_t *data, size_t count, unsigned shift, uint64_t *counts, uint64_t *differing, bool *rising,
                   gm_steps *steps) {
    memset(counts, 0, RADIX * sizeof *counts);
    const uint64_t flip = steps->flip, any = data[0] ^ flip;
    uint64_t previous = any;
    *differing = 0;
    *rising = true;
    for (size_t i = 0; i < count;) {
        const size_t end = count - i < CHUNK ? count : i + CHUNK;
        if (stop(steps, end - i))
            return false;
        for (; i < end; i++) {
            const uint64_t x = data[i] ^ flip;
            *rising &= previous <= x;
            *differing |= x ^ any;
            previous = x;
            counts[x >> shift & 0xFF]++;
        }
    }
    return true;
}

/* Sorts data, which has spare of its size beside it. The depth is bounded: each level takes up 8 bits of the key. */
static gm_status sort_many(uint64_t *data, uint64_t *spare, size_t count, gm_steps *steps) {
    if (count <= MANY)
        return sort_in_cache(data, spare, count, steps, data);

    uint64_t counts[RADIX], differing;
    bool rising;
    GM_REQUIRE(survey(data, count, 56, counts, &differing, &rising, steps), GM_CANCELLED);
    if (rising)
        return GM_OK;
    const unsigned top = 63 - (unsigned)__builtin_clzll(differing), shift = top < 7 ? 0 : top - 7;
    if (shift != 56)
        GM_REQUIRE(survey(data, count, shift, counts, &differing, &rising, steps), GM_CANCELLED);
    uint64_t position = 0;
    for (size_t value = 0; value < RADIX; value++) {
        const uint64_t here = counts[value];
        counts[value] = position;
        position += here;
    }
    GM_REQUIRE(scatter(data, spare, count, shift, counts, steps), GM_CANCELLED);

    size_t begin = 0;
    for (size_t value = 0; value < RADIX; value++) {
        const size_t end = (size_t)counts[value], length = end - begin;
        gm_status status = GM_OK;
        if (length <= SHORT) {
            memcpy(data + begin, spare + begin, length * sizeof *data);
            insertion_sort(data + begin, length, steps->flip);
        } else if (length <= MANY) {
            status = sort_in_cache(spare + begin, data + begin, length, steps, data + begin);
        } else {
            memcpy(data + begin, spare + begin, length * sizeof *data);
            status = sort_many(data + begin, spare + begin, length, steps);
        }
        GM_REQUIRE(status == GM_OK, status);
        begin = end;
    }
    return GM_OK;
}

static gm_status sort_keys(uint64_t *data, size_t count, uint64_t flip, gm_progress progress, void *context) {
    if (count <= SHORT) {
        insertion_sort(data, count, flip);
        return GM_OK;
    }
    uint64_t *spare = gm_allocate(count, sizeof *spare);
    GM_REQUIRE(spare != NULL, GM_OUT_OF_MEMORY);
    gm_steps steps = {flip, progress, context, 0, (double)count * (count <= MANY ? DIGITS + 1 : DIGITS + 2)};
    gm_status status = sort_many(data, spare, count, &steps);
    gm_release(spare);
    return status;
}

gm_status gm_sort_i64(int64_t *data, uint64_t count, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(data, count);
    return sort_keys((uint64_t *)data, (size_t)count, sign, progress, context);
}

/* Moves NaNs to the front and gives back their number. */
static size_t gather_nans(uint64_t *bits, size_t count) {
    const uint64_t infinity = UINT64_C(0x7FF0000000000000);
    size_t nans = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t x = bits[i];
        if ((x & ~sign) > infinity) {
            bits[i] = bits[nans];
            bits[nans++] = x;
        }
    }
    return nans;
}

/* A negative number has all bits flipped, a positive one its sign: unsigned order is then the order of the numbers. */
gm_status gm_sort_f64(double *data, uint64_t count, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(data, count);
    typedef uint64_t __attribute__((may_alias)) bits_of_double;
    bits_of_double *bits = (bits_of_double *)data;
    const size_t nans = gather_nans((uint64_t *)bits, (size_t)count);
    bits_of_double *keys = bits + nans;
    const size_t left = (size_t)count - nans;
    for (size_t i = 0; i < left; i++)
        keys[i] ^= (uint64_t)((int64_t)keys[i] >> 63) | sign;
    gm_status status = sort_keys((uint64_t *)keys, left, 0, progress, context);
    for (size_t i = 0; i < left; i++)
        keys[i] ^= keys[i] >> 63 != 0 ? sign : ~UINT64_C(0);
    return status;
}

/* The key of a merge: NaNs are all alike and come first. */
static int64_t order_of(double x) {
    return x != x ? INT64_MIN : gm_key(gm_bits(x));
}

#define CHECK_MERGE(a, a_count, b, b_count, destination)                                               \
    do {                                                                                               \
        GM_CHECK_ARRAY(a, a_count);                                                                    \
        GM_CHECK_ARRAY(b, b_count);                                                                    \
        GM_REQUIRE((a_count) <= UINT64_MAX / 16 && (b_count) <= UINT64_MAX / 16, GM_OUT_OF_RANGE);     \
        GM_CHECK_ARRAY(destination, (a_count) + (b_count));                                            \
        GM_REQUIRE(!gm_overlap(a, (a_count)*8, destination, ((a_count) + (b_count)) * 8), GM_OVERLAP); \
        GM_REQUIRE(!gm_overlap(b, (b_count)*8, destination, ((a_count) + (b_count)) * 8), GM_OVERLAP); \
    } while (0)

/* Which side gives the next element is data, not a branch: on random input a branch would be wrong half of the time. */
#define MERGE(a, a_count, b, b_count, destination, key)                          \
    do {                                                                         \
        uint64_t i = 0, j = 0;                                                   \
        while (i < (a_count) && j < (b_count)) {                                 \
            const bool from_b = key((b)[j]) < key((a)[i]);                       \
            (destination)[i + j] = from_b ? (b)[j] : (a)[i];                     \
            i += !from_b;                                                        \
            j += from_b;                                                         \
        }                                                                        \
        if (i < (a_count))                                                       \
            memcpy((destination) + i + j, (a) + i, ((a_count)-i) * sizeof *(a)); \
        else if (j < (b_count))                                                  \
            memcpy((destination) + i + j, (b) + j, ((b_count)-j) * sizeof *(b)); \
    } while (0)

gm_status gm_merge_i64(const int64_t *a, uint64_t a_count, const int64_t *b, uint64_t b_count, int64_t *destination) {
    CHECK_MERGE(a, a_count, b, b_count, destination);
    MERGE(a, a_count, b, b_count, destination, );
    return GM_OK;
}

gm_status gm_merge_f64(const double *a, uint64_t a_count, const double *b, uint64_t b_count, double *destination) {
    CHECK_MERGE(a, a_count, b, b_count, destination);
    MERGE(a, a_count, b, b_count, destination, order_of);
    return GM_OK;
}
