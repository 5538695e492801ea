# The results are what model/ says, bit by bit, whatever flags come from the user's CFLAGS and LDFLAGS, pip's or conda's:
# words that change floating-point arithmetic are taken out of them, and said. One of them on the link line is enough for
# gcc to add crtfastmath.o, which has the whole process flush subnormal numbers to zero (gcc bug 55522).
set(BF16MM_ARITHMETIC_WORDS
  -Ofast -ffast-math -funsafe-math-optimizations -fassociative-math -freciprocal-math -ffinite-math-only
  -fno-signed-zeros -fno-trapping-math -fno-rounding-math -frounding-math -fsingle-precision-constant -fcx-[^ ]*
  -fexcess-precision=[^ ]* -ffp-[^ ]* -fp-model[= ][^ ]* -fdenormal-fp-math[^ ]* -fno-honor-[^ ]* -fapprox-func
  -fno-denormals -mfpmath=[^ ]* -mdaz-ftz -mpc[0-9]+ -mrecip[^ ]* -mlow-precision-[^ ]*
  # Optimizing at link time would mix code for different processors.
  -flto[^ ]* -fwhole-program)
string(REPLACE ";" "|" arithmetic_words "${BF16MM_ARITHMETIC_WORDS}")

function(bf16mm_leave_out_words variable)
  set(text " ${${variable}} ")
  set(dropped "")
  while(text MATCHES " (${arithmetic_words}) ")
    string(APPEND dropped " ${CMAKE_MATCH_1}")
    string(REPLACE " ${CMAKE_MATCH_1} " " " text "${text}")
  endwhile()
  if(dropped)
    message(STATUS "bf16mm: left out of ${variable}, for they change arithmetic:${dropped}")
    string(STRIP "${text}" text)
    set(${variable} "${text}" PARENT_SCOPE)
  endif()
endfunction()

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
foreach(variable CMAKE_C_COMPILER_ARG1 CMAKE_ASM_COMPILER_ARG1 CMAKE_C_FLAGS CMAKE_C_FLAGS_${build_type} CMAKE_ASM_FLAGS
        CMAKE_ASM_FLAGS_${build_type} CMAKE_MODULE_LINKER_FLAGS CMAKE_MODULE_LINKER_FLAGS_${build_type}
        CMAKE_EXE_LINKER_FLAGS CMAKE_EXE_LINKER_FLAGS_${build_type})
  bf16mm_leave_out_words(${variable})
endforeach()
