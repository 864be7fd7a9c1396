/*
 * Local binary patterns: the circle's points, the codes of the 256 patterns, and a picture's codes.
 */
#include "fc_lbp.h"

#include <string.h>

/* Places are in units of 1e-5. */
#define ONE INT64_C(100000)

/* Point p of the circle in units of 1e-5: right first, then against the clock; y grows down. For
 * each radius this is what rounding to five places gives, as skimage rounds. */
static void place_of(int p, int64_t radius, int64_t *x, int64_t *y)
{
    static const int right[] = {2, 1, 0, -1, -2, -1, 0, 1}, down[] = {0, -1, -2, -1, 0, 1, 2, 1};
    static const int64_t slant[] = {0, 70711, 141421, 212132, 282843};
    const int64_t far = radius * ONE, near = slant[radius];

    *x = right[p] / 2 * far + right[p] % 2 * near;
    *y = down[p] / 2 * far + down[p] % 2 * near;
}

static int64_t floor_of(int64_t v)
{
    return v >= 0 ? v / ONE : -((-v + ONE - 1) / ONE);
}

static fc_lbp_point point_of(int p, int64_t radius)
{
    int64_t x, y, fx, fy;
    fc_lbp_point out;

    place_of(p, radius, &x, &y);
    out.dx = (int)floor_of(x);
    out.dy = (int)floor_of(y);
    fx = x - out.dx * ONE;
    fy = y - out.dy * ONE;
    out.weight[0] = (ONE - fx) * (ONE - fy);
    out.weight[1] = fx * (ONE - fy);
    out.weight[2] = (ONE - fx) * fy;
    out.weight[3] = fx * fy;
    out.on_pixel = fx == 0 && fy == 0;
    return out;
}

/* The pattern's bits around the circle, as skimage numbers them. */
static uint8_t code_of(unsigned pattern, bool oriented)
{
    const int n = FC_LBP_POINTS, ones = __builtin_popcount(pattern);
    int changes = 0, first_one = -1, first_zero = -1, turn;

    for (int i = 0; i < n; i++) {
        const int bit = pattern >> i & 1;

        if (i + 1 < n)
            changes += bit != (int)(pattern >> (i + 1) & 1);
        if (bit == 1 && first_one < 0)
            first_one = i;
        if (bit == 0 && first_zero < 0)
            first_zero = i;
    }
    if (!oriented)
        return (uint8_t)(changes <= 2 ? ones : n + 1);
    if (changes > 2)
        return FC_LBP_ORIENTED - 1;
    if (ones == 0 || ones == n)
        return ones == 0 ? 0 : FC_LBP_ORIENTED - 2;
    turn = first_one == 0 ? ones - first_zero : n - first_one;
    return (uint8_t)(1 + (ones - 1) * n + turn);
}

void fc__lbp_table(fc_lbp_table *out, uint32_t radius, bool oriented)
{
    out->radius = radius;
    out->n_codes = oriented ? FC_LBP_ORIENTED : FC_LBP_UNIFORM;
    for (int p = 0; p < FC_LBP_POINTS; p++)
        out->points[p] = point_of(p, radius);
    for (unsigned pattern = 0; pattern < 1u << FC_LBP_POINTS; pattern++)
        out->code[pattern] = code_of(pattern, oriented);
}

static uint32_t within(int64_t v, uint32_t size)
{
    return v < 0 ? 0 : v >= size ? size - 1 : (uint32_t)v;
}

/* Patterns of one line get the bit of one point. */
static void line_bit(const fc_lbp_point *p, int bit, const uint8_t *grey, uint32_t size, uint32_t y,
                     uint8_t *patterns)
{
    const uint8_t *line = grey + (size_t)y * size;
    const uint8_t *above = grey + (size_t)within((int64_t)y + p->dy, size) * size;
    const uint8_t *below = grey + (size_t)within((int64_t)y + p->dy + 1, size) * size;

    for (uint32_t x = 0; x < size; x++) {
        const uint32_t left = within((int64_t)x + p->dx, size);
        const uint32_t right = within((int64_t)x + p->dx + 1, size);
        bool lighter;

        if (p->on_pixel)
            lighter = above[left] >= line[x];
        else
            lighter = p->weight[0] * above[left] + p->weight[1] * above[right] +
                          p->weight[2] * below[left] + p->weight[3] * below[right] >=
                      FC_LBP_WEIGHT_TOTAL * line[x];
        patterns[x] |= (uint8_t)(lighter << bit);
    }
}

void fc__lbp_codes(const fc_lbp_table *t, const uint8_t *grey, uint32_t size, uint8_t *codes)
{
    memset(codes, 0, (size_t)size * size);
    for (uint32_t y = 0; y < size; y++) {
        uint8_t *line = codes + (size_t)y * size;

        for (int p = 0; p < FC_LBP_POINTS; p++)
            line_bit(&t->points[p], p, grey, size, y, line);
        for (uint32_t x = 0; x < size; x++)
            line[x] = t->code[line[x]];
    }
}
