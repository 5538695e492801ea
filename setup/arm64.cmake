# Toolchain file of the preset 'arm64': pytune itself for an Arm server, made on another machine by clang and lld, with
# the headers and libraries of the root that PYTUNE_ARM_ROOT names (setup/arm-root prints it).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

# CMake reads this file again for each of its trial programs, by then without the variable of the environment.
if(NOT DEFINED PYTUNE_ARM_ROOT)
  set(PYTUNE_ARM_ROOT "$ENV{PYTUNE_ARM_ROOT}")
endif()
if(NOT IS_DIRECTORY "${PYTUNE_ARM_ROOT}/usr/include")
  message(FATAL_ERROR "no root for arm64: set PYTUNE_ARM_ROOT to what setup/arm-root prints")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PYTUNE_ARM_ROOT)

set(CMAKE_SYSROOT "${PYTUNE_ARM_ROOT}")
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
add_link_options(-fuse-ld=lld-19)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${PYTUNE_ARM_ROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${PYTUNE_ARM_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${PYTUNE_ARM_ROOT}/usr/share/pkgconfig")
