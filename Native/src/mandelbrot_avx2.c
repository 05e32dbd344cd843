#define GM_BYTES 32
#define GM_FILL gm_mandelbrot_avx2
#include "mandelbrot_body.h"
