# cmake -DMODULE=FILE -P check_module.cmake: whether the linker added what changes the process that loads the module.
file(STRINGS "${MODULE}" found REGEX "^(set_fast_math|__crtfastmath)" LIMIT_COUNT 1)
if(found)
  file(REMOVE "${MODULE}")
  message(FATAL_ERROR "bf16mm: error: the compiler linked crtfastmath.o, which flushes subnormal numbers of the whole "
                      "process to zero; build with a compiler that does not add -ffast-math by itself")
endif()
