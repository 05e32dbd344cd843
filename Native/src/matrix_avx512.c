#define GM_BYTES 64
#define MR 8
#define NV 3
#define GM_FILL gm_matrix_avx512
#include "matrix_body.h"
