/*
 * What of a picture, a text or a sound counted, drawn on a card of a page: squares over the
 * picture, shaded words, a strip over time.
 */
#ifndef FC_PAGE_HEAT_H
#define FC_PAGE_HEAT_H

#include "fc_page.h"

/* Values, signed: the largest in size has the full colour; orange is for, blue against. */
typedef struct fc_page_heat {
    const float *values;
    size_t n;
    uint32_t height, width;   /* of a map over the picture, n = height x width; else 0 */
    const char *const *words; /* n, of a text; NULL: none */
    const double *times;      /* 2 x n, of a sound; NULL: frames of one length */
    double box[4];            /* of a map: left, top, right, bottom in the square that the picture
                                 fills (fc__page_heat_box()) */
    const struct fc_page_heat *next; /* of another encoder; NULL: no more */
} fc_page_heat;

/* Where a map lies in the square that a card shows a picture in, as large as it fits and in the
 * middle. `frame`: left, top, right, bottom as shares of the picture's sides; those of a picture
 * that is padded to a square give 0, 0, 1, 1. */
void fc__page_heat_box(uint32_t width, uint32_t height, const double frame[4], double box[4]);
/* Squares, as a picture of the whole card's width and height: to be put over an image that fills a
 * square. Nothing where the map is too fine to be seen. */
void fc__page_put_squares(fc_page *p, const fc_page_heat *heat);
/* Words one after the other, or a strip; nothing for a map. */
void fc__page_put_row(fc_page *p, const fc_page_heat *heat);

#endif /* FC_PAGE_HEAT_H */
