#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const size_t skip = size > 0 ? data[0] % 8 : 0;
    uint8_t *bytes = copy_of(data, size);
    const uint8_t *start = bytes + (skip < size ? skip : size);
    const size_t count = size - (size_t)(start - bytes);
    gm_ops scalar;
    CHECK(gm_ops_for(GM_ISA_SCALAR, &scalar));
    const uint32_t expected = ~scalar.crc32c(start, count, ~7u);
    uint32_t crc;
    uint64_t hash;
    FOR_EACH_VARIANT(CHECK(gm_crc32c(start, count, 7, &crc) == GM_OK && crc == expected));
    CHECK(gm_xxh64(start, count, size, &hash) == GM_OK);
    free(bytes);
    return 0;
}
