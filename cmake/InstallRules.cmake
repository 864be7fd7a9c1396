# Install rules; the package files for CMake and pkg-config come with the first installable headers.
