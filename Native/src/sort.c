/*
 * Radix sort. A pile of up to half a million keys is sorted from the least significant byte, but only by as many of the highest
 * bits in which its keys differ as tell almost all of them apart; what is left is out of place by a step or two, and one insertion
 * pass mends it. Where too many keys agree in those bits, the pile is sorted by all of them. More keys are first dealt out by the
 * highest byte in which they differ, so that the passes over each pile stay in the cache.
 */
#include "internal.h"

enum { SHORT = 96, MANY = 1 << 19, RADIX = 256, MAX_DIGITS = 8, CHUNK = 1 << 18 };

static const uint64_t sign = UINT64_C(1) << 63;

/* How to read keys, and steps done and to do, for progress. */
typedef struct gm_steps {
    uint64_t flip; /* keys are compared as unsigned numbers after these bits are flipped */
    gm_progress progress;
    void *context;
    double done, total;
    size_t unreported;
} gm_steps;

/* Counts steps and asks now and then whether to stop. */
static bool stop(gm_steps *steps, size_t count) {
    steps->done += (double)count;
    steps->unreported += count;
    if (steps->unreported < CHUNK)
        return false;
    steps->unreported = 0;
    return gm_stop(steps->progress, steps->context, steps->done < steps->total ? steps->done / steps->total : 1.0);
}

/* Puts each key in its place among those before it. False, with the keys in some order, when that takes more moves than allowed. */
static bool insertion_sort(uint64_t *data, size_t count, uint64_t flip, size_t moves) {
    for (size_t i = 1; i < count; i++) {
        const uint64_t x = data[i];
        size_t k = i;
        for (; k > 0 && (data[k - 1] ^ flip) > (x ^ flip); k--)
            data[k] = data[k - 1];
        data[k] = x;
        if (i - k > moves)
            return false;
        moves -= i - k;
    }
    return true;
}

static bool copy(uint64_t *to, const uint64_t *from, size_t count, gm_steps *steps) {
    for (size_t i = 0; i < count; i += CHUNK) {
        const size_t length = count - i < CHUNK ? count - i : CHUNK;
        if (stop(steps, length))
            return false;
        memcpy(to + i, from + i, length * sizeof *to);
    }
    return true;
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

/* From counts to where each value begins. */
static void counts_to_starts(uint64_t *counts) {
    uint64_t position = 0;
    for (size_t value = 0; value < RADIX; value++) {
        const uint64_t here = counts[value];
        counts[value] = position;
        position += here;
    }
}

__attribute__((always_inline)) static inline void count_digits(const uint64_t *data, size_t count, uint64_t flip, unsigned shift,
                                                               uint64_t (*counts)[RADIX], const unsigned digits) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t x = (data[i] ^ flip) >> shift;
        for (unsigned digit = 0; digit < digits; digit++)
            counts[digit][x >> 8 * digit & 0xFF]++;
    }
}

/* Sorts by so many bytes from the bit shift on. spare has the same size; the result may end up in either, *sorted says where. */
static bool sort_digits(uint64_t *data, uint64_t *spare, size_t count, unsigned shift, unsigned digits, gm_steps *steps,
                        uint64_t **sorted) {
    uint64_t counts[MAX_DIGITS][RADIX];
    memset(counts, 0, digits * sizeof counts[0]);
    const uint64_t flip = steps->flip;
    if (stop(steps, count))
        return false;
    switch (digits) {
    case 1: count_digits(data, count, flip, shift, counts, 1); break;
    case 2: count_digits(data, count, flip, shift, counts, 2); break;
    case 3: count_digits(data, count, flip, shift, counts, 3); break;
    case 4: count_digits(data, count, flip, shift, counts, 4); break;
    default: count_digits(data, count, flip, shift, counts, digits); break;
    }
    for (unsigned digit = 0; digit < digits; digit++) {
        if (counts[digit][(data[0] ^ flip) >> shift >> 8 * digit & 0xFF] == count)
            continue;
        counts_to_starts(counts[digit]);
        if (!scatter(data, spare, count, shift + 8 * digit, counts[digit], steps))
            return false;
        uint64_t *swap = data;
        data = spare;
        spare = swap;
    }
    *sorted = data;
    return true;
}

/* The bits in which keys differ; 0 when they are in order already. */
static uint64_t differing_bits(const uint64_t *data, size_t count, uint64_t flip) {
    const uint64_t any = data[0];
    uint64_t differing = 0;
    bool rising = true;
    for (size_t i = 1; i < count; i++) {
        differing |= data[i] ^ any;
        rising &= (data[i - 1] ^ flip) <= (data[i] ^ flip);
    }
    return rising ? 0 : differing;
}

/* Bytes that tell keys of so many bits apart but for a sixteenth of count, if their bits are random. */
static unsigned digits_for(size_t count, unsigned bits) {
    const unsigned wanted = 64 - (unsigned)__builtin_clzll(count) + 3;
    return ((wanted < bits ? wanted : bits) + 7) / 8;
}

static gm_status sort_in_cache(uint64_t *data, uint64_t *spare, size_t count, gm_steps *steps, uint64_t *destination) {
    uint64_t *sorted = data;
    GM_REQUIRE(!stop(steps, count), GM_CANCELLED);
    const uint64_t differing = differing_bits(data, count, steps->flip);
    if (differing != 0) {
        const unsigned bits = 64 - (unsigned)__builtin_clzll(differing), digits = digits_for(count, bits);
        const unsigned shift = bits > 8 * digits ? bits - 8 * digits : 0;
        GM_REQUIRE(sort_digits(data, spare, count, shift, digits, steps, &sorted), GM_CANCELLED);
        GM_REQUIRE(!stop(steps, count), GM_CANCELLED);
        if (shift != 0 && !insertion_sort(sorted, count, steps->flip, 2 * count)) {
            uint64_t *other = sorted == data ? spare : data;
            GM_REQUIRE(sort_digits(sorted, other, count, 0, (bits + 7) / 8, steps, &sorted), GM_CANCELLED);
        }
    }
    if (sorted != destination)
        memcpy(destination, sorted, count * sizeof *data);
    return GM_OK;
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
    counts_to_starts(counts);
    GM_REQUIRE(scatter(data, spare, count, shift, counts, steps), GM_CANCELLED);

    size_t begin = 0;
    for (size_t value = 0; value < RADIX; value++) {
        const size_t end = (size_t)counts[value], length = end - begin;
        gm_status status = GM_OK;
        if (length <= SHORT) {
            memcpy(data + begin, spare + begin, length * sizeof *data);
            (void)insertion_sort(data + begin, length, steps->flip, SIZE_MAX);
        } else if (length <= MANY) {
            status = sort_in_cache(spare + begin, data + begin, length, steps, data + begin);
        } else {
            GM_REQUIRE(copy(data + begin, spare + begin, length, steps), GM_CANCELLED);
            status = sort_many(data + begin, spare + begin, length, steps);
        }
        GM_REQUIRE(status == GM_OK, status);
        begin = end;
    }
    return GM_OK;
}

/* Has the system hand out the pages bit by bit: the first keys that are dealt out would ask for all of them at once. */
static bool touch(uint64_t *spare, size_t count, gm_steps *steps) {
    enum { PAGE = 4096 / sizeof *spare };
    for (size_t i = 0; i < count; i += CHUNK) {
        if (gm_stop(steps->progress, steps->context, steps->done / steps->total))
            return false;
        for (size_t k = i; k < count && k < i + CHUNK; k += PAGE)
            ((volatile uint64_t *)spare)[k] = 0;
    }
    return true;
}

static gm_status sort_keys(uint64_t *data, size_t count, gm_steps *steps) {
    if (count <= SHORT) {
        (void)insertion_sort(data, count, steps->flip, SIZE_MAX);
        return GM_OK;
    }
    uint64_t *spare = gm_allocate(count, sizeof *spare);
    GM_REQUIRE(spare != NULL, GM_OUT_OF_MEMORY);
    gm_status status = GM_CANCELLED;
    if (count <= MANY || touch(spare, count, steps))
        status = sort_many(data, spare, count, steps);
    gm_release(spare);
    return status;
}

/* What a sort of random keys takes; one that takes more stays at 1 in the end. */
static gm_steps steps_of(size_t count, uint64_t flip, unsigned passes_around, gm_progress progress, void *context) {
    const unsigned in_cache = 3 + (count == 0 ? 0 : digits_for(count < MANY ? count : MANY / 8, 64));
    const double passes = in_cache + passes_around + (count > MANY ? 2 : 0);
    return (gm_steps){flip, progress, context, 0, passes * (double)count, 0};
}

gm_status gm_sort_i64(int64_t *data, uint64_t count, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(data, count);
    GM_REQUIRE(!gm_stop(progress, context, 0), GM_CANCELLED);
    gm_steps steps = steps_of((size_t)count, sign, 0, progress, context);
    return sort_keys((uint64_t *)data, (size_t)count, &steps);
}

/* Moves NaNs to the front, in no particular order among themselves, and turns the numbers behind them into keys. */
static bool to_keys(uint64_t *bits, size_t count, size_t *nans, gm_steps *steps) {
    const uint64_t infinity = UINT64_C(0x7FF0000000000000);
    size_t found = 0;
    for (size_t i = 0; i < count;) {
        const size_t end = count - i < CHUNK ? count : i + CHUNK;
        if (stop(steps, end - i))
            return false;
        for (; i < end; i++) {
            const uint64_t x = bits[i];
            if ((x & ~sign) > infinity) {
                bits[i] = bits[found];
                bits[found++] = x;
            } else {
                bits[i] = x ^ ((uint64_t)((int64_t)x >> 63) | sign);
            }
        }
    }
    *nans = found;
    return true;
}

static bool from_keys(uint64_t *keys, size_t count, gm_steps *steps) {
    for (size_t i = 0; i < count;) {
        const size_t end = count - i < CHUNK ? count : i + CHUNK;
        if (stop(steps, end - i))
            return false;
        for (; i < end; i++)
            keys[i] ^= keys[i] >> 63 != 0 ? sign : ~UINT64_C(0);
    }
    return true;
}

/* A negative number has all bits flipped, a positive one its sign: unsigned order is then the order of the numbers. */
gm_status gm_sort_f64(double *data, uint64_t count, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(data, count);
    GM_REQUIRE(!gm_stop(progress, context, 0), GM_CANCELLED);
    typedef uint64_t __attribute__((may_alias)) bits_of_double;
    uint64_t *bits = (uint64_t *)(bits_of_double *)data;
    gm_steps steps = steps_of((size_t)count, 0, 2, progress, context);
    size_t nans;
    GM_REQUIRE(to_keys(bits, (size_t)count, &nans, &steps), GM_CANCELLED);
    gm_status status = sort_keys(bits + nans, (size_t)count - nans, &steps);
    GM_REQUIRE(status != GM_CANCELLED, status);
    GM_REQUIRE(from_keys(bits + nans, (size_t)count - nans, &steps), GM_CANCELLED);
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
