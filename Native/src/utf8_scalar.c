/* Well-formed UTF-8 by the ranges of Unicode's table 3-7. */
#include "internal.h"

static bool continues(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* Length of the sequence at text, 0 when it is ill-formed or cut off. */
static size_t sequence(const uint8_t *text, size_t left) {
    const uint8_t first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4 || left < 2)
        return 0;
    const uint8_t second = text[1];
    if (first < 0xE0)
        return continues(second) ? 2 : 0;
    const uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const uint8_t greatest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > greatest || left < 3 || !continues(text[2]))
        return 0;
    if (first < 0xF0)
        return 3;
    return left >= 4 && continues(text[3]) ? 4 : 0;
}

bool gm_validate_utf8_scalar(const uint8_t *text, size_t count) {
    for (size_t i = 0; i < count;) {
        size_t length = sequence(text + i, count - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}
