/*
 * The built-ins themselves, each defined by its own file: what fc_builtin.c lists.
 */
#ifndef FC_BUILTIN_LIST_H
#define FC_BUILTIN_LIST_H

#include "fc_builtin.h"

extern const fc_builtin fc__builtin_hog;
extern const fc_builtin fc__builtin_hashtext;
extern const fc_builtin fc__builtin_mfcc;
extern const fc_builtin fc__builtin_fpfh;
extern const fc_builtin fc__builtin_precomputed;
extern const fc_builtin fc__builtin_lab_hog_lbp;

#endif /* FC_BUILTIN_LIST_H */
