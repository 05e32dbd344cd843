#define GM_BYTES 64
#define GM_FILL gm_mandelbrot_avx512
#include "mandelbrot_body.h"
