/* Picks the variants once, when the library is loaded. */
#include "internal.h"

#include <stdlib.h>

gm_ops gm_active;
static int32_t active_isa;

static const char *const isa_names[] = {"scalar", "sse2", "avx2", "avx512", "neon"};

#if defined(__x86_64__)
static bool has(int32_t isa) {
    switch (isa) {
    case GM_ISA_SCALAR:
    case GM_ISA_SSE2: return true;
    case GM_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
               __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
    case GM_ISA_AVX512:
        return has(GM_ISA_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    default: return false;
    }
}
#elif defined(__aarch64__)
static bool has(int32_t isa) {
    return isa == GM_ISA_SCALAR || isa == GM_ISA_NEON;
}
#else
static bool has(int32_t isa) {
    return isa == GM_ISA_SCALAR;
}
#endif

bool gm_ops_for(int32_t isa, gm_ops *ops) {
    if (!has(isa))
        return false;
    gm_mandelbrot_scalar(ops);
    gm_matrix_scalar(ops);
    gm_vector_scalar(ops);
    gm_text_scalar(ops);
    gm_crc32c_scalar(ops);
#if defined(__x86_64__)
    if (isa >= GM_ISA_SSE2) {
        gm_mandelbrot_sse2(ops);
        gm_matrix_sse2(ops);
        gm_vector_sse2(ops);
        gm_text_sse2(ops);
    }
    if (isa >= GM_ISA_AVX2) {
        gm_mandelbrot_avx2(ops);
        gm_matrix_avx2(ops);
        gm_vector_avx2(ops);
        gm_text_avx2(ops);
        gm_crc32c_avx2(ops);
    }
    if (isa >= GM_ISA_AVX512) {
        gm_mandelbrot_avx512(ops);
        gm_matrix_avx512(ops);
        gm_vector_avx512(ops);
        gm_text_avx512(ops);
        gm_prefix_avx512(ops);
    }
#elif defined(__aarch64__)
    if (isa == GM_ISA_NEON) {
        gm_mandelbrot_neon(ops);
        gm_matrix_neon(ops);
        gm_vector_neon(ops);
        gm_text_neon(ops);
    }
#endif
    return true;
}

static int32_t best_isa(void) {
    int32_t best = GM_ISA_SCALAR;
    for (int32_t isa = GM_ISA_SCALAR; isa <= GM_ISA_NEON; isa++)
        if (has(isa))
            best = isa;
    return best;
}

/* An override that this processor cannot run is passed over, so that a wrong setting never crashes the process. */
static int32_t wanted_isa(void) {
    const char *wanted = getenv("GRISTMILL_KERNELS_ISA");
    for (int32_t isa = GM_ISA_SCALAR; wanted != NULL && isa <= GM_ISA_NEON; isa++)
        if (strcmp(wanted, isa_names[isa]) == 0 && has(isa))
            return isa;
    return best_isa();
}

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    active_isa = wanted_isa();
    gm_ops_for(active_isa, &gm_active);
}

gm_status gm_abi_version(uint32_t *version) {
    GM_REQUIRE(version != NULL, GM_NULL);
    *version = GM_ABI_VERSION;
    return GM_OK;
}

gm_status gm_active_isa(int32_t *isa) {
    GM_REQUIRE(isa != NULL, GM_NULL);
    *isa = active_isa;
    return GM_OK;
}
