/*
 * Functions whose last bit libm may choose by machine and by instruction set, from + - * / alone,
 * which IEEE 754 fixes: for numbers that are stored.
 *
 * Threads: stateless.
 */
#ifndef FC_FIXED_H
#define FC_FIXED_H

/* Natural logarithm of a finite x above 0, to about 1e-16 relative. */
double fc__fixed_log(double x);
/* Cube root of a finite x of 0 or more, to about 1e-15 relative. */
double fc__fixed_cbrt(double x);

#endif /* FC_FIXED_H */
