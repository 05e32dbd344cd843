#define GM_BYTES 16
#define GM_FILL gm_mandelbrot_neon
#include "mandelbrot_body.h"
