#define GM_BYTES 64
#define GM_FILL gm_vector_avx512
#include "vector_body.h"
