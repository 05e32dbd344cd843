#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const gm_status expected = gm_validate_utf8_scalar(data, size) ? GM_OK : GM_INVALID_UTF8;
    uint8_t *text = copy_of(data, size);
    FOR_EACH_VARIANT(CHECK(gm_validate_utf8(text, size) == expected));
    free(text);
    /* Behind a run of ASCII, where the vector path is warm. */
    text = malloc(size + 300);
    CHECK(text != NULL);
    memset(text, 'x', size + 300);
    for (size_t at = 100; at < 132; at += 5) {
        if (size > 0)
            memcpy(text + at, data, size);
        const bool ok = gm_validate_utf8_scalar(text, size + 300);
        FOR_EACH_VARIANT(CHECK((gm_validate_utf8(text, size + 300) == GM_OK) == ok));
        memset(text, 'x', size + 300);
    }
    free(text);
    return 0;
}
