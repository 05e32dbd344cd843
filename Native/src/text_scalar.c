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

void gm_text_scalar(gm_ops *ops) {
    ops->reverse_ascii_u16 = reverse_ascii_u16;
    ops->upper_ascii_u16 = upper_ascii_u16;
}
