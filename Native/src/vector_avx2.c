#define GM_BYTES 32
#define GM_FILL gm_vector_avx2
#define HAVE_COMPARE_64 1
#define HAVE_MULTIPLY_32 1
#include "vector_body.h"
