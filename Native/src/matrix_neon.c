#define GM_BYTES 16
#define MR 6
#define NV 4
#define GM_FILL gm_matrix_neon
#include "matrix_body.h"
