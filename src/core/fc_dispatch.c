/*
 * The choice of instruction set, made once. Two threads that choose at the same time choose alike.
 */
#include "fc_dispatch.h"

#include <stdatomic.h>
#include <string.h>

/* One of the few writable globals of the library: NULL until first asked. */
static _Atomic(const fc__vec_ops *) chosen;

static const fc__vec_ops *best(void)
{
    const fc__vec_ops *ops = fc__vec_ops_avx512();

    if (ops == NULL)
        ops = fc__vec_ops_avx2();
    return ops != NULL ? ops : fc__vec_ops_plain();
}

const fc__vec_ops *fc__vec_ops_now(void)
{
    /* Acquire and release cost nothing here on x86; the tables are constant. */
    const fc__vec_ops *ops = atomic_load_explicit(&chosen, memory_order_acquire);

    if (ops == NULL) {
        ops = best();
        atomic_store_explicit(&chosen, ops, memory_order_release);
    }
    return ops;
}

const char *fc__simd_name(void)
{
    return fc__vec_ops_now()->name;
}

bool fc__simd_force(const char *name)
{
    const fc__vec_ops *all[] = {fc__vec_ops_plain(), fc__vec_ops_avx2(), fc__vec_ops_avx512()};

    if (name == NULL) {
        atomic_store_explicit(&chosen, best(), memory_order_release);
        return true;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] != NULL && strcmp(all[i]->name, name) == 0) {
            atomic_store_explicit(&chosen, all[i], memory_order_release);
            return true;
        }
    return false;
}
