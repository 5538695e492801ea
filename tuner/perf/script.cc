#include "perf/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "input/text.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestSymbolName = 300;
constexpr int kLargestPid = 1 << 22;  // Linux's PID_MAX_LIMIT

// The first functions of a process or a thread, in glibc, musl and CPython: a stack that has none
// of them among its outermost frames was cut off.
constexpr std::array<std::string_view, 12> kFirst = {"_start",
                                                     "__libc_start_main",
                                                     "__libc_start_call_main",
                                                     "main",
                                                     "Py_BytesMain",
                                                     "Py_Main",
                                                     "pymain_main",
                                                     "clone",
                                                     "clone3",
                                                     "__clone",
                                                     "start_thread",
                                                     "thread_start"};
constexpr std::size_t kOutermost = 4;

bool is_first(std::string_view frame) {
  frame = frame.substr(0, frame.find('@'));  // "__libc_start_main@@GLIBC_2.34"
  return std::find(kFirst.begin(), kFirst.end(), frame) != kFirst.end();
}

// "[libc.so.6]" for "/lib/libc.so.6".
std::string by_file(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::string name = printable(file, kLongestSymbolName);
  return name.empty() || name.front() == '[' ? "[unknown]" : "[" + name + "]";
}

// "<tab>  8dd15 _PyEval_EvalFrameDefault (/usr/bin/python3)"; empty when it is not.
std::string frame_of(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos) return "";
  line.remove_prefix(start);
  const std::size_t digits = line.find_first_not_of("0123456789abcdef");
  if (digits == 0 || digits == std::string_view::npos || line[digits] != ' ') return "";
  line.remove_prefix(digits + 1);
  // Names may hold blanks and parentheses; the file is what stands in the last ones.
  const std::size_t file = line.rfind(" (");
  if (file == std::string_view::npos || line.back() != ')') return "";
  const std::string_view symbol = line.substr(0, file);
  if (symbol == "[unknown]" || symbol.empty())
    return by_file(line.substr(file + 2, line.size() - file - 3));
  const std::string name = printable(symbol, kLongestSymbolName);
  return name.empty() ? "[unknown]" : name;
}

// The last number of "python3  5409 "; the command may hold anything. 0 when there is none.
int pid_of(std::string_view line) {
  const std::size_t end = line.find_last_not_of(" \t");
  if (end == std::string_view::npos) return 0;
  line = line.substr(0, end + 1);
  const std::size_t blank = line.find_last_of(" \t");
  if (blank != std::string_view::npos) line.remove_prefix(blank + 1);
  int pid = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), pid);
  const bool number = error == std::errc() && stop == line.data() + line.size();
  return number && pid > 0 && pid <= kLargestPid ? pid : 0;
}

class ScriptReader {
 public:
  // False: perf would not write this line here.
  bool read(std::string_view line) {
    if (line.empty()) {
      end_sample();
      return true;
    }
    if (line.front() == '\t') {
      const std::string frame = frame_of(line);
      if (!in_sample_ || frame.empty()) return false;
      if (frames_.size() < kDeepestStack) frames_.push_back(frame);
      return true;
    }
    end_sample();
    const int pid = pid_of(line);
    if (pid == 0) return false;
    result_.pids.insert(pid);
    in_sample_ = true;
    return true;
  }

  SampledStacks take() {
    end_sample();
    return std::move(result_);
  }

 private:
  void end_sample() {
    in_sample_ = false;
    if (frames_.empty()) return;
    std::reverse(frames_.begin(), frames_.end());
    ++result_.samples;
    if (stack_is_whole(frames_)) ++result_.whole;
    ++result_.stacks[frames_];
    frames_.clear();
  }

  SampledStacks result_;
  std::vector<std::string> frames_;
  bool in_sample_ = false;
};

}  // namespace

SampledStacks parse_perf_script(std::string_view text) {
  ScriptReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    // What was cut off at the size limit ends in the middle of a line.
    const bool complete = line.size() < text.size();
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!complete || reader.read(line)) continue;
    SampledStacks bad;
    bad.pids = reader.take().pids;
    bad.error = fmt::format("perf script's output, line {}, cannot be read: {}", number,
                            printable(line, 60));
    return bad;
  }
  SampledStacks result = reader.take();
  if (result.samples == 0) result.error = "perf took no samples";
  return result;
}

bool stack_is_whole(const std::vector<std::string>& stack) {
  const auto outermost =
      stack.begin() + static_cast<std::ptrdiff_t>(std::min(kOutermost, stack.size()));
  return std::any_of(stack.begin(), outermost, is_first);
}

}  // namespace pytune
