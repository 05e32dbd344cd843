#ifndef GM_FUZZ_H
#define GM_FUZZ_H

#include "internal.h"

#include <stdlib.h>

#define CHECK(condition)  \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs the statement once per instruction set of this processor, with gm_active set to it. */
#define FOR_EACH_VARIANT(statement)                                    \
    do {                                                               \
        for (int32_t isa = GM_ISA_SCALAR; isa <= GM_ISA_NEON; isa++) { \
            if (gm_ops_for(isa, &gm_active)) {                         \
                statement;                                             \
            }                                                          \
        }                                                              \
    } while (0)

/* A copy of its own, so that a byte too many is seen. */
static inline void *copy_of(const uint8_t *data, size_t size) {
    void *copy = malloc(size + (size == 0));
    CHECK(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

#endif
