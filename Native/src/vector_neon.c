#define GM_BYTES 16
#define GM_FILL gm_vector_neon
#define HAVE_COMPARE_64 1
#define HAVE_SHIFT_64 1
#include "vector_body.h"
