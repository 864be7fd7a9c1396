# What `cmake --install` puts where: the shared library, the public headers, the program, man pages,
# and the package files for CMake (featcache::featcache) and pkg-config.
#
# Only the shared library is installed: FAISS is inside it, so users link one file.
include(CMakePackageConfigHelpers)

install(TARGETS featcache EXPORT featcache LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/featcache" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
if(TARGET featcache_program)
    install(TARGETS featcache_program DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
file(GLOB man_pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/man/*.1")
if(man_pages)
    install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/THIRD-PARTY.md"
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/featcache)
install(EXPORT featcache NAMESPACE featcache:: FILE featcacheConfig.cmake
        DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/featcacheConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/featcacheConfigVersion.cmake" DESTINATION ${package_dir})

# Relative to the .pc file, so that the prefix may be moved (or given at install time).
file(RELATIVE_PATH FC_PC_PREFIX "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
configure_file("${PROJECT_SOURCE_DIR}/cmake/featcache.pc.in" "${PROJECT_BINARY_DIR}/featcache.pc"
               @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/featcache.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
