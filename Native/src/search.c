/* Substring search in bytes: argument checks, the guard against slow needles, and records. */
#include "internal.h"

#include <stdlib.h>

enum { SHORT_NEEDLE = 256 };

typedef struct gm_folded {
    gm_needle needle;
    uint8_t *owned; /* to free; null when the bytes are the caller's or in room */
    uint8_t room[SHORT_NEEDLE];
} gm_folded;

static gm_status fold(gm_folded *folded, const uint8_t *needle, uint64_t count, uint32_t flags) {
    folded->owned = NULL;
    folded->needle = (gm_needle){needle, (size_t)count, (flags & GM_IGNORE_ASCII_CASE) != 0};
    if (!folded->needle.ignore_case)
        return GM_OK;
    uint8_t *bytes = folded->room;
    if (count > SHORT_NEEDLE) {
        bytes = folded->owned = malloc((size_t)count);
        GM_REQUIRE(bytes != NULL, GM_OUT_OF_MEMORY);
    }
    for (uint64_t i = 0; i < count; i++)
        bytes[i] = gm_lower(needle[i]);
    folded->needle.bytes = bytes;
    return GM_OK;
}

/*
 * Knuth, Morris and Pratt: linear whatever the text is, one byte at a time. Takes over where the vector search, which compares
 * each candidate anew, has compared too much in vain.
 */
static gm_status search_linear(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search) {
    size_t *border = malloc(needle->count * sizeof *border);
    GM_REQUIRE(border != NULL, GM_OUT_OF_MEMORY);
    border[0] = 0;
    for (size_t i = 1, k = 0; i < needle->count; i++) {
        while (k > 0 && needle->bytes[i] != needle->bytes[k])
            k = border[k - 1];
        k += needle->bytes[i] == needle->bytes[k];
        border[i] = k;
    }

    size_t matched = 0, at = search->position;
    while (at < count && search->matches < search->max_matches) {
        uint8_t byte = needle->ignore_case ? gm_lower(text[at]) : text[at];
        while (matched > 0 && byte != needle->bytes[matched])
            matched = border[matched - 1];
        matched += byte == needle->bytes[matched];
        at++;
        if (matched == needle->count) {
            search->matches++;
            search->last = at - needle->count;
            matched = 0;
        }
    }
    search->position = at;
    free(border);
    return GM_OK;
}

static gm_status search_on(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search) {
    search->budget = (int64_t)(count - search->position) * 4 + 4096;
    gm_active.search_u8(needle, text, count, search);
    return search->budget >= 0 ? GM_OK : search_linear(needle, text, count, search);
}

#define GM_CHECK_SEARCH(text, count, needle, needle_count, flags)                                 \
    do {                                                                                          \
        GM_CHECK_ARRAY(text, count);                                                              \
        GM_CHECK_ARRAY(needle, needle_count);                                                     \
        GM_REQUIRE((needle_count) > 0 && (flags) <= GM_IGNORE_ASCII_CASE, GM_OUT_OF_RANGE);       \
        GM_REQUIRE((count) <= INT64_MAX / 8 && (needle_count) <= INT64_MAX / 8, GM_OUT_OF_RANGE); \
    } while (0)

gm_status gm_find_u8(const uint8_t *text, uint64_t count, uint64_t start, const uint8_t *needle, uint64_t needle_count,
                     uint32_t flags, uint64_t *position) {
    GM_REQUIRE(position != NULL, GM_NULL);
    GM_CHECK_SEARCH(text, count, needle, needle_count, flags);
    GM_REQUIRE(start <= count, GM_OUT_OF_RANGE);
    gm_search search = {.position = (size_t)start, .last = (size_t)count, .max_matches = 1};
    gm_status status = GM_OK;
    if (needle_count <= count - start) {
        gm_folded folded;
        status = fold(&folded, needle, needle_count, flags);
        if (status == GM_OK)
            status = search_on(&folded.needle, text, (size_t)count, &search);
        free(folded.owned);
    }
    if (status == GM_OK)
        *position = search.last;
    return status;
}

gm_status gm_count_u8(const uint8_t *text, uint64_t count, const uint8_t *needle, uint64_t needle_count, uint32_t flags,
                      uint64_t *occurrences) {
    GM_REQUIRE(occurrences != NULL, GM_NULL);
    GM_CHECK_SEARCH(text, count, needle, needle_count, flags);
    gm_search search = {.max_matches = UINT64_MAX};
    gm_status status = GM_OK;
    if (needle_count <= count) {
        gm_folded folded;
        status = fold(&folded, needle, needle_count, flags);
        if (status == GM_OK)
            status = search_on(&folded.needle, text, (size_t)count, &search);
        free(folded.owned);
    }
    if (status == GM_OK)
        *occurrences = search.matches;
    return status;
}

/*
 * A match over the border of two records is none, and neither is any later one that begins in the same record. Records too short
 * for the needle are passed over, so that every byte is compared in vain at most once for a border. No read depends on ends
 * being what it was when it was checked: a caller's other thread may write it.
 */
static gm_status search_records(const gm_needle *needle, const uint8_t *text, size_t count, const uint32_t *ends,
                                uint64_t record_count, uint64_t *next, uint32_t *matches, uint64_t capacity, uint64_t *found) {
    uint64_t record = *next, taken = 0;
    size_t begin = record == 0 ? 0 : ends[record - 1];
    gm_search search = {.budget = (int64_t)count * 4 + 4096};
    while (taken < capacity) {
        while (record < record_count && ends[record] - begin < needle->count)
            begin = ends[record++];
        if (record == record_count || begin > count)
            break;
        const uint64_t before = search.matches;
        search.position = begin > search.position ? begin : search.position;
        search.max_matches = before + 1;
        if (search.budget >= 0)
            gm_active.search_u8(needle, text, count, &search);
        if (search.budget < 0) {
            gm_status status = search_linear(needle, text, count, &search);
            GM_REQUIRE(status == GM_OK, status);
        }
        if (search.matches == before) {
            record = record_count;
            break;
        }
        while (record < record_count && ends[record] <= search.last)
            record++;
        if (record == record_count)
            break;
        if (search.last + needle->count <= ends[record])
            matches[taken++] = (uint32_t)record;
        begin = search.position = ends[record++];
    }
    *next = record;
    *found = taken;
    return GM_OK;
}

gm_status gm_find_records_u8(const uint8_t *text, uint64_t count, const uint32_t *ends, uint64_t record_count,
                             const uint8_t *needle, uint64_t needle_count, uint32_t flags, uint64_t *next, uint32_t *matches,
                             uint64_t capacity, uint64_t *found) {
    GM_REQUIRE(next != NULL && found != NULL, GM_NULL);
    GM_CHECK_SEARCH(text, count, needle, needle_count, flags);
    GM_CHECK_ARRAY(ends, record_count);
    GM_CHECK_ARRAY(matches, capacity);
    GM_REQUIRE(*next <= record_count && capacity > 0 && record_count <= UINT32_MAX, GM_OUT_OF_RANGE);
    const uint64_t written = capacity * sizeof *matches;
    GM_REQUIRE(!gm_overlap(matches, written, ends, record_count * sizeof *ends), GM_OVERLAP);
    GM_REQUIRE(!gm_overlap(matches, written, text, count) && !gm_overlap(matches, written, needle, needle_count), GM_OVERLAP);
    uint32_t previous = 0;
    bool rising = true;
    for (uint64_t i = 0; i < record_count; i++) {
        rising &= ends[i] >= previous;
        previous = ends[i];
    }
    GM_REQUIRE(rising && previous <= count, GM_DIMENSION);

    gm_folded folded;
    gm_status status = fold(&folded, needle, needle_count, flags);
    if (status == GM_OK)
        status = search_records(&folded.needle, text, previous, ends, record_count, next, matches, capacity, found);
    free(folded.owned);
    return status;
}

gm_status gm_validate_utf8(const uint8_t *text, uint64_t count) {
    GM_CHECK_ARRAY(text, count);
    return gm_active.validate_utf8(text, (size_t)count) ? GM_OK : GM_INVALID_UTF8;
}
