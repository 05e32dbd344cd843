/*
 * Counts primes with a segmented sieve of Eratosthenes on the wheel of 30: a byte stands for 30 numbers, its bits for the 8 of
 * them that 2, 3 and 5 do not divide.
 *
 * Multiples of a prime p come in rows: p * (30 j + r), for the 8 remainders r, lie in the p bytes that begin at byte p * j, each
 * at an offset and bit that depend on p alone. So p = 30 a + c crosses off 8 numbers per row at offsets a * r + constant, and one
 * loop per c, with its constants folded in, does that without a branch.
 *
 * Small primes work on blocks that fit the L1 cache, the others on segments that fit L2; the smallest are not crossed off at all
 * but copied in from patterns that repeat.
 */
#include "internal.h"

#include <math.h>

enum { BLOCK = 1 << 15, LEAST_SEGMENT = 1 << 18, GREATEST_SEGMENT = 1 << 20, SMALL_PRIME = 3 << 10, PATTERNS = 3, PRIMES_PER_CALL = 1 << 12, PART = 1 << 18 };

static const uint8_t remainders[8] = {1, 7, 11, 13, 17, 19, 23, 29};

/* The primes of each pattern; a pattern has the period of their product. */
static const uint32_t pattern_primes[PATTERNS][4] = {{7, 11, 13, 17}, {19, 23, 29, 1}, {31, 37, 41, 1}};
enum { FIRST_PRIME = 43 };

/* The bit of a remainder; where a row's r-th number lies, and the mask that crosses it off, for p = 30 a + c. */
#define BIT(n) ((n) == 1 ? 0 : (n) == 7 ? 1 : (n) == 11 ? 2 : (n) == 13 ? 3 : (n) == 17 ? 4 : (n) == 19 ? 5 : (n) == 23 ? 6 : 7)
#define OFFSET(a, c, r) ((ptrdiff_t)(a) * (r) + (c) * (r) / 30)
#define MASK(c, r) ((uint8_t) ~(1u << BIT((c) * (r) % 30)))

typedef struct gm_prime {
    uint32_t p;
    int64_t row; /* where its next row begins, relative to the next segment; above -p */
} gm_prime;

typedef struct gm_sieve {
    uint8_t *segment;
    size_t segment_bytes;
    gm_prime *primes;
    size_t prime_count, small_count;
    uint8_t *patterns[PATTERNS];
    size_t periods[PATTERNS];
} gm_sieve;

/* One row that reaches over an end of the bytes. */
static void cross_inside(uint8_t *bytes, ptrdiff_t size, uint32_t p, ptrdiff_t row) {
    for (int i = 0; i < 8; i++) {
        const uint64_t number = (uint64_t)p * remainders[i];
        const ptrdiff_t at = row + (ptrdiff_t)(number / 30);
        if (at >= 0 && at < size)
            bytes[at] &= (uint8_t) ~(1u << BIT(number % 30));
    }
}

/* The rows that lie inside; returns the first that does not. */
__attribute__((always_inline)) static inline ptrdiff_t cross_rows(uint8_t *bytes, ptrdiff_t size, ptrdiff_t p, ptrdiff_t row,
                                                                  const int c) {
    const ptrdiff_t a = p / 30, last = OFFSET(a, c, 29);
    for (; row + last < size; row += p) {
        uint8_t *at = bytes + row;
        at[OFFSET(a, c, 1)] &= MASK(c, 1);
        at[OFFSET(a, c, 7)] &= MASK(c, 7);
        at[OFFSET(a, c, 11)] &= MASK(c, 11);
        at[OFFSET(a, c, 13)] &= MASK(c, 13);
        at[OFFSET(a, c, 17)] &= MASK(c, 17);
        at[OFFSET(a, c, 19)] &= MASK(c, 19);
        at[OFFSET(a, c, 23)] &= MASK(c, 23);
        at[OFFSET(a, c, 29)] &= MASK(c, 29);
    }
    return row;
}

static void cross_off(uint8_t *bytes, ptrdiff_t size, gm_prime *prime) {
    const ptrdiff_t p = (ptrdiff_t)prime->p;
    ptrdiff_t row = (ptrdiff_t)prime->row;
    if (row < 0) {
        cross_inside(bytes, size, prime->p, row);
        if (row + p * 29 / 30 >= size) {
            prime->row = row - size;
            return;
        }
        row += p;
    }
    switch (p % 30) {
    case 1: row = cross_rows(bytes, size, p, row, 1); break;
    case 7: row = cross_rows(bytes, size, p, row, 7); break;
    case 11: row = cross_rows(bytes, size, p, row, 11); break;
    case 13: row = cross_rows(bytes, size, p, row, 13); break;
    case 17: row = cross_rows(bytes, size, p, row, 17); break;
    case 19: row = cross_rows(bytes, size, p, row, 19); break;
    case 23: row = cross_rows(bytes, size, p, row, 23); break;
    default: row = cross_rows(bytes, size, p, row, 29); break;
    }
    if (row < size)
        cross_inside(bytes, size, prime->p, row);
    prime->row = row - size;
}

/* The row of p that holds byte first, but none before row p / 30: smaller multiples have smaller factors, and p itself must stay.
 */
static int64_t first_row(uint32_t p, uint64_t first) {
    uint64_t j = first / p;
    if (j < p / 30)
        j = p / 30;
    return (int64_t)(j * p) - (int64_t)first;
}

static void fill_patterns(gm_sieve *sieve) {
    for (int i = 0; i < PATTERNS; i++) {
        memset(sieve->patterns[i], 0xFF, sieve->periods[i]);
        for (int k = 0; k < 4; k++) {
            const uint32_t p = pattern_primes[i][k];
            for (size_t row = 0; p > 1 && row < sieve->periods[i]; row += p)
                cross_inside(sieve->patterns[i], (ptrdiff_t)sieve->periods[i], p, (ptrdiff_t)row);
        }
    }
}

/* Starts a block from the patterns. They have crossed off their own primes, all of which lie in the first two bytes. */
static void begin_block(const gm_sieve *sieve, uint8_t *block, size_t size, uint64_t first) {
    size_t phase[PATTERNS];
    for (int i = 0; i < PATTERNS; i++)
        phase[i] = (size_t)(first % sieve->periods[i]);
    for (size_t done = 0; done < size;) {
        size_t run = size - done;
        for (int i = 0; i < PATTERNS; i++)
            run = sieve->periods[i] - phase[i] < run ? sieve->periods[i] - phase[i] : run;
        const uint8_t *x = sieve->patterns[0] + phase[0], *y = sieve->patterns[1] + phase[1], *z = sieve->patterns[2] + phase[2];
        for (size_t k = 0; k < run; k++)
            block[done + k] = x[k] & y[k] & z[k];
        done += run;
        for (int i = 0; i < PATTERNS; i++)
            phase[i] = phase[i] + run == sieve->periods[i] ? 0 : phase[i] + run;
    }
    if (first == 0)
        block[0] = 0xFE; /* 1 is no prime */
    if (first <= 1 && first + size > 1)
        block[1 - first] = 0xDF; /* 49 is none */
}

static uint64_t count_bits(const uint8_t *bytes, size_t size) {
    uint64_t total = 0, word;
    size_t i = 0;
    for (; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        total += (uint64_t)__builtin_popcountll(word);
    }
    for (; i < size; i++)
        total += (uint64_t)__builtin_popcount(bytes[i]);
    return total;
}

/* How far a call is, and whether the caller has had enough. */
typedef struct gm_course {
    gm_progress progress;
    void *context;
    double done;
} gm_course;

static bool stop(const gm_course *course) {
    return gm_stop(course->progress, course->context, course->done);
}

static bool sieve_segment(gm_sieve *sieve, size_t size, uint64_t first, const gm_course *course) {
    if (stop(course))
        return false;
    for (size_t block = 0; block < size; block += BLOCK) {
        const size_t length = size - block < BLOCK ? size - block : BLOCK;
        begin_block(sieve, sieve->segment + block, length, first + block);
        for (size_t i = 0; i < sieve->small_count; i++)
            cross_off(sieve->segment + block, (ptrdiff_t)length, &sieve->primes[i]);
    }
    for (size_t i = sieve->small_count; i < sieve->prime_count; i++) {
        /* At 10^15 there are two million primes. */
        if (i % PRIMES_PER_CALL == 0 && stop(course))
            return false;
        cross_off(sieve->segment, (ptrdiff_t)size, &sieve->primes[i]);
    }
    return true;
}

/* Takes the numbers below low out of the first byte, and those from high on out of the last. */
static void trim(gm_sieve *sieve, size_t size, uint64_t first, uint64_t low, uint64_t high) {
    for (int i = 0; i < 8; i++) {
        if (first * 30 + remainders[i] < low)
            sieve->segment[0] &= (uint8_t) ~(1u << i);
        if ((first + size - 1) * 30 + remainders[i] >= high)
            sieve->segment[size - 1] &= (uint8_t) ~(1u << i);
    }
}

static gm_status count_primes(gm_sieve *sieve, uint64_t low, uint64_t high, gm_course *course, uint64_t *total) {
    const uint64_t begin = low / 30, end = (high - 1) / 30 + 1;
    for (size_t i = 0; i < sieve->prime_count; i++) {
        if (i % PRIMES_PER_CALL == 0)
            GM_REQUIRE(!stop(course), GM_CANCELLED);
        sieve->primes[i].row = first_row(sieve->primes[i].p, begin);
    }
    for (uint64_t first = begin; first < end;) {
        course->done = (double)(first - begin) / (double)(end - begin);
        const size_t size = end - first < sieve->segment_bytes ? (size_t)(end - first) : sieve->segment_bytes;
        GM_REQUIRE(sieve_segment(sieve, size, first, course), GM_CANCELLED);
        trim(sieve, size, first, low, high);
        *total += count_bits(sieve->segment, size);
        first += size;
    }
    return GM_OK;
}

/* The odd primes up to a root of at most 2^16 or so; odd[i] stands for 2 i + 1. */
static void sieve_odd(uint8_t *odd, size_t half) {
    memset(odd, 1, half);
    for (size_t i = 1; 2 * i * (i + 1) < half; i++)
        for (size_t k = 2 * i * (i + 1); odd[i] && k < half; k += 2 * i + 1)
            odd[k] = 0;
}

/*
 * Lists the primes from FIRST_PRIME to limit and gives back their number. odd has room for the odd numbers up to the root of
 * limit, behind them for a part of those up to limit: part by part they stay in the cache, and the call can be stopped.
 */
static bool list_primes(uint8_t *odd, uint32_t limit, gm_prime *primes, size_t *found, const gm_course *course) {
    const size_t half = (size_t)limit / 2 + 1, root_half = ((size_t)sqrt((double)limit) + 1) / 2 + 1;
    uint8_t *part = odd + root_half;
    sieve_odd(odd, root_half);
    *found = 0;
    for (size_t begin = 0; begin < half; begin += PART) {
        const size_t end = half - begin < PART ? half : begin + PART;
        if (stop(course))
            return false;
        memset(part, 1, end - begin);
        for (size_t i = 1; i < root_half && 2 * i * (i + 1) < end; i++) {
            const size_t p = 2 * i + 1, square = 2 * i * (i + 1);
            size_t k = square >= begin ? square : begin + (p - (begin - square) % p) % p;
            for (; odd[i] && k < end; k += p)
                part[k - begin] = 0;
        }
        for (size_t i = begin > FIRST_PRIME / 2 ? begin : FIRST_PRIME / 2; i < end && 2 * i + 1 <= limit; i++) {
            if (part[i - begin])
                primes[(*found)++].p = (uint32_t)(2 * i + 1);
        }
    }
    return true;
}

static gm_status run(uint64_t low, uint64_t high, gm_progress progress, void *context, uint64_t *total) {
    uint32_t root = (uint32_t)sqrt((double)high) + 1;
    /* Dusart: there are at most 1.2551 x / ln x primes up to x. */
    const size_t most = (size_t)(1.2551 * root / log(root + 2.0)) + 16;

    gm_sieve sieve = {.segment_bytes = root / 4};
    if (sieve.segment_bytes < LEAST_SEGMENT)
        sieve.segment_bytes = LEAST_SEGMENT;
    if (sieve.segment_bytes > GREATEST_SEGMENT)
        sieve.segment_bytes = GREATEST_SEGMENT;

    size_t patterns = 0;
    for (int i = 0; i < PATTERNS; i++)
        patterns += sieve.periods[i] =
            (size_t)pattern_primes[i][0] * pattern_primes[i][1] * pattern_primes[i][2] * pattern_primes[i][3];
    sieve.segment = gm_allocate(sieve.segment_bytes, 1);
    sieve.primes = gm_allocate(most, sizeof *sieve.primes);
    sieve.patterns[0] = gm_allocate(patterns, 1);
    uint8_t *odd = gm_allocate((size_t)sqrt((double)root) + 8 + PART, 1);

    gm_status status = GM_OUT_OF_MEMORY;
    if (sieve.segment != NULL && sieve.primes != NULL && sieve.patterns[0] != NULL && odd != NULL) {
        sieve.patterns[1] = sieve.patterns[0] + sieve.periods[0];
        sieve.patterns[2] = sieve.patterns[1] + sieve.periods[1];
        fill_patterns(&sieve);
        gm_course course = {progress, context, 0};
        status = list_primes(odd, root, sieve.primes, &sieve.prime_count, &course) ? GM_OK : GM_CANCELLED;
        while (sieve.small_count < sieve.prime_count && sieve.primes[sieve.small_count].p < SMALL_PRIME)
            sieve.small_count++;
        if (status == GM_OK)
            status = count_primes(&sieve, low, high, &course, total);
    }
    gm_release(sieve.segment);
    gm_release(sieve.primes);
    gm_release(sieve.patterns[0]);
    gm_release(odd);
    return status;
}

gm_status gm_prime_count(uint64_t low, uint64_t high, gm_progress progress, void *context, uint64_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_REQUIRE(low <= high && high <= UINT64_C(1000000000000000), GM_OUT_OF_RANGE);
    uint64_t total = 0;
    for (uint64_t p = 2; p <= 5; p++)
        total += p != 4 && p >= low && p < high;
    gm_status status = low < high ? run(low, high, progress, context, &total) : GM_OK;
    if (status == GM_OK)
        *result = total;
    return status;
}
