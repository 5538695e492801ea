// What is said of a sweep in a sentence.
#pragma once

#include <string>
#include <vector>

#include "result/sweep_result.h"

namespace pytune {

// "confirmed on fresh rounds and over 3 rebuilds"; empty for what was not confirmed.
std::string confirmation_words(bool confirmed, int rebuilds);

// "1.310x faster than the baseline (95 % interval 1.290-1.330), confirmed on fresh rounds", or why
// there is no such figure.
std::string speed_sentence(const SweepResult& result, const Build& build);

// "CPython's own tests: 4100 in 82 files, 2 fail, as on the baseline"; empty for a build on which
// they were not run.
std::string tests_sentence(const SweepResult& result, const Build& build);
// "Run it with: export PYTHON_JIT=1"; empty for a build that was measured without variables.
std::string run_with_sentence(const Build& build);
// "Lacks the modules _lzma, _tkinter"; empty for one that has all.
std::string modules_sentence(const Build& build);

// Every warning once, in order: the sweep's, the comparisons', the measurement's notes, and flags
// that did not take.
std::vector<std::string> all_warnings(const SweepResult& result);

}  // namespace pytune
