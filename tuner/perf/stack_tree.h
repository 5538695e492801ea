// Sampled stacks, those that begin alike in one place.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pytune {

struct StackTree {
  long samples = 0;  // in this frame and those it called
  std::map<std::string, StackTree> called = {};
};

// Adds stacks seen `samples` times below `root`; frames from the outermost.
void add_stack(StackTree& root, const std::vector<std::string>& frames, long samples);

}  // namespace pytune
