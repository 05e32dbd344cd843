#define GM_BYTES 16
#define GM_FILL gm_mandelbrot_sse2
#include "mandelbrot_body.h"
