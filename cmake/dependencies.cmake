# Everything of others that the program is made with. Minimum versions are Debian 12's. What a room is compiled with it
# names in tuner/rooms by the folder of #include <...>: here is a target of that name for each.
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED CONFIG COMPONENTS program_options)  # options; Boost.Math (headers): Student's t
find_package(nlohmann_json 3.11 REQUIRED)                     # records and reports
find_package(fmt 9.1 REQUIRED)                                # text
find_package(LibArchive 3.6 REQUIRED)                         # tarballs, wheels, packages
find_package(CURL 7.88 REQUIRED)                              # sends results to Codespeed
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)          # SHA-256
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)  # compresses packages
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)    # pyperformance's programs are described in TOML
# The oldest that Debian 12 and 13 have comes first, then what Debian's testing has. Each major version is asked for by
# its name: LLVM's own check takes no range, and a request without a minor version for one that never was.
foreach(version IN ITEMS 19.1 22.1 21.1 20.1)
  string(REGEX MATCH "^[0-9]+" major ${version})
  find_package(LLVM ${version} QUIET CONFIG HINTS /usr/lib/llvm-${major}/lib/cmake/llvm)  # ELF, machine code, processors
  if(LLVM_FOUND)
    break()
  endif()
endforeach()
if(NOT LLVM_FOUND)
  message(FATAL_ERROR "LLVM 19 to 22 is not there; on Debian: apt-get install llvm-19-dev (or llvm-22-dev)")
endif()

# Debian's LLVM names libz3 by its place in the system; of a cross build, that is the root's.
if(CMAKE_SYSROOT)
  get_target_property(llvm_needs LLVMSupport INTERFACE_LINK_LIBRARIES)
  list(TRANSFORM llvm_needs REPLACE "^/usr/" "${CMAKE_SYSROOT}/usr/")
  set_target_properties(LLVMSupport PROPERTIES INTERFACE_LINK_LIBRARIES "${llvm_needs}")
endif()
# The component archives and not the one libLLVM.so: loading that takes longer than `pytune --help` may take in all.
# Of its targets only the disassemblers of the two architectures, which `pytune inspect` reads programs with.
llvm_map_components_to_libnames(llvm_libraries support object targetparser mc mcdisassembler debuginfodwarf
  aarch64desc aarch64disassembler aarch64info x86desc x86disassembler x86info)

function(pytune_library name)
  add_library(pytune_library_${name} INTERFACE)
  target_link_libraries(pytune_library_${name} INTERFACE ${ARGN})
endfunction()
pytune_library(archive LibArchive::LibArchive)
pytune_library(boost Boost::headers Boost::program_options)
pytune_library(curl CURL::libcurl)
pytune_library(llvm ${llvm_libraries})
target_include_directories(pytune_library_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
pytune_library(openssl OpenSSL::Crypto)
pytune_library(toml++)
target_include_directories(pytune_library_toml++ SYSTEM INTERFACE "${TOMLPLUSPLUS_INCLUDE_DIR}")
pytune_library(zstd PkgConfig::ZSTD)
