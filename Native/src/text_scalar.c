#include "internal.h"

static bool reverse_ascii_u16(const uint16_t *source, size_t count, uint16_t *destination) {
    for (size_t i = 0; i < count; i++) {
        uint16_t unit = source[i];
        if (unit > 0x7F || unit == '\r')
            return false;
        destination[count - 1 - i] = unit;
    }
    return true;
}

static bool upper_ascii_u16(const uint16_t *source, size_t count, uint16_t *destination) {
    for (size_t i = 0; i < count; i++) {
        uint16_t unit = source[i];
        if (unit > 0x7F)
            return false;
        destination[i] = (uint16_t)(unit >= 'a' && unit <= 'z' ? unit - 32 : unit);
    }
    return true;
}

static void search_u8(const gm_needle *needle, const uint8_t *text, size_t count, gm_search *search) {
    const uint8_t first = needle->bytes[0];
    for (size_t at = search->position; at + needle->count <= count; at = at < search->position ? search->position : at + 1) {
        uint8_t byte = needle->ignore_case ? gm_lower(text[at]) : text[at];
        if (byte == first && gm_try_candidate(needle, text, at, search))
            return;
    }
    search->position = count;
}

void gm_text_scalar(gm_ops *ops) {
    ops->search_u8 = search_u8;
    ops->validate_utf8 = gm_validate_utf8_scalar;
    ops->reverse_ascii_u16 = reverse_ascii_u16;
    ops->upper_ascii_u16 = upper_ascii_u16;
}
