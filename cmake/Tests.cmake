# How tests are found: C tests, shell tests, fuzz targets and benchmarks, by their file names.
# A line `label: full` or `label: soak` in a comment in the first ten lines of a test sets its label;
# the word `serial` on it keeps other tests from running beside it (`label: quick serial`).
get_property(fc_stage_dirs GLOBAL PROPERTY FC_STAGE_DIRS)

# libgomp and OpenBLAS are not built with TSan: with one thread each they cannot look racy.
set(fc_tsan_environment "")
if(CMAKE_C_FLAGS MATCHES "sanitize=thread")
    set(fc_tsan_environment ";OMP_NUM_THREADS=1;OPENBLAS_NUM_THREADS=1")
endif()

# fc_label_of(FILE OUT): the ctest label that FILE asks for.
function(fc_label_of file out)
    file(STRINGS "${file}" head LIMIT_COUNT 10)
    set(label quick)
    if(head MATCHES "label: *(full|soak)")
        set(label ${CMAKE_MATCH_1})
    endif()
    # A changed label must reach ctest without a configuration by hand.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    set(${out} ${label} PARENT_SCOPE)
    set(${out}_serial FALSE PARENT_SCOPE)
    if(head MATCHES "label: *(quick|full|soak) serial")
        set(${out}_serial TRUE PARENT_SCOPE)
    endif()
endfunction()

# fc_test_properties(TEST FILE): label, time limit, skip code and environment.
function(fc_test_properties test file)
    fc_label_of("${file}" label)
    set(limit_quick 120)
    if(CMAKE_C_FLAGS MATCHES "sanitize")
        set(limit_quick 900) # some tests take ten times as long
    endif()
    set(limit_full 1800)
    set(limit_soak 14400)
    set_tests_properties(
        ${test}
        PROPERTIES LABELS ${label} RUN_SERIAL ${label_serial} TIMEOUT ${limit_${label}}
                   SKIP_RETURN_CODE 77 ENVIRONMENT
                   "FEATCACHE=${PROJECT_BINARY_DIR}/featcache;FC_SOURCE_DIR=${PROJECT_SOURCE_DIR};\
FC_BUILD_DIR=${PROJECT_BINARY_DIR};FC_SHARED_DIR=${PROJECT_SOURCE_DIR}/../shared;\
TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan.supp;\
UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1${fc_tsan_environment}")
endfunction()

# Everything a test program may include: all stages and the shared test helpers.
function(fc_test_program target)
    target_include_directories(${target} PRIVATE ${fc_stage_dirs} "${PROJECT_SOURCE_DIR}/tests")
    target_link_libraries(${target} PRIVATE fc_flags featcache_static fc_ext_system)
    get_property(libs GLOBAL PROPERTY FC_STAGE_LIBS)
    target_link_libraries(${target} PRIVATE ${libs})
    if(TARGET featcache_svg)
        target_compile_definitions(${target} PRIVATE FC_SVG_HELPER="$<TARGET_FILE:featcache_svg>")
        add_dependencies(${target} featcache_svg)
    endif()
    target_compile_definitions(
        ${target}
        PRIVATE FC_SVG_HELPER_INSTALLED="${CMAKE_INSTALL_FULL_LIBEXECDIR}/featcache/featcache-svg")
    # Paths under a temporary folder: one that is cut names nothing, and its test fails.
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -Wno-format-truncation)
    endif()
endfunction()

# fc_tests(FOLDER...): each tests/FOLDER/test_X.c is one program and the ctest test FOLDER.X.
function(fc_tests)
    foreach(folder IN LISTS ARGN)
        file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.c")
        foreach(file IN LISTS files)
            get_filename_component(target "${file}" NAME_WE)
            string(REGEX REPLACE "^test_" "${folder}." test ${target})
            add_executable(${target} "${file}")
            fc_test_program(${target})
            target_link_libraries(${target} PRIVATE fc_ext_cmocka fc_ext_kissfft)
            add_test(NAME ${test} COMMAND ${target})
            fc_test_properties(${test} "${file}")
        endforeach()
    endforeach()
endfunction()

# fc_scripts(FOLDER...): each tests/FOLDER/X.sh is the ctest test FOLDER.X. `_*.sh` are helpers.
function(fc_scripts)
    foreach(folder IN LISTS ARGN)
        file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/[a-z0-9]*.sh")
        foreach(file IN LISTS files)
            get_filename_component(name "${file}" NAME_WE)
            add_test(NAME ${folder}.${name} COMMAND bash "${file}")
            fc_test_properties(${folder}.${name} "${file}")
        endforeach()
    endforeach()
endfunction()

# fc_fuzzers(FOLDER): each fuzz_X.c is a fuzzer under FEATCACHE_FUZZ; everywhere else it replays
# FOLDER/corpus/X as the ctest test FOLDER.X.
function(fc_fuzzers folder)
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/fuzz_*.c")
    foreach(file IN LISTS files)
        get_filename_component(target "${file}" NAME_WE)
        string(REGEX REPLACE "^fuzz_" "" name ${target})
        set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/corpus/${name}")
        add_executable(${target} "${file}")
        fc_test_program(${target})
        if(FEATCACHE_FUZZ)
            target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
            target_link_options(${target} PRIVATE -fsanitize=fuzzer)
            add_test(NAME ${folder}.${name} COMMAND ${target} -runs=0 "${corpus}")
        else()
            target_sources(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/replay_main.c")
            add_test(NAME ${folder}.${name} COMMAND ${target} "${corpus}")
        endif()
        fc_test_properties(${folder}.${name} "${file}")
    endforeach()
endfunction()

# fc_benches(FOLDER): each bench_X.c is a program; ctest does not run it.
function(fc_benches folder)
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/bench_*.c")
    foreach(file IN LISTS files)
        get_filename_component(target "${file}" NAME_WE)
        add_executable(${target} "${file}")
        fc_test_program(${target})
    endforeach()
endfunction()
