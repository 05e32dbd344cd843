/*
 * Matrix multiplication, blocked and packed after Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
 * 2008). A block of b stays in the L3 cache, a block of a in L2, and the inner kernel streams strips of both through the
 * registers.
 */
#include "internal.h"

enum { DEPTH = 256, ROWS = 192, COLUMNS = 1536 };

typedef struct gm_product {
    const double *a, *b;
    double *c;
    size_t rows, inner, columns;
    double *packed_a, *packed_b;
    gm_tile tile;
} gm_product;

/*
 * Work done and to be done, and whether the caller has had enough: asked about every millisecond, whatever the instruction set. The
 * unit is a multiplication of the tile, edges filled up; packing a number counts for several.
 */
typedef struct gm_course {
    gm_progress progress;
    void *context;
    double done, total;
    size_t unasked;
} gm_course;

enum { PACKING = 8 };

static bool stop(gm_course *course, size_t work) {
    enum { PER_CALL = 1 << 21 };
    if (course->unasked >= PER_CALL || course->done == 0) {
        course->unasked = 0;
        if (gm_stop(course->progress, course->context, course->done < course->total ? course->done / course->total : 1.0))
            return true;
    }
    course->done += (double)work;
    course->unasked += work;
    return false;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t round_up(size_t x, size_t step) {
    return (x + step - 1) / step * step;
}

/* Strips of tile.columns columns, each laid out row by row; missing columns are zeros. */
static void pack_b(const gm_product *p, size_t row, size_t depth, size_t column, size_t width) {
    const size_t strip = p->tile.columns;
    double *out = p->packed_b;
    for (size_t j = 0; j < width; j += strip) {
        const size_t filled = least(strip, width - j);
        for (size_t k = 0; k < depth; k++, out += strip) {
            const double *source = p->b + (row + k) * p->columns + column + j;
            memcpy(out, source, filled * sizeof *out);
            memset(out + filled, 0, (strip - filled) * sizeof *out);
        }
    }
}

/* Strips of tile.rows rows, each laid out column by column; missing rows are zeros. */
static void pack_a(const gm_product *p, size_t row, size_t height, size_t column, size_t depth) {
    const size_t strip = p->tile.rows;
    double *out = p->packed_a;
    for (size_t i = 0; i < height; i += strip, out += strip * depth) {
        const size_t filled = least(strip, height - i);
        for (size_t r = 0; r < filled; r++) {
            const double *source = p->a + (row + i + r) * p->inner + column;
            for (size_t k = 0; k < depth; k++)
                out[k * strip + r] = source[k];
        }
        for (size_t r = filled; r < strip; r++)
            for (size_t k = 0; k < depth; k++)
                out[k * strip + r] = 0;
    }
}

/* A tile over the edge of c is computed aside, and what lies inside is copied. */
static void edge_tile(const gm_product *p, size_t depth, const double *a, const double *b, double *c, size_t height, size_t width,
                      bool add) {
    double aside[GM_MAX_TILE];
    p->tile.multiply(depth, a, b, aside, p->tile.columns, false);
    for (size_t i = 0; i < height; i++)
        for (size_t j = 0; j < width; j++) {
            double *element = c + i * p->columns + j;
            *element = (add ? *element : 0) + aside[i * p->tile.columns + j];
        }
}

static bool multiply_block(const gm_product *p, size_t row, size_t height, size_t column, size_t width, size_t depth, bool add,
                           gm_course *course) {
    for (size_t j = 0; j < width; j += p->tile.columns) {
        if (stop(course, round_up(height, p->tile.rows) * p->tile.columns * depth))
            return false;
        for (size_t i = 0; i < height; i += p->tile.rows) {
            const double *a = p->packed_a + i * depth, *b = p->packed_b + j * depth;
            double *c = p->c + (row + i) * p->columns + column + j;
            if (height - i >= p->tile.rows && width - j >= p->tile.columns)
                p->tile.multiply(depth, a, b, c, p->columns, add);
            else
                edge_tile(p, depth, a, b, c, least(p->tile.rows, height - i), least(p->tile.columns, width - j), add);
        }
    }
    return true;
}

/* Both kinds of strips are packed with their edges filled up, a once for each block of columns. */
static double work_of(const gm_product *p) {
    const double rows = (double)round_up(p->rows, p->tile.rows), columns = (double)round_up(p->columns, p->tile.columns);
    const double passes = (double)((p->columns - 1) / COLUMNS + 1);
    return (double)p->inner * (rows * columns + PACKING * (columns + rows * passes));
}

static gm_status multiply(const gm_product *p, gm_progress progress, void *context) {
    gm_course course = {progress, context, 0, work_of(p), 0};
    for (size_t column = 0; column < p->columns; column += COLUMNS) {
        const size_t width = least(COLUMNS, p->columns - column);
        for (size_t k = 0; k < p->inner; k += DEPTH) {
            const size_t depth = least(DEPTH, p->inner - k);
            GM_REQUIRE(!stop(&course, PACKING * round_up(width, p->tile.columns) * depth), GM_CANCELLED);
            pack_b(p, k, depth, column, width);
            for (size_t row = 0; row < p->rows; row += ROWS) {
                const size_t height = least(ROWS, p->rows - row);
                GM_REQUIRE(!stop(&course, PACKING * round_up(height, p->tile.rows) * depth), GM_CANCELLED);
                pack_a(p, row, height, k, depth);
                GM_REQUIRE(multiply_block(p, row, height, column, width, depth, k > 0, &course), GM_CANCELLED);
            }
        }
    }
    return GM_OK;
}

static bool is_product(uint64_t a, uint64_t b, uint64_t expected) {
    uint64_t product;
    return !__builtin_mul_overflow(a, b, &product) && product == expected;
}

gm_status gm_multiply_f64(const double *a, uint64_t a_count, const double *b, uint64_t b_count, double *c, uint64_t c_count,
                          uint64_t rows, uint64_t inner, uint64_t columns, gm_progress progress, void *context) {
    GM_CHECK_ARRAY(a, a_count);
    GM_CHECK_ARRAY(b, b_count);
    GM_CHECK_ARRAY(c, c_count);
    GM_REQUIRE(is_product(rows, inner, a_count) && is_product(inner, columns, b_count) && is_product(rows, columns, c_count),
               GM_DIMENSION);
    GM_REQUIRE(!gm_overlap(a, a_count * sizeof *a, c, c_count * sizeof *c), GM_OVERLAP);
    GM_REQUIRE(!gm_overlap(b, b_count * sizeof *b, c, c_count * sizeof *c), GM_OVERLAP);
    if (c_count == 0)
        return GM_OK;
    if (inner == 0) {
        memset(c, 0, (size_t)c_count * sizeof *c);
        return GM_OK;
    }

    gm_product p = {a, b, c, (size_t)rows, (size_t)inner, (size_t)columns, NULL, NULL, gm_active.tile};
    const size_t depth = least(DEPTH, p.inner);
    p.packed_a = gm_allocate(round_up(least(ROWS, p.rows), p.tile.rows) * depth, sizeof(double));
    p.packed_b = gm_allocate(round_up(least(COLUMNS, p.columns), p.tile.columns) * depth, sizeof(double));
    gm_status status = p.packed_a == NULL || p.packed_b == NULL ? GM_OUT_OF_MEMORY : multiply(&p, progress, context);
    gm_release(p.packed_a);
    gm_release(p.packed_b);
    return status;
}
