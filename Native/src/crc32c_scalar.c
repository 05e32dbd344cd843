/* Slicing by 8 (Kounavis and Berry, 2005); the tables are computed when the library is loaded. */
#include "internal.h"

#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];

static uint32_t crc32c(const uint8_t *data, size_t count, uint32_t state) {
    for (; count >= 8; count -= 8, data += 8) {
        uint32_t low = state ^ ((uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24);
        state = table[7][low & 0xFF] ^ table[6][low >> 8 & 0xFF] ^ table[5][low >> 16 & 0xFF] ^ table[4][low >> 24] ^
                table[3][data[4]] ^ table[2][data[5]] ^ table[1][data[6]] ^ table[0][data[7]];
    }
    for (; count > 0; count--, data++)
        state = state >> 8 ^ table[0][(state ^ *data) & 0xFF];
    return state;
}

__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (POLYNOMIAL & (0 - (crc & 1)));
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int slice = 1; slice < 8; slice++)
            table[slice][i] = table[slice - 1][i] >> 8 ^ table[0][table[slice - 1][i] & 0xFF];
}

void gm_crc32c_scalar(gm_ops *ops) {
    ops->crc32c = crc32c;
}
