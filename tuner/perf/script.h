// What `perf script` writes of sampled call stacks, read as if an enemy had written it: names of
// functions come from the program that was sampled.
//
// With -F comm,pid,ip,sym,dso: a line with command and process, a line per frame ("<tab> address
// symbol (file)", the innermost first), and an empty line (perf-script(1)).
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct SampledStacks {
  std::map<std::vector<std::string>, long> stacks;  // frames, the outermost first; how often seen
  long samples = 0;
  long whole = 0;      // of those, stacks that reach the start of their thread
  std::set<int> pids;  // processes that were sampled
  std::string error;   // one line; empty: the above holds, else `pids` only
};

// Never throws for any input. Frames are lines of valid UTF-8; a frame without a symbol goes by its
// file, "[libc.so.6]". Stacks deeper than kDeepestStack lose their outermost frames.
SampledStacks parse_perf_script(std::string_view text);

inline constexpr std::size_t kDeepestStack = 512;

// Whether it reaches the start of its thread: has one of libc's or CPython's first functions among
// its outermost frames.
bool stack_is_whole(const std::vector<std::string>& stack);

}  // namespace pytune
