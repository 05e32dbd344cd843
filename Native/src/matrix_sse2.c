#define GM_BYTES 16
#define MR 4
#define NV 2
#define GM_FILL gm_matrix_sse2
#include "matrix_body.h"
