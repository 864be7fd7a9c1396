/* Where models' runtime is looked for: what is named, else what cmake/get-onnxruntime.sh fetched.
 */
#include "cli_neural.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The cache folder of this program: ${XDG_CACHE_HOME:-~/.cache}/featcache. False: there is none. */
static bool cache_folder(char out[PATH_MAX])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;

    if (cache != NULL && cache[0] == '/')
        n = snprintf(out, PATH_MAX, "%s/featcache", cache);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, PATH_MAX, "%s/.cache/featcache", home);
    return n > 0 && n < PATH_MAX;
}

const fc_neural_options *cli_neural_options(cli_neural *n)
{
    char folder[PATH_MAX];

    n->options = (fc_neural_options)FC_NEURAL_OPTIONS_INIT;
    n->options.device = n->device;
    n->options.library = n->library;
    if (!cache_folder(folder))
        return &n->options;
    if (snprintf(n->cache, sizeof(n->cache), "%s/models", folder) < (int)sizeof(n->cache))
        n->options.cache_folder = n->cache;
    if (n->library == NULL &&
        snprintf(n->found, sizeof(n->found), "%s/onnxruntime/lib/libonnxruntime.so", folder) <
            (int)sizeof(n->found) &&
        access(n->found, R_OK) == 0)
        n->options.library = n->found;
    return &n->options;
}
