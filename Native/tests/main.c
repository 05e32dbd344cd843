#include "check.h"

const char *variant_under_test = "scalar";

static const char *const names[] = {"scalar", "sse2", "avx2", "avx512", "neon"};

void for_each_variant(void (*test)(const gm_ops *scalar, const gm_ops *variant)) {
    gm_ops scalar, variant;
    CHECK(gm_ops_for(GM_ISA_SCALAR, &scalar));
    for (int32_t isa = GM_ISA_SSE2; isa <= GM_ISA_NEON; isa++) {
        if (!gm_ops_for(isa, &variant))
            continue;
        variant_under_test = names[isa];
        test(&scalar, &variant);
    }
    variant_under_test = "scalar";
}

uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

void *guard_alloc(size_t bytes, size_t offset) {
    uint8_t *block = malloc(offset + bytes + (bytes + offset == 0));
    CHECK(block != NULL);
    return block + offset;
}

void guard_free(void *data, size_t offset) {
    free((uint8_t *)data - offset);
}

int32_t count_down(void *context, double done) {
    countdown *state = context;
    CHECK(done >= state->last && done <= 1.0);
    state->last = done;
    return state->left-- == 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } suites[] = {{"arithmetic", arithmetic_suite}, {"hash", hash_suite}, {"matrix", matrix_suite}, {"primes", primes_suite},
                  {"search", search_suite},         {"sort", sort_suite}, {"text", text_suite},     {"threads", threads_suite},
                  {"vector", vector_suite}};

    bool ran = false;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        if (argc > 1 && strcmp(argv[1], suites[i].name) != 0)
            continue;
        suites[i].run();
        printf("%s: passed\n", suites[i].name);
        ran = true;
    }
    if (!ran)
        fprintf(stderr, "There is no suite '%s'.\n", argv[1]);
    return ran ? 0 : 2;
}
