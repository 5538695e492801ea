# What every target of ours is compiled with.
add_library(pytune_flags INTERFACE)
target_compile_definitions(pytune_flags INTERFACE PYTUNE_VERSION="${PROJECT_VERSION}")
target_compile_options(pytune_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${PYTUNE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports overlapping copies inside std::string's own operator+ (GCC PR105329 and PR105651).
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(pytune_flags INTERFACE -Wno-restrict)
  endif()
  # What a function returns is taken for a part of any temporary argument, so of the key in lookup(table, "key") too
  # and of the LLVM view that a range is made of; all it found here are such.
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    target_compile_options(pytune_flags INTERFACE -Wno-dangling-reference)
  endif()
  # Instrumented code confuses gcc's flow analysis; its manual says to expect false positives from these.
  if(PYTUNE_SANITIZE)
    target_compile_options(pytune_flags INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow)
  endif()
  if(PYTUNE_SANITIZE MATCHES "thread")
    # Atomic fences stand in libstdc++ headers; gcc can only say that TSan does not model them.
    target_compile_options(pytune_flags INTERFACE -Wno-tsan)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++'s own std::stable_sort calls the deprecated std::get_temporary_buffer; read from a precompiled header, the
  # system header no longer counts as one.
  target_compile_options(pytune_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc takes each .cc file for a header here, whose classes must not use its anonymous namespace.
  target_compile_options(pytune_flags INTERFACE -Wno-subobject-linkage)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(pytune_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()
target_link_options(pytune_flags INTERFACE -Wl,--as-needed)
target_link_libraries(pytune_flags INTERFACE fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)

if(PYTUNE_SANITIZE)
  # For every target, gtest's headers included, so that all code of ours is seen.
  add_compile_options(-fsanitize=${PYTUNE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PYTUNE_SANITIZE})
endif()
if(PYTUNE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PYTUNE_FUZZ needs clang for libFuzzer: use the preset 'asan'")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
