#include "internal.h"

#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { CACHE_LINE = 64, HUGE_PAGE = 1 << 21 };

void *gm_allocate(size_t count, size_t element_bytes) {
    size_t bytes;
    if (__builtin_mul_overflow(count, element_bytes, &bytes) || bytes > PTRDIFF_MAX - HUGE_PAGE)
        return NULL;
    const size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
    bytes = (bytes + alignment - 1) / alignment * alignment;
#if defined(_WIN32)
    return _aligned_malloc(bytes == 0 ? alignment : bytes, alignment);
#else
    void *memory = aligned_alloc(alignment, bytes == 0 ? alignment : bytes);
#if defined(__linux__)
    /* A hint: where it is refused, ordinary pages do. */
    if (memory != NULL && bytes >= HUGE_PAGE)
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
#endif
}

void gm_release(void *memory) {
#if defined(_WIN32)
    _aligned_free(memory);
#else
    free(memory);
#endif
}
