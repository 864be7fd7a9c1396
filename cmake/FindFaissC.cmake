# Finds FAISS with a C API that links and with SIMD: target FaissC::FaissC, variable FaissC_WHERE.
#
# Tried in order: FEATCACHE_FAISS_DIR where it is set; the installed library; what
# cmake/get-faiss.sh built into the cache folder. A header proves nothing (Debian 12 ships the
# headers of the C API without its symbols), so each candidate must link, and run where it can.
set(FEATCACHE_FAISS_DIR "$ENV{FEATCACHE_FAISS_DIR}" CACHE PATH "A folder with lib/libfaiss_c.a and include/ to use instead")

set(FaissC_test_dir "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/faiss-check")
file(WRITE "${FaissC_test_dir}/check.cpp" [[
#include <cstring>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/utils/utils.h>
#include <string>

int main()
{
    FaissIndex *index = nullptr;
    if (faiss_index_factory(&index, 4, "Flat", METRIC_INNER_PRODUCT) != 0)
        return 1;
    faiss_Index_free(index);
    const std::string options = faiss::get_compile_options();
#ifdef FC_FAISS_ANY_ISA
    return 0;
#else
    return options.find("GENERIC") == std::string::npos ? 0 : 2;
#endif
}
]])

# FaissC_try(WHERE INCLUDE C_LIB LIB DEFINES): sets FaissC_LIBRARIES if the program above links.
function(FaissC_try where include c_lib lib defines)
    if(NOT EXISTS "${c_lib}" OR NOT EXISTS "${lib}")
        return()
    endif()
    # libgomp by name: it is what FAISS was compiled for, whichever compiler we are built with.
    # libstdc++ by name too, so that programs in C link as they are.
    set(libs "${c_lib}" "${lib}" ${FaissC_BLAS} ${FaissC_GOMP} stdc++ m Threads::Threads)
    try_compile(
        linked "${FaissC_test_dir}" SOURCES "${FaissC_test_dir}/check.cpp"
        CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${include}"
        COMPILE_DEFINITIONS ${defines}
        LINK_LIBRARIES ${libs} COPY_FILE "${FaissC_test_dir}/check"
        OUTPUT_VARIABLE log)
    if(NOT linked)
        message(VERBOSE "FAISS in ${where} does not link:\n${log}")
        return()
    endif()
    if(NOT CMAKE_CROSSCOMPILING)
        execute_process(COMMAND "${FaissC_test_dir}/check" RESULT_VARIABLE rc OUTPUT_QUIET ERROR_QUIET)
        if(NOT rc EQUAL 0)
            message(VERBOSE "FAISS in ${where} is built without SIMD, or not for this CPU (${rc})")
            return()
        endif()
    endif()
    set(FaissC_LIBRARIES "${libs}" PARENT_SCOPE)
    set(FaissC_INCLUDE_DIR "${include}" PARENT_SCOPE)
    set(FaissC_WHERE "${where}" PARENT_SCOPE)
endfunction()

find_library(FaissC_BLAS openblas)
find_library(FaissC_GOMP NAMES gomp libgomp.so.1 PATHS ${CMAKE_C_IMPLICIT_LINK_DIRECTORIES})
if(NOT FaissC_GOMP)
    # Only gcc's own folder has libgomp.so, which clang does not search by find_library.
    execute_process(COMMAND gcc -print-file-name=libgomp.so OUTPUT_VARIABLE FaissC_GOMP
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

# The CPU decides whether a library without SIMD is the best there is (arm64: NEON always).
execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/get-faiss.sh" --print-dir
                OUTPUT_VARIABLE FaissC_built OUTPUT_STRIP_TRAILING_WHITESPACE)
set(FaissC_defines "")
if(FaissC_built MATCHES "-generic$")
    set(FaissC_defines "-DFC_FAISS_ANY_ISA")
endif()

if(FEATCACHE_FAISS_DIR)
    FaissC_try("${FEATCACHE_FAISS_DIR}" "${FEATCACHE_FAISS_DIR}/include"
               "${FEATCACHE_FAISS_DIR}/lib/libfaiss_c.a" "${FEATCACHE_FAISS_DIR}/lib/libfaiss.a"
               "-DFC_FAISS_ANY_ISA")
else()
    find_library(FaissC_system_c faiss_c)
    find_library(FaissC_system faiss)
    find_path(FaissC_system_include faiss/c_api/Index_c.h)
    if(FaissC_system_c AND FaissC_system AND FaissC_system_include)
        FaissC_try("the system" "${FaissC_system_include}" "${FaissC_system_c}"
                   "${FaissC_system}" "${FaissC_defines}")
    endif()
    if(NOT FaissC_LIBRARIES)
        FaissC_try("${FaissC_built}" "${FaissC_built}/include" "${FaissC_built}/lib/libfaiss_c.a"
                   "${FaissC_built}/lib/libfaiss.a" "${FaissC_defines}")
    endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    FaissC
    REQUIRED_VARS FaissC_WHERE FaissC_LIBRARIES
    REASON_FAILURE_MESSAGE
        "no FAISS with C API and SIMD: run cmake/get-faiss.sh once (minutes), then configure again. \
Looked in ${FaissC_built}, FEATCACHE_FAISS_DIR names another place.")

if(FaissC_FOUND AND NOT TARGET FaissC::FaissC)
    add_library(FaissC::FaissC INTERFACE IMPORTED GLOBAL)
    target_include_directories(FaissC::FaissC SYSTEM INTERFACE "${FaissC_INCLUDE_DIR}")
    target_link_libraries(FaissC::FaissC INTERFACE ${FaissC_LIBRARIES})
endif()
mark_as_advanced(FaissC_BLAS FaissC_GOMP FaissC_system_c FaissC_system FaissC_system_include)
