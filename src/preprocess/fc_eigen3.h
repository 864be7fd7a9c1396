/*
 * Eigenvalues and eigenvectors of a symmetric 3 x 3 matrix by Jacobi's rotations.
 *
 * + - * / and sqrt in a fixed order: the same bits on every machine, and small eigenvalues beside
 * large ones are as exact as they can be.
 */
#ifndef FC_EIGEN3_H
#define FC_EIGEN3_H

/* `m` is xx, xy, xz, yy, yz, zz. Values in descending order, none below 0 when m is a covariance
 * (rounding is cut off); vectors[k] belongs to values[k], of unit length, its largest component
 * positive. */
void fc__eigen3(const double m[6], double values[3], double vectors[3][3]);

#endif /* FC_EIGEN3_H */
