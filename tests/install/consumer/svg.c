/* Encodes the SVG that is its argument: through the library alone, without the program. */
#include <stdio.h>

#include <featcache/featcache.h>

int main(int argc, char **argv)
{
    fc_query input = FC_QUERY_INIT;
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (argc != 2)
        return 2;
    input.file = argv[1];
    st = fc_encode("builtin/hog", &input, NULL, NULL, &out, NULL, &err);
    if (st != FC_OK)
        puts(err.message);
    fc_tensor_dispose(&out);
    return st == FC_OK ? 0 : 1;
}
