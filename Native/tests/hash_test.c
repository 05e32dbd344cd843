#include "check.h"

static void xxh64_has_known_values(void) {
    uint64_t hash;
    CHECK(gm_xxh64(NULL, 0, 0, &hash) == GM_OK && hash == 0xEF46DB3751D8E999u);
    CHECK(gm_xxh64((const uint8_t *)"a", 1, 0, &hash) == GM_OK && hash == 0xD24EC4F1A98C6E5Bu);
    CHECK(gm_xxh64((const uint8_t *)"abc", 3, 0, &hash) == GM_OK && hash == 0x44BC2CF5AD770999u);
    CHECK(gm_xxh64(NULL, 3, 0, &hash) == GM_NULL);
    CHECK(gm_xxh64(NULL, 0, 0, NULL) == GM_NULL);
}

static void crc32c_has_known_values(void) {
    uint32_t crc;
    CHECK(gm_crc32c(NULL, 0, 0, &crc) == GM_OK && crc == 0);
    CHECK(gm_crc32c((const uint8_t *)"123456789", 9, 0, &crc) == GM_OK && crc == 0xE3069283u);
    uint8_t zeros[32] = {0};
    CHECK(gm_crc32c(zeros, 32, 0, &crc) == GM_OK && crc == 0x8A9136AAu);
    CHECK(gm_crc32c(zeros, 20, 0, &crc) == GM_OK && gm_crc32c(zeros + 20, 12, crc, &crc) == GM_OK && crc == 0x8A9136AAu);
    CHECK(gm_crc32c(NULL, 1, 0, &crc) == GM_NULL);
}

static void crc32c_matches_scalar(const gm_ops *scalar, const gm_ops *variant) {
    uint64_t random = 2;
    for (size_t count = 0; count < 20000; count = count < 600 ? count + 1 : count * 5 / 4 + 1)
        for (size_t offset = 0; offset < 8; offset++) {
            uint8_t *data = guard_alloc(count, offset);
            for (size_t i = 0; i < count; i++)
                data[i] = (uint8_t)next_random(&random);
            uint32_t state = (uint32_t)next_random(&random);
            CHECK(scalar->crc32c(data, count, state) == variant->crc32c(data, count, state));
            guard_free(data, offset);
        }
}

void hash_suite(void) {
    xxh64_has_known_values();
    crc32c_has_known_values();
    for_each_variant(crc32c_matches_scalar);
}
