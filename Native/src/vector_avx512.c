#define GM_BYTES 64
#define GM_FILL gm_vector_avx512
#define HAVE_COMPARE_64 1
#include "vector_body.h"
