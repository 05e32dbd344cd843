/* CRC-32C: argument checks. The state is kept inverted outside, as the standard gives it. */
#include "internal.h"

gm_status gm_crc32c(const uint8_t *data, uint64_t count, uint32_t previous, uint32_t *result) {
    GM_REQUIRE(result != NULL, GM_NULL);
    GM_CHECK_ARRAY(data, count);
    *result = ~gm_active.crc32c(data, (size_t)count, ~previous);
    return GM_OK;
}
