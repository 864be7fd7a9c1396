/* A user in C: prints the version of the library it runs with and the name of a status. */
#include "all_headers.h"

#include <stdio.h>

int main(void)
{
    printf("%s %s\n", fc_version_string(), fc_status_string(FC_E_NOT_FOUND));
    return 0;
}
