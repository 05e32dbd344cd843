#define GM_BYTES 16
#define GM_FILL gm_vector_sse2
#include "vector_body.h"
