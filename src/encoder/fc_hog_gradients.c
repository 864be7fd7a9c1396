/*
 * Gradients to cells: each pixel votes with its gradient's magnitude, shared between the two
 * nearest orientation bins and the four nearest cells.
 */
#include "fc_hog.h"

#include <math.h>
#include <string.h>

/* Central differences of one line; the picture's edge is repeated. */
static void line_gradient(const uint8_t *above, const uint8_t *line, const uint8_t *below,
                          uint32_t size, int16_t *gx, int16_t *gy)
{
    gx[0] = (int16_t)(line[1] - line[0]);
    for (uint32_t x = 1; x + 1 < size; x++)
        gx[x] = (int16_t)(line[x + 1] - line[x - 1]);
    gx[size - 1] = (int16_t)(line[size - 1] - line[size - 2]);
    for (uint32_t x = 0; x < size; x++)
        gy[x] = (int16_t)(below[x] - above[x]);
}

/*
 * Magnitude and orientation, the latter as 0 to 1 for 0 to 180 degrees and 1 to 2 beyond, or folded
 * to 0 to 1 when unsigned. The arc tangent is a polynomial (error 1e-5 of a turn's 2 pi), because
 * libm's differs between versions. No branches, so that the compiler can use vectors.
 */
static void polar(const int16_t *gx, const int16_t *gy, uint32_t size, float *magnitude,
                  float *turn, bool signed_bins)
{
    const float half_turn = signed_bins ? 1.0f : 0.0f;

    for (uint32_t i = 0; i < size; i++) {
        const float x = gx[i], y = gy[i];
        const float ax = fabsf(x), ay = fabsf(y);
        const float high = ax > ay ? ax : ay, low = ax > ay ? ay : ax;
        const float r = low / (high > 0.0f ? high : 1.0f), q = r * r;
        /* atan(r) / pi */
        float a =
            r * (0.31826722f +
                 q * (-0.10513760f + q * (0.05734067f + q * (-0.02709867f + q * 0.00663202f))));
        /* Below the x axis the direction is the opposite one, half a turn on. */
        const bool flipped = y < 0.0f || (y == 0.0f && x < 0.0f);
        const float upper_x = flipped ? -x : x;

        a = ay > ax ? 0.5f - a : a;
        a = upper_x < 0.0f ? 1.0f - a : a;
        magnitude[i] = sqrtf(x * x + y * y);
        turn[i] = a + (flipped ? half_turn : 0.0f);
    }
}

/* Add one line's votes to `votes`: (14 + 2) x bins, bilinear across. */
static void line_votes(const fc_hog *h, const fc_hog_worker *w, float per_turn, float *votes)
{
    const uint32_t bins = h->rule.bins;

    for (uint32_t x = 0; x < h->rule.image.size; x++) {
        const float m = w->magnitude[x];
        float *left = votes + (size_t)h->low_cell[x] * bins;
        float *right = left + bins;
        float at, above, high, low;
        uint32_t bin, next;

        if (m == 0.0f)
            continue;
        at = w->position[x] * per_turn;
        bin = (uint32_t)at;
        above = at - (float)bin;
        bin = bin >= bins ? 0 : bin;
        next = bin + 1 == bins ? 0 : bin + 1;
        high = m * above;
        low = m - high;
        left[bin] += low * (1.0f - h->high_weight[x]);
        left[next] += high * (1.0f - h->high_weight[x]);
        right[bin] += low * h->high_weight[x];
        right[next] += high * h->high_weight[x];
    }
}

void fc__hog_gradients(const fc_hog *h, fc_hog_worker *w)
{
    const uint32_t size = h->rule.image.size;
    const size_t row = (size_t)(FC_HOG_CELLS + 2) * h->rule.bins;
    const float per_turn = (float)h->rule.bins / (h->rule.signed_bins ? 2.0f : 1.0f);
    float votes[(FC_HOG_CELLS + 2) * FC_HOG_MAX_BINS];
    int16_t gx[FC_HOG_MAX_SIZE], gy[FC_HOG_MAX_SIZE];

    memset(w->cells, 0, (FC_HOG_CELLS + 2) * row * sizeof(float));
    for (uint32_t y = 0; y < size; y++) {
        const uint8_t *line = w->grey + (size_t)y * size;
        float *low = w->cells + h->low_cell[y] * row;
        float *high = low + row;

        line_gradient(y > 0 ? line - size : line, line, y + 1 < size ? line + size : line, size, gx,
                      gy);
        polar(gx, gy, size, w->magnitude, w->position, h->rule.signed_bins);
        memset(votes, 0, row * sizeof(float));
        line_votes(h, w, per_turn, votes);
        for (size_t i = 0; i < row; i++) {
            low[i] += votes[i] * (1.0f - h->high_weight[y]);
            high[i] += votes[i] * h->high_weight[y];
        }
    }
}
