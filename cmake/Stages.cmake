# fc_stage(NAME [USES stage...] [LIBS library...]): the folder src/NAME as the object library fc_NAME.
# Its include path is include/, its own folder and those in USES, nothing else.
# A folder without sources is left out, so that stages can land one at a time.
function(fc_stage name)
    cmake_parse_arguments(A "" "" "USES;LIBS" ${ARGN})
    set(dir "${CMAKE_CURRENT_SOURCE_DIR}/${name}")
    set_property(GLOBAL APPEND PROPERTY FC_STAGE_DIRS "${dir}")
    file(GLOB sources CONFIGURE_DEPENDS "${dir}/*.c")
    if(NOT sources)
        return()
    endif()

    set(target fc_${name})
    add_library(${target} OBJECT ${sources})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${dir}")
    foreach(used IN LISTS A_USES)
        target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${used}")
    endforeach()
    target_compile_definitions(${target} PRIVATE FC_BUILDING_LIBRARY
                                                 FC_BUILD_VERSION="${PROJECT_VERSION}")
    target_link_libraries(${target} PRIVATE fc_flags)
    foreach(lib IN LISTS A_LIBS)
        target_link_libraries(${target} PRIVATE fc_ext_${lib})
        set_property(GLOBAL APPEND PROPERTY FC_STAGE_LIBS fc_ext_${lib})
    endforeach()
    set_property(GLOBAL APPEND PROPERTY FC_STAGE_TARGETS ${target})
endfunction()

# Gather every stage into the static library NAME_static and the shared library NAME.
function(fc_library_of_stages name)
    get_property(stages GLOBAL PROPERTY FC_STAGE_TARGETS)
    get_property(libs GLOBAL PROPERTY FC_STAGE_LIBS)
    list(APPEND libs fc_ext_system)
    foreach(stage IN LISTS stages)
        list(APPEND objects $<TARGET_OBJECTS:${stage}>)
    endforeach()
    if(NOT objects)
        message(FATAL_ERROR "src/ has no stage with sources")
    endif()

    add_library(${name}_static STATIC ${objects})
    add_library(${name} SHARED ${objects})
    set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION}
                                             SOVERSION ${PROJECT_VERSION_MAJOR})
    set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name})
    foreach(target IN ITEMS ${name} ${name}_static)
        target_include_directories(
            ${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:fc_flags>)
        foreach(lib IN LISTS libs)
            target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${lib}>)
        endforeach()
    endforeach()
    # What came from a static archive (FAISS) stays inside.
    target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
    # clang leaves the symbols of its sanitizers to the program.
    if(NOT CMAKE_C_FLAGS MATCHES "sanitize")
        target_link_options(${name} PRIVATE -Wl,--no-undefined)
    endif()
endfunction()
