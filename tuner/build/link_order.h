// Another order of the same objects on the linker's command line.
//
// Where a function comes to lie decides which of its lines share cache sets and branch entries with
// others', and moves a benchmark by several percent without any flag having changed (Mytkowicz,
// Diwan, Hauswirth, Sweeney 2009: link order alone moved SPEC by up to 8 %). One binary is one
// sample of that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pytune {

// The lists of objects that libpython is linked from, as variables for make's command line
// ("OBJECT_OBJS=Objects/a.o Objects/b.o"), each in an order of its own drawn from `seed`: the same
// seed, the same order. `makefile` is the text of a configured CPython's Makefile; of the lists it
// lacks, or that hold fewer than two words, there is none.
std::vector<std::string> shuffled_link_order(const std::string& makefile, std::uint64_t seed);

}  // namespace pytune
