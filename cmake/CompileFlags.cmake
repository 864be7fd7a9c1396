# Compile flags that every target of the project shares, in the interface target `fc_flags`.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")

add_library(fc_flags INTERFACE)
target_compile_definitions(fc_flags INTERFACE _GNU_SOURCE)
target_compile_options(
    fc_flags
    INTERFACE
        $<$<COMPILE_LANGUAGE:C>:-Wall
        -Wextra
        -Wpedantic
        -Wconversion
        -Wshadow
        -Wmissing-prototypes
        -Werror>
        # One fingerprint means one result on every machine: no fused multiply-add unless it is
        # written out, and no ISA beyond the baseline but in functions dispatched at run time.
        -ffp-contract=off
        -fno-math-errno)
# gcc's sanitizers rewrite expressions before it warns, and it then warns of its own work.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_FLAGS MATCHES "sanitize")
    target_compile_options(fc_flags INTERFACE -Wno-error)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CMAKE_C_FLAGS MATCHES "sanitize")
    target_compile_options(fc_flags INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE
                                              -D_FORTIFY_SOURCE=2)
endif()
if(FEATCACHE_COVERAGE)
    target_compile_options(fc_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(fc_flags INTERFACE --coverage)
endif()
if(FEATCACHE_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "FEATCACHE_FUZZ needs clang: use `cmake --preset fuzz`")
    endif()
    # Coverage instrumentation for the library; only the fuzz targets link the fuzzer's main.
    target_compile_options(fc_flags INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(fc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
