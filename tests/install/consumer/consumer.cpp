// A user in C++: the same, so that every public header is seen to compile there too.
#include "all_headers.h"

#include <iostream>

int main()
{
    std::cout << fc_version_string() << ' ' << fc_status_string(FC_E_NOT_FOUND) << '\n';
    return 0;
}
