#define GM_BYTES 16
#define GM_FILL gm_vector_neon
#include "vector_body.h"
