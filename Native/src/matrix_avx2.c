#define GM_BYTES 32
#define MR 4
#define NV 3
#define GM_FILL gm_matrix_avx2
#include "matrix_body.h"
