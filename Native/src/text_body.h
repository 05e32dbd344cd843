/*
 * The text kernels for any vector width. A file text_<isa>.c defines the primitives below for its instruction set and GM_FILL,
 * and includes this:
 *
 *   BYTES                       bytes in a vector
 *   vb                          the vector type
 *   load, store, splat8         unaligned load and store; all bytes the same
 *   or_, and_not_zero           bitwise or; true when (x & mask16 in every 16-bit lane) is not 0
 *   equal_mask                  a bit mask of the equal bytes, BITS bits per byte of which only the lowest may be set
 *   reverse16                   the 16-bit lanes in reverse order
 *   upper16                     a to z made upper case in 16-bit lanes
 *   equals16                    lanes equal to a value, all ones
 */
#include "internal.h"

enum { UNITS = BYTES / 2, CHECK_EVERY = 16 };

/* Looks for other text once per CHECK_EVERY vectors, so that the loop holds no branch per vector and other text is left soon. */
static bool reverse_ascii_u16(const uint16_t *source, size_t count, uint16_t *destination) {
    size_t i = 0;
    while (count - i >= UNITS) {
        size_t vectors = (count - i) / UNITS;
        vb seen = splat8(0), returns = splat8(0);
        for (size_t k = vectors < CHECK_EVERY ? vectors : CHECK_EVERY; k > 0; k--, i += UNITS) {
            vb x = load((const uint8_t *)(source + i));
            seen = or_(seen, x);
            returns = or_(returns, equals16(x, '\r'));
            store((uint8_t *)(destination + count - i - UNITS), reverse16(x));
        }
        if (and_not_zero(seen, 0xFF80) || and_not_zero(returns, 0xFFFF))
            return false;
    }
    for (; i < count; i++) {
        if (source[i] > 0x7F || source[i] == '\r')
            return false;
        destination[count - 1 - i] = source[i];
    }
    return true;
}

static bool upper_ascii_u16(const uint16_t *source, size_t count, uint16_t *destination) {
    size_t i = 0;
    while (count - i >= UNITS) {
        size_t vectors = (count - i) / UNITS;
        vb seen = splat8(0);
        for (size_t k = vectors < CHECK_EVERY ? vectors : CHECK_EVERY; k > 0; k--, i += UNITS) {
            vb x = load((const uint8_t *)(source + i));
            seen = or_(seen, x);
            store((uint8_t *)(destination + i), upper16(x));
        }
        if (and_not_zero(seen, 0xFF80))
            return false;
    }
    for (; i < count; i++) {
        uint16_t unit = source[i];
        if (unit > 0x7F)
            return false;
        destination[i] = (uint16_t)(unit >= 'a' && unit <= 'z' ? unit - 32 : unit);
    }
    return true;
}

/* A byte of the needle to compare with: letters, when case is ignored, after setting bit 5 of the text. */
typedef struct anchor {
    vb value, fold;
    size_t offset;
} anchor;

static inline anchor make_anchor(const gm_needle *needle, size_t offset) {
    const uint8_t byte = needle->bytes[offset];
    const bool letter = needle->ignore_case && byte >= 'a' && byte <= 'z';
    return (anchor){splat8(byte), splat8(letter ? 0x20 : 0), offset};
}

static inline uint64_t hits(const anchor *a, const uint8_t *text) {
    return equal_mask(or_(load(text + a->offset), a->fold), a->value);
}

/* Two anchors that differ, when the needle has two different bytes: the first and, from the end, the first that is another. */
static size_t second_anchor(const gm_needle *needle) {
    size_t offset = needle->count - 1;
    while (offset > 1 && needle->bytes[offset] == needle->bytes[0])
        offset--;
    return offset;
}

/* Where a needle of one byte occurs is known from the mask alone. */
static void count_byte(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search) {
    const anchor only = make_anchor(needle, 0);
    size_t i = search->position;
    for (; count - i >= 4 * BYTES; i += 4 * BYTES) {
        uint64_t total = 0;
        for (size_t k = 0; k < 4; k++)
            total += (uint64_t)__builtin_popcountll(hits(&only, text + i + k * BYTES));
        search->matches += total;
    }
    for (; i < count; i++)
        search->matches += (needle->ignore_case ? gm_lower(text[i]) : text[i]) == needle->bytes[0];
    search->position = count;
}

/*
 * Mula's generic search: positions where both anchors agree are candidates, a vector of them at a time. The last vector overlaps
 * the one before, so that only a text shorter than a vector is searched byte by byte.
 */
static void search_u8(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search) {
    if (needle->count == 1 && search->max_matches == UINT64_MAX) {
        count_byte(needle, text, count, search);
        return;
    }
    if (search->position > count || count - search->position < needle->count) {
        search->position = count;
        return;
    }
    const size_t last = count - needle->count; /* the last position where a match can begin */
    if (last - search->position + 1 < BYTES) {
        for (size_t at = search->position; at <= last; at++) {
            uint8_t byte = needle->ignore_case ? gm_lower(text[at]) : text[at];
            if (byte == needle->bytes[0] && gm_try_candidate(needle, text, at, search))
                return;
        }
        search->position = count;
        return;
    }

    const anchor a = make_anchor(needle, 0), b = make_anchor(needle, second_anchor(needle));
    const size_t final = last + 1 - BYTES;
    for (size_t i = search->position;; i = final - i > BYTES ? i + BYTES : final) {
        uint64_t mask = hits(&a, text + i) & hits(&b, text + i);
        while (mask == 0 && final - i >= BYTES) {
            i += BYTES;
            mask = hits(&a, text + i) & hits(&b, text + i);
        }
        for (; mask != 0; mask &= mask - 1) {
            if (gm_try_candidate(needle, text, i + (size_t)__builtin_ctzll(mask) / BITS, search))
                return;
        }
        if (i == final)
            break;
    }
    search->position = count;
}

#ifdef HAVE_SHUFFLE
/*
 * UTF-8 validation with three table look-ups per vector (Keiser and Lemire, "Validating UTF-8 in less than one instruction per
 * byte", 2021). Each table maps a nibble to the set of errors that it may be part of; an error is real where all three agree.
 *
 * Further primitives: and_, xor_, shift_right4 (each byte's upper nibble), lookup (16-byte table repeated per 128-bit lane),
 * subtract_saturated, previous (the vector n bytes back, given the vector before), any (not all zero), table16.
 */
enum {
    TOO_SHORT = 1 << 0, /* a lead byte or ASCII where a continuation is due */
    TOO_LONG = 1 << 1,  /* a continuation after ASCII */
    OVERLONG_3 = 1 << 2,
    TOO_LARGE = 1 << 3,
    SURROGATE = 1 << 4,
    OVERLONG_2 = 1 << 5,
    TOO_LARGE_1000 = 1 << 6,
    OVERLONG_4 = 1 << 6,
    TWO_CONTS = 1 << 7,
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS
};

#define T(x) ((uint8_t)(x))

static const uint8_t first_high[16] = {TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TOO_LONG,
                                       TWO_CONTS,
                                       TWO_CONTS,
                                       TWO_CONTS,
                                       TWO_CONTS,
                                       TOO_SHORT | OVERLONG_2,
                                       TOO_SHORT,
                                       TOO_SHORT | OVERLONG_3 | SURROGATE,
                                       TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4};

static const uint8_t first_low[16] = {T(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4),
                                      T(CARRY | OVERLONG_2),
                                      CARRY,
                                      CARRY,
                                      T(CARRY | TOO_LARGE),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000),
                                      T(CARRY | TOO_LARGE | TOO_LARGE_1000)};

static const uint8_t second_high[16] = {TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        T(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
                                        T(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE),
                                        T(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
                                        T(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT,
                                        TOO_SHORT};

static inline vb errors_in(vb x, vb before) {
    const vb one = previous(x, before, 1);
    const vb special =
        and_(and_(lookup(table16(first_high), shift_right4(one)), lookup(table16(first_low), and_(one, splat8(0x0F)))),
             lookup(table16(second_high), shift_right4(x)));
    /* Bytes two behind a lead of three or three behind a lead of four must be continuations: bit 7 of special says that they are.
     */
    const vb third = subtract_saturated(previous(x, before, 2), splat8(0xE0 - 0x80));
    const vb fourth = subtract_saturated(previous(x, before, 3), splat8(0xF0 - 0x80));
    return xor_(and_(or_(third, fourth), splat8(0x80)), special);
}

static bool validate_utf8(const uint8_t *text, size_t count) {
    size_t i = 0;
    vb before = splat8(0), errors = splat8(0);
    bool open = false; /* before may end inside a sequence */
    for (; count - i >= 2 * BYTES; i += 2 * BYTES) {
        vb x = load(text + i), y = load(text + i + BYTES);
        if (!and_not_zero(or_(x, y), 0x8080)) {
            if (open) {
                errors = or_(errors, errors_in(x, before));
                open = false;
            }
        } else {
            errors = or_(errors, or_(errors_in(x, before), errors_in(y, x)));
            open = true;
            if (any(errors))
                return false;
        }
        before = y;
    }
    if (any(errors))
        return false;
    /* Begin the rest with the sequence that the last vector may have cut: at most 3 bytes back lies its lead. */
    size_t back = 0;
    for (size_t k = 1; k <= 3 && k <= i; k++) {
        uint8_t byte = text[i - k];
        if (byte >= 0xC0) {
            back = k;
            break;
        }
        if (byte < 0x80)
            break;
    }
    if (back > 0 && back >= (size_t)(text[i - back] >= 0xF0 ? 4 : text[i - back] >= 0xE0 ? 3 : 2))
        back = 0;
    return gm_validate_utf8_scalar(text + i - back, count - i + back);
}
#endif

void GM_FILL(gm_ops *ops) {
    ops->reverse_ascii_u16 = reverse_ascii_u16;
    ops->upper_ascii_u16 = upper_ascii_u16;
    ops->search_u8 = search_u8;
#ifdef HAVE_SHUFFLE
    ops->validate_utf8 = validate_utf8;
#endif
}
