#include "perf/stack_tree.h"

namespace pytune {

void add_stack(StackTree& root, const std::vector<std::string>& frames, long samples) {
  root.samples += samples;
  StackTree* place = &root;
  for (const std::string& frame : frames) {
    place = &place->called[frame];
    place->samples += samples;
  }
}

}  // namespace pytune
