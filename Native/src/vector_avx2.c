#define GM_BYTES 32
#define GM_FILL gm_vector_avx2
#include "vector_body.h"
