/*
 * sRGB to CIELAB in whole numbers, the same on every machine. Internal to the image encoders.
 *
 * The numbers are those of skimage.color.rgb2lab (IEC 61966-2-1 for sRGB; CIE 15 for L*a*b*, white
 * D65 of the 2 degree observer) to within 0.06 (a just visible difference is about 1): linear
 * light has 16 bits, and the cube root is looked up.
 *
 * Threads: a table is constant once made.
 */
#ifndef FC_LAB_H
#define FC_LAB_H

#include <stdint.h>

/* L, a and b are in units of 1 / FC_LAB_ONE: L from 0 to 100 of them. */
#define FC_LAB_ONE 32768

typedef struct fc_lab_table {
    uint16_t linear[256];          /* of an 8-bit level, 65535 being 1 */
    uint16_t root[UINT16_MAX + 1]; /* f(t) of CIE 15 for t / 65535, in units of 1 / FC_LAB_ONE */
} fc_lab_table;

void fc__lab_table(fc_lab_table *out);

/* One pixel: red, green, blue to L, a, b. */
void fc__lab_of(const fc_lab_table *table, const uint8_t rgb[3], int32_t lab[3]);

#endif /* FC_LAB_H */
