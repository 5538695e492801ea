// Every executable byte, disassembled once, function by function.
#include <fmt/format.h>
#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "binary/binary.h"
#include "binary/disassembler.h"
#include "binary/functions.h"

namespace pytune {
namespace {

constexpr std::size_t kNamedFunctions = 10;  // of those that use a feature
constexpr unsigned kPrologue = 12;           // instructions in which a frame is set up
// Of functions that a profile calls cold gcc aligns 1 in 4 by chance (AArch64), of the others at
// least 3 in 4; in files without such a border the share wanders by less than 0.2.
constexpr double kBorderFall = 0.3;
// Without a profile too, gcc puts the functions first that only end the program: 1 in 10 of PyPy's.
constexpr std::size_t kSmallestShare = 5;  // 1 in 5 on each side
constexpr std::string_view kEvaluationLoop = "_PyEval_EvalFrameDefault";

// Endings of functions of which there is one for each kind of processor, chosen at run time.
constexpr std::string_view kDispatchedWords[] = {
    "avx512",  "avx2",    "avx",   "sse42", "sse4",  "ssse3", "sse2", "evex",
    "simd128", "simd256", "shani", "aesni", "bmi2",  "clmul", "lse",  "armv8",
    "neon",    "sve",     "crc32", "pmull", "asimd", "mops",  "erms",
};

// "memcpy_avx_unaligned", "Hacl_Hash_Blake2s_Simd128_init": a word between underscores or dots.
bool named_for_a_processor(std::string_view name) {
  std::size_t at = 0;
  while (at <= name.size()) {
    const auto end = std::min(name.find_first_of("_.", at), name.size());
    std::string word(name.substr(at, end - at));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (at > 0 && std::find(std::begin(kDispatchedWords), std::end(kDispatchedWords), word) !=
                      std::end(kDispatchedWords))
      return true;
    at = end + 1;
  }
  return false;
}

// The helpers of -moutline-atomics (libgcc's config/aarch64/lse.S, compiler-rt's
// lib/builtins/aarch64/lse.S) ask whether the processor has LSE, then do either: adrp x16; ldrb
// w16, [x16, ...]; cbz w16. So they are known in stripped files too.
bool outline_helper(std::string_view code) {
  constexpr std::uint32_t kBti = 0xd503245f;  // bti c
  const std::size_t start = code.size() >= 4 && word_at(code, 0) == kBti ? 4 : 0;
  if (code.size() < start + 12) return false;
  return (word_at(code, start) & 0x9f00001fU) == 0x90000010U &&
         (word_at(code, start + 4) & 0xffc003ffU) == 0x39400210U &&
         (word_at(code, start + 8) & 0xff00001fU) == 0x34000010U;
}

// int3, nop and its long forms, udf #0: what linkers fill gaps with.
bool is_padding(std::string_view gap) {
  return gap.size() < 16 || gap.find_first_not_of(std::string_view("\x00\x90\xcc\x1f\xd5\x03\x20",
                                                                   7)) == std::string_view::npos;
}

struct Use {
  std::uint64_t instructions = 0;
  std::uint64_t dispatched = 0;
  std::uint64_t functions = 0;
  std::uint64_t last_function = UINT64_MAX;
  std::vector<std::string> plain_names;  // of functions that are not dispatched
  std::vector<std::string> dispatched_names;
  bool first_is_dispatched = false;
  std::string first_function;
  std::uint64_t first_address = 0;
  std::string first_instruction;
};

class CodeReader {
 public:
  CodeReader(const Image& image, Hardening& hardening)
      : image_(image),
        hardening_(hardening),
        arm_(image.machine == Machine::aarch64),
        disassembler_(Disassembler::of(image.machine)),
        functions_(function_ranges(image)),
        data_(data_in_code(image)),
        jumps_(functions_.size(), 0) {}

  Code read() {
    code_.functions = functions_.size();
    for (const auto& part : executable_parts(image_)) read_part(part);
    for (const auto& [target, calls] : calls_)
      if (helpers_.contains(target)) code_.atomics.outline_calls += calls;
    find_border();
    find_loop();
    finish_features();
    hardening_.functions = functions_.size();
    return std::move(code_);
  }

 private:
  // What one function has shown so far.
  struct State {
    std::uint64_t index = UINT64_MAX;  // in functions_; none: between functions
    bool dispatched = false;
    bool helper = false;
    bool calls = false;
    bool frame = false;
    bool frame_pointer = false;
    bool split = false;
    unsigned count = 0;  // instructions
  };

  void read_part(const ImageSection& part) {
    code_.bytes += part.bytes.size();
    std::uint64_t at = part.address;
    const std::uint64_t end = part.address + part.bytes.size();
    auto function = std::lower_bound(
        functions_.begin(), functions_.end(), at,
        [](const FunctionRange& range, std::uint64_t address) { return range.end <= address; });
    const auto between = [&](std::uint64_t from, std::uint64_t to) {
      return part.bytes.substr(static_cast<std::size_t>(from - part.address),
                               static_cast<std::size_t>(to - from));
    };
    for (; function != functions_.end() && function->start < end; ++function) {
      const std::uint64_t start = std::max(function->start, at);
      if (start > at) read_gap(between(at, start), at);
      const std::uint64_t stop = std::min(function->end, end);
      read_function(between(start, stop), start,
                    static_cast<std::uint64_t>(function - functions_.begin()));
      at = stop;
    }
    if (at < end) read_gap(between(at, end), at);
  }

  void read_gap(std::string_view bytes, std::uint64_t address) {
    if (is_padding(bytes)) return;
    code_.between_functions += bytes.size();
    State state;
    walk(bytes, address, state);
  }

  void read_function(std::string_view bytes, std::uint64_t address, std::uint64_t index) {
    const FunctionRange& function = functions_[index];
    State state;
    state.index = index;
    state.helper = arm_ && outline_helper(bytes);
    state.dispatched = state.helper || function.ifunc || named_for_a_processor(function.name);
    if (state.helper) {
      helpers_.insert(function.start);
      ++code_.atomics.outline_helpers;
    }
    if (function.name.starts_with("_TAIL_CALL_") && !function.name.ends_with(".cold"))
      ++code_.dispatch.tail_call_handlers;
    walk(bytes, address, state);
    if (state.split) ++code_.split_functions;
    if (state.frame && state.calls) {
      ++code_.framed_functions;
      if (state.frame_pointer) ++code_.frame_pointers;
    }
  }

  // Whether there is data at an address; then up to where.
  std::uint64_t data_end(std::uint64_t address) const {
    const auto next = std::upper_bound(data_.begin(), data_.end(), std::pair(address, UINT64_MAX));
    if (next == data_.begin() || std::prev(next)->second <= address) return 0;
    return std::prev(next)->second;
  }

  void walk(std::string_view bytes, std::uint64_t address, State& state) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      if (const std::uint64_t data = data_end(address + at); data != 0) {
        if (data - address >= bytes.size()) return;
        at = static_cast<std::size_t>(data - address);
        continue;
      }
      Instruction instruction;
      const bool good = disassembler_.decode(bytes.substr(at), address + at, instruction);
      at += std::max(1U, instruction.size);
      if (!good) {
        if (state.index != UINT64_MAX) code_.undecoded_bytes += instruction.size;
        continue;
      }
      ++code_.instructions;
      if (state.index == UINT64_MAX) {
        if (!instruction.features->empty()) ++code_.architecture.doubtful_instructions;
        if (instruction.call) ++calls_[instruction.target];
        continue;
      }
      see(instruction, state);
      ++state.count;
    }
  }

  void see(const Instruction& instruction, State& state) {
    const FunctionRange& function = functions_[state.index];
    if (state.count == 0 && instruction.landing_pad) ++hardening_.landing_pads;
    if (state.count < kPrologue) {
      if (instruction.signs_return) ++hardening_.signed_returns;
      state.frame |= instruction.makes_frame;
      state.frame_pointer |= instruction.sets_frame_pointer;
    }
    state.calls |= instruction.call;
    if (instruction.indirect_branch) ++jumps_[state.index];
    if (instruction.call && instruction.target != 0) ++calls_[instruction.target];
    if (instruction.direct_branch && !state.split &&
        (instruction.target < function.start || instruction.target >= function.end))
      state.split = enters_the_middle(instruction.target);
    if (instruction.locked) ++code_.atomics.locked;
    if (instruction.exclusive_store && !state.helper) ++code_.atomics.exclusive_loops;
    for (const auto feature : *instruction.features) use(feature, instruction, state);
  }

  // Compilers jump to another function's start to call it last, and into its middle only when it
  // is the rest of their own.
  bool enters_the_middle(std::uint64_t target) const {
    const auto next = std::upper_bound(
        functions_.begin(), functions_.end(), target,
        [](std::uint64_t address, const FunctionRange& range) { return address < range.start; });
    if (next == functions_.begin()) return false;
    const FunctionRange& entered = *std::prev(next);
    return target > entered.start && target < entered.end;
  }

  void use(unsigned feature, const Instruction& instruction, const State& state) {
    Use& use = uses_[feature];
    ++use.instructions;
    if (state.dispatched) ++use.dispatched;
    if (!state.helper && disassembler_.feature_name(feature) == "lse") ++code_.atomics.lse;
    const FunctionRange& function = functions_[state.index];
    if (use.instructions == 1 || (use.first_is_dispatched && !state.dispatched)) {
      use.first_is_dispatched = state.dispatched;
      use.first_function = shown_name(function);
      use.first_address = instruction.address;
      use.first_instruction = disassembler_.text();
    }
    if (use.last_function == state.index) return;
    use.last_function = state.index;
    ++use.functions;
    auto& names = state.dispatched ? use.dispatched_names : use.plain_names;
    if (names.size() < kNamedFunctions) names.push_back(shown_name(function));
  }

  // Where the share of unaligned functions falls most, by the change-point statistic of two means
  // of unlike weight: the fall times sqrt(before * after).
  void find_border() {
    const auto total = functions_.size();
    std::vector<std::size_t> unaligned(total + 1, 0);  // among the first so many
    for (std::size_t i = 0; i < total; ++i)
      unaligned[i + 1] = unaligned[i] + (functions_[i].start % 16 != 0 ? 1 : 0);
    double largest = 0;
    double fall_there = 0;
    std::size_t border = 0;
    for (std::size_t i = 1; i < total; ++i) {
      const auto before = static_cast<double>(i);
      const auto after = static_cast<double>(total - i);
      const double fall = static_cast<double>(unaligned[i]) / before -
                          static_cast<double>(unaligned[total] - unaligned[i]) / after;
      if (fall * std::sqrt(before * after) <= largest) continue;
      largest = fall * std::sqrt(before * after);
      fall_there = fall;
      border = i;
    }
    const std::size_t smallest = total / kSmallestShare;
    if (fall_there >= kBorderFall && border >= smallest && total - border >= smallest)
      code_.unaligned_first = border;
  }

  void find_loop() {
    Dispatch& dispatch = code_.dispatch;
    std::size_t loop = functions_.size();
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      const auto name = functions_[i].name;
      const bool named = name == kEvaluationLoop || (name.starts_with(kEvaluationLoop) &&
                                                     name[kEvaluationLoop.size()] == '.' &&
                                                     name.find(".cold") == std::string_view::npos);
      if (named && (!dispatch.by_name || jumps_[i] > jumps_[loop])) {
        loop = i;
        dispatch.by_name = true;
      }
    }
    if (!dispatch.by_name) {
      const auto most = std::max_element(jumps_.begin(), jumps_.end());
      if (most == jumps_.end() || *most == 0) return;
      loop = static_cast<std::size_t>(most - jumps_.begin());
    }
    dispatch.function = shown_name(functions_[loop]);
    dispatch.indirect_jumps = jumps_[loop];
    dispatch.bytes = functions_[loop].end - functions_[loop].start;
  }

  void finish_features() {
    std::set<unsigned> plain;
    std::set<unsigned> all;
    for (auto& [feature, use] : uses_) {
      all.insert(feature);
      if (use.instructions > use.dispatched) plain.insert(feature);
      FeatureUse shown;
      shown.feature = disassembler_.feature_name(feature);
      shown.instructions = use.instructions;
      shown.dispatched = use.dispatched;
      shown.functions = std::move(use.plain_names);
      for (auto& name : use.dispatched_names)
        if (shown.functions.size() < kNamedFunctions) shown.functions.push_back(std::move(name));
      shown.function_count = use.functions;
      shown.first_function = std::move(use.first_function);
      shown.first_address = use.first_address;
      shown.first_instruction = std::move(use.first_instruction);
      code_.architecture.features.push_back(std::move(shown));
    }
    std::sort(code_.architecture.features.begin(), code_.architecture.features.end(),
              [](const auto& a, const auto& b) { return a.feature < b.feature; });
    const MinimumArchitecture minimum = disassembler_.minimum(plain);
    code_.architecture.minimum = minimum.spelling;
    code_.architecture.minimum_version = minimum.version;
    code_.architecture.with_dispatched = disassembler_.minimum(all).spelling;
  }

  const Image& image_;
  Hardening& hardening_;
  bool arm_;
  Disassembler& disassembler_;
  std::vector<FunctionRange> functions_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> data_;
  std::vector<std::uint64_t> jumps_;                        // indirect ones, of each function
  std::unordered_map<std::uint64_t, std::uint64_t> calls_;  // by target
  std::unordered_set<std::uint64_t> helpers_;               // starts of outline helpers
  std::map<unsigned, Use> uses_;
  Code code_;
};

}  // namespace

Code inspect_code(const Image& image, Hardening& hardening) {
  return CodeReader(image, hardening).read();
}

}  // namespace pytune
