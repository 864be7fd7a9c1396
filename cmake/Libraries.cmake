# The libraries featcache stands on, each as one interface target `fc_ext_<name>`.
# A missing one stops the configuration with the name of its Debian package.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# fc_library(NAME PACKAGE apt-package (PKG module | LIB file HEADER header))
function(fc_library name)
    cmake_parse_arguments(A "" "PACKAGE;PKG;LIB;HEADER" "" ${ARGN})
    add_library(fc_ext_${name} INTERFACE)
    if(A_PKG)
        pkg_check_modules(fc_${name} QUIET IMPORTED_TARGET GLOBAL ${A_PKG})
        if(NOT fc_${name}_FOUND)
            fc_library_missing(${name} ${A_PACKAGE})
        endif()
        target_link_libraries(fc_ext_${name} INTERFACE PkgConfig::fc_${name})
    else()
        find_library(fc_${name}_LIB ${A_LIB})
        find_path(fc_${name}_INCLUDE ${A_HEADER})
        if(NOT fc_${name}_LIB OR NOT fc_${name}_INCLUDE)
            fc_library_missing(${name} ${A_PACKAGE})
        endif()
        target_link_libraries(fc_ext_${name} INTERFACE ${fc_${name}_LIB})
        target_include_directories(fc_ext_${name} SYSTEM INTERFACE ${fc_${name}_INCLUDE})
    endif()
endfunction()

function(fc_library_missing name package)
    message(FATAL_ERROR "${name} is missing: install the package ${package} "
                        "(cmake/setup.sh installs everything that is needed)")
endfunction()

fc_library(lmdb PACKAGE liblmdb-dev PKG lmdb)
fc_library(zstd PACKAGE libzstd-dev PKG libzstd)
fc_library(yaml PACKAGE libyaml-dev PKG yaml-0.1)
fc_library(jpeg PACKAGE libjpeg-dev PKG libjpeg)
fc_library(png PACKAGE libpng-dev PKG libpng)
fc_library(deflate PACKAGE libdeflate-dev PKG libdeflate)
fc_library(webp PACKAGE libwebp-dev PKG libwebp)
# libwebp's headers do not tell its version, which belongs to the provenance of what it decodes.
target_compile_definitions(fc_ext_webp INTERFACE FC_WEBP_VERSION="${fc_webp_VERSION}")
fc_library(sndfile PACKAGE libsndfile1-dev PKG sndfile)
fc_library(soxr PACKAGE libsoxr-dev PKG soxr)
fc_library(archive PACKAGE libarchive-dev PKG libarchive)
fc_library(utf8proc PACKAGE libutf8proc-dev PKG libutf8proc)
fc_library(stemmer PACKAGE libstemmer-dev LIB stemmer HEADER libstemmer.h)
fc_library(pcre2 PACKAGE libpcre2-dev PKG libpcre2-8)
fc_library(jansson PACKAGE libjansson-dev PKG jansson)
fc_library(xxhash PACKAGE libxxhash-dev PKG libxxhash)
fc_library(crypto PACKAGE libssl-dev PKG libcrypto)

# The program loads libmicrohttpd itself when it serves (tools/serve_mhd.c): linked, it would bring
# GnuTLS into every run. Its header is what is needed here.
pkg_check_modules(fc_microhttpd QUIET libmicrohttpd)
if(NOT fc_microhttpd_FOUND)
    fc_library_missing(microhttpd libmicrohttpd-dev)
endif()
add_library(fc_ext_microhttpd INTERFACE)
target_include_directories(fc_ext_microhttpd SYSTEM INTERFACE ${fc_microhttpd_INCLUDE_DIRS})
target_link_libraries(fc_ext_microhttpd INTERFACE ${CMAKE_DL_LIBS})

# SVG is optional: librsvg pulls in much that a server may not want. Only featcache-svg links it
# (tools/svg); the library is told the versions, for the provenance of what they draw.
option(FEATCACHE_SVG "Build featcache-svg, which draws SVG images, where librsvg is installed" ON)
add_library(fc_ext_rsvg INTERFACE)
add_library(fc_ext_rsvg_versions INTERFACE)
if(FEATCACHE_SVG)
    pkg_check_modules(fc_rsvg QUIET IMPORTED_TARGET GLOBAL librsvg-2.0)
    pkg_check_modules(fc_cairo QUIET cairo)
endif()
set(FC_HAVE_RSVG OFF)
if(FEATCACHE_SVG AND fc_rsvg_FOUND)
    set(FC_HAVE_RSVG ON)
    target_link_libraries(fc_ext_rsvg INTERFACE PkgConfig::fc_rsvg)
    target_compile_definitions(fc_ext_rsvg_versions
                               INTERFACE FC_RSVG_VERSION="${fc_rsvg_VERSION}"
                                         FC_CAIRO_VERSION="${fc_cairo_VERSION}")
else()
    message(STATUS "SVG images will be refused: librsvg2-dev is not installed, or FEATCACHE_SVG is off")
endif()

# ONNX Runtime is optional too, and never linked: a header to build with, a library to load when a
# card has a model. Without the header the program says how to get both.
option(FEATCACHE_ONNX "Build what runs ONNX models, where the header of ONNX Runtime is" ON)
add_library(fc_ext_onnxruntime INTERFACE)
set(FC_HAVE_ONNXRUNTIME OFF)
if(FEATCACHE_ONNX)
    execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/get-onnxruntime.sh" --print-dir
                    OUTPUT_VARIABLE fc_onnxruntime_dir OUTPUT_STRIP_TRAILING_WHITESPACE)
    find_path(fc_onnxruntime_INCLUDE onnxruntime_c_api.h
              HINTS "${fc_onnxruntime_dir}/include" PATH_SUFFIXES onnxruntime)
endif()
if(FEATCACHE_ONNX AND fc_onnxruntime_INCLUDE)
    set(FC_HAVE_ONNXRUNTIME ON)
    target_include_directories(fc_ext_onnxruntime SYSTEM INTERFACE "${fc_onnxruntime_INCLUDE}")
    target_compile_definitions(fc_ext_onnxruntime INTERFACE FC_HAVE_ONNXRUNTIME)
    target_link_libraries(fc_ext_onnxruntime INTERFACE ${CMAKE_DL_LIBS})
else()
    message(STATUS "Models will be refused: no onnxruntime_c_api.h (run cmake/get-onnxruntime.sh), \
or FEATCACHE_ONNX is off")
endif()

# The maths library and threads go with everything.
add_library(fc_ext_system INTERFACE)
target_link_libraries(fc_ext_system INTERFACE Threads::Threads m)

# FAISS only where a stage is there that uses it: building it takes minutes.
file(GLOB fc_index_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/index/*.c")
if(fc_index_sources)
    find_package(FaissC REQUIRED)
    add_library(fc_ext_faiss ALIAS FaissC::FaissC)
endif()

# Dense linear algebra: OpenBLAS, which FAISS asks for as well, has LAPACK in it; lapack.h (of
# liblapacke-dev) declares it.
file(GLOB fc_head_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/head/*.c")
if(fc_head_sources)
    find_library(FEATCACHE_OPENBLAS openblas REQUIRED)
    find_path(FEATCACHE_LAPACK_H lapack.h REQUIRED)
    add_library(fc_ext_lapack INTERFACE)
    target_include_directories(fc_ext_lapack SYSTEM INTERFACE "${FEATCACHE_LAPACK_H}")
    target_link_libraries(fc_ext_lapack INTERFACE ${FEATCACHE_OPENBLAS})
    mark_as_advanced(FEATCACHE_OPENBLAS FEATCACHE_LAPACK_H)
endif()
