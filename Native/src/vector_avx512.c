#define GM_BYTES 64
#define GM_FILL gm_vector_avx512
#define HAVE_COMPARE_64 1
#define HAVE_MULTIPLY_32 1
#define HAVE_SHIFT_64 1
#include "vector_body.h"
