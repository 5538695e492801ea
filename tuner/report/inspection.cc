// One file: the rows of one table, each of a few lines, and what prints them.
#include "report/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "input/text.h"
#include "report/text.h"

namespace pytune {
namespace {

constexpr std::size_t kNarrowestText = 24;
constexpr std::size_t kGap = 2;

using Lines = std::vector<std::string>;

struct Row {
  const char* label;  // without cells: a heading
  Lines (*cell)(const Inspection&);
};

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "none";
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string kilobytes(std::uint64_t bytes) { return fmt::format("{} kB", (bytes + 500) / 1000); }

const char* yes_no(bool value) { return value ? "yes" : "no"; }

// A cell of both files: the program's, and the library's where it says something else.
Lines both(const Inspection& inspection, std::string (*text)(const Binary&)) {
  const std::string program = text(inspection.program.binary);
  if (!inspection.library) return {program};
  const std::string library = text(inspection.library->binary);
  if (library == program) return {program};
  return {"program: " + program, "library: " + library};
}

Lines evidence(const Traces& found) {
  if (found.empty()) return {"no evidence"};
  Lines lines;
  for (const auto& line : found) lines.push_back(printable(line));
  return lines;
}

Lines declared_cell(const Inspection& inspection, Optimization optimization) {
  if (inspection.sysconfig_path.empty()) return {"no sysconfig beside it"};
  if (!inspection.sysconfig_problem.empty()) return {"sysconfig cannot be read"};
  const auto words = declared(inspection, optimization);
  return words.empty() ? Lines{"not declared"} : words;
}

Lines library_cell(const Inspection& inspection) {
  if (inspection.library)
    return {"shared: " +
            printable(std::filesystem::path(inspection.library->path).filename().string())};
  if (!inspection.missing_library.empty())
    return {fmt::format("shared, but {} is not beside it: what follows is of the program alone",
                        printable(inspection.missing_library))};
  return {inspection.program.binary.linking.executable ? "static" : "a library itself"};
}

// The first of the files that take something from the whole program, by name.
std::string names_of(const std::vector<const ProgramFile*>& files) {
  constexpr std::size_t kMostNames = 3;
  std::string names;
  for (const ProgramFile* file : files) {
    if (file == files[std::min(files.size(), kMostNames) - 1] && !names.empty() &&
        files.size() > kMostNames)
      return fmt::format("{} and {} more", names, files.size() - kMostNames + 1);
    names += (names.empty() ? "" : ", ") +
             printable(std::filesystem::path(file->path).filename().string());
  }
  return names;
}

// That it is of two files alone, which rows are about, is no more than these say.
bool says_more(const Inspection& inspection) {
  return inspection.files.size() > (inspection.library ? 2U : 1U);
}

std::string pie_text(const Binary& binary) {
  if (!binary.linking.executable) return "a library";
  return yes_no(binary.linking.position_independent);
}

std::string stack_text(const Binary& binary) {
  return binary.linking.executable_stack ? "executable" : "not executable";
}

Lines stack_cell(const Inspection& inspection) {
  Lines lines = both(inspection, stack_text);
  const auto asking = with_executable_stack(inspection);
  if (says_more(inspection) && !asking.empty())
    lines.push_back("whole program: executable, by " + names_of(asking));
  return lines;
}

std::string writable_code_text(const Binary& binary) {
  if (binary.linking.writable_code) return "yes: a segment is writable and executable";
  return binary.linking.text_relocations ? "yes, when it starts: text relocations" : "no";
}

std::string protector_text(const Binary& binary) {
  return binary.hardening.stack_protector.empty() ? "no evidence"
                                                  : binary.hardening.stack_protector.front();
}

std::string branches_text(const Binary& binary) {
  return binary.hardening.declared.empty()
             ? "none"
             : fmt::format("{}", fmt::join(binary.hardening.declared, ", "));
}

// A process is protected by what all of its files declare.
Lines branches_cell(const Inspection& inspection) {
  Lines lines = both(inspection, branches_text);
  if (!says_more(inspection)) return lines;
  for (const std::string& name : inspection.core().binary.hardening.declared) {
    const auto without = without_protection(inspection, name);
    lines.push_back(without.empty()
                        ? fmt::format("{}: in all {} files", name, inspection.files.size())
                        : fmt::format("{}: not in {} of {} files: {}", name, without.size(),
                                      inspection.files.size(), names_of(without)));
  }
  return lines;
}

Lines branch_code_cell(const Inspection& inspection) {
  const Binary& binary = inspection.core().binary;
  const Hardening& hardening = binary.hardening;
  const bool arm = binary.machine == Machine::aarch64;
  Lines lines = {fmt::format("{} in {} of functions", arm ? "BTI" : "ENDBR64",
                             percent_of(hardening.landing_pads, hardening.functions))};
  if (arm)
    lines.push_back(
        fmt::format("PAC in {}", percent_of(hardening.signed_returns, hardening.functions)));
  return lines;
}

Lines compiler_cell(const Inspection& inspection) {
  const Compilation& compilation = inspection.core().binary.compilation;
  return compilation.compilers.empty() ? Lines{"not recorded"} : evidence(compilation.compilers);
}

Lines features_cell(const Inspection& inspection) {
  Lines lines;
  const Architecture& architecture = inspection.core().binary.code.architecture;
  for (const auto& use : architecture.features)
    lines.push_back(printable(
        fmt::format("{}: {} in {} function{}{}, first {} at 0x{:x}: {}", use.feature,
                    use.instructions, use.function_count, use.function_count == 1 ? "" : "s",
                    use.dispatched == 0 ? ""
                    : use.dispatched == use.instructions
                        ? " chosen at run time"
                        : fmt::format(" ({} chosen at run time)", use.dispatched),
                    use.first_function, use.first_address, use.first_instruction)));
  if (architecture.doubtful_instructions > 0)
    lines.push_back(
        fmt::format("outside known functions {}, maybe data", architecture.doubtful_instructions));
  return lines.empty() ? Lines{"none"} : lines;
}

Lines minimum_cell(const Inspection& inspection) {
  const Architecture& architecture = inspection.core().binary.code.architecture;
  Lines lines = {architecture.minimum};
  if (!architecture.minimum_version.empty() && architecture.minimum_version != architecture.minimum)
    lines.push_back(fmt::format("all of it in {}", architecture.minimum_version));
  return lines;
}

Lines atomics_cell(const Inspection& inspection) {
  const Binary& binary = inspection.core().binary;
  const Atomics& atomics = binary.code.atomics;
  if (binary.machine == Machine::x86_64) return {fmt::format("{} inline (lock)", atomics.locked)};
  Lines lines;
  if (atomics.outline_helpers > 0)
    lines.push_back(fmt::format("outline: {} calls of {} helpers", atomics.outline_calls,
                                atomics.outline_helpers));
  if (atomics.lse > 0) lines.push_back(fmt::format("inline LSE: {}", atomics.lse));
  if (atomics.exclusive_loops > 0)
    lines.push_back(fmt::format("inline exclusive loops: {}", atomics.exclusive_loops));
  return lines.empty() ? Lines{"none"} : lines;
}

Lines frame_pointer_cell(const Inspection& inspection) {
  const Code& code = inspection.core().binary.code;
  return {fmt::format("in {} of {} functions with a frame",
                      percent_of(code.frame_pointers, code.framed_functions),
                      code.framed_functions)};
}

// Few jumps: every opcode's code goes back to one place. Many: each jumps on by itself.
constexpr std::uint64_t kFewJumps = 10;

Lines dispatch_cell(const Inspection& inspection) {
  const Dispatch& dispatch = inspection.core().binary.code.dispatch;
  if (dispatch.tail_call_handlers > 0)
    return {fmt::format("tail calls: {} functions _TAIL_CALL_*", dispatch.tail_call_handlers)};
  if (dispatch.function.empty()) return {"no indirect jump found"};
  Lines lines = {fmt::format("{} indirect jump{} in {}", dispatch.indirect_jumps,
                             dispatch.indirect_jumps == 1 ? "" : "s",
                             printable(dispatch.function))};
  if (!dispatch.by_name)
    lines.emplace_back("(no _PyEval_EvalFrameDefault: the function with the most)");
  else if (dispatch.indirect_jumps > kFewJumps)
    lines.emplace_back("replicated (computed goto)");
  else
    lines.emplace_back("shared (switch, merged computed goto, or tail calls)");
  return lines;
}

// Few are built with them: no row where no file has any.
Lines probes_cell(const Inspection& inspection) {
  Lines lines;
  for (const Probe& probe : inspection.core().binary.probes)
    lines.push_back(printable(fmt::format(
        "{}{}", probe.name, probe.places == 1 ? "" : fmt::format(" ({} places)", probe.places))));
  return lines;
}

std::string pages_text(const Binary& binary) {
  return fmt::format("{} KiB{}", binary.linking.segment_align / 1024,
                     binary.linking.pages_64k ? "" : ": not for 64 KiB kernels");
}

// Kernels with pages of 64 KiB are Arm's; one file that is not aligned for them stops the program.
Lines pages_cell(const Inspection& inspection) {
  Lines lines = both(inspection, pages_text);
  const auto without = without_64k_pages(inspection);
  if (says_more(inspection) && !without.empty() &&
      inspection.program.binary.machine == Machine::aarch64)
    lines.push_back(fmt::format("not for 64 KiB kernels: {} of {} files: {}", without.size(),
                                inspection.files.size(), names_of(without)));
  return lines;
}

std::string glibc_text(const Binary& binary) {
  const Linking& linking = binary.linking;
  if (linking.libc != Libc::glibc && linking.libc != Libc::none)
    return fmt::format("none: it needs {}{}", name_of(linking.libc),
                       linking.libc == Libc::bionic ? ", Android's" : "");
  if (linking.libc == Libc::none && linking.glibc.empty()) return "none: it needs no C library";
  std::string text = linking.glibc.empty() ? "any" : printable(linking.glibc);
  for (const std::string& name : linking.glibc_beyond) text += ", with " + printable(name);
  return text;
}

Lines libraries_cell(const Inspection& inspection) {
  Lines lines;
  for (const auto* file : {&inspection.program, &inspection.core()})
    for (const auto& library : file->binary.linking.beyond_manylinux) {
      const std::string name = printable(library);
      const bool own =
          inspection.library && std::filesystem::path(inspection.library->path).filename() ==
                                    std::filesystem::path(library).filename();
      if (!own && std::find(lines.begin(), lines.end(), name) == lines.end()) lines.push_back(name);
    }
  return lines.empty() ? Lines{"none"} : lines;
}

// Which the program or a module of its standard library needs.
Lines missing_cell(const Inspection& inspection) {
  constexpr std::size_t kMostNames = 6;
  std::vector<std::string> names;
  names.reserve(inspection.missing_files.size());
  for (const std::string& name : inspection.missing_files) names.push_back(printable(name));
  if (names.empty()) return {"none"};
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(names.size() - more);
  return {fmt::format("{}{}", fmt::join(names, ", "),
                      more == 0 ? "" : fmt::format(" and {} more", more))};
}

const Row kRows[] = {
    {"machine",
     [](const Inspection& i) -> Lines { return {machine_name(i.program.binary.machine)}; }},
    {"Python version",
     [](const Inspection& i) -> Lines {
       const auto& version = i.core().binary.python_version;
       const bool free = i.core().binary.abi_flags.find('t') != std::string::npos;
       return {(version.empty() ? "not found" : version) + (free ? ", free-threaded" : "")};
     }},
    {"libpython", library_cell},
    {"Hardening", nullptr},
    {"PIE", [](const Inspection& i) { return both(i, pie_text); }},
    {"RELRO",
     [](const Inspection& i) {
       return both(i, [](const Binary& b) -> std::string { return relro_name(b.linking.relro); });
     }},
    {"BIND_NOW",
     [](const Inspection& i) {
       return both(i, [](const Binary& b) -> std::string { return yes_no(b.linking.bind_now); });
     }},
    {"stack", stack_cell},
    {"writable code", [](const Inspection& i) { return both(i, writable_code_text); }},
    {"stack protector", [](const Inspection& i) { return both(i, protector_text); }},
    {"branches, declared", branches_cell},
    {"branches, in code", branch_code_cell},
    {"Compilation", nullptr},
    {"compiler", compiler_cell},
    {"LTO", [](const Inspection& i) { return evidence(i.core().binary.compilation.lto); }},
    {"LTO, declared", [](const Inspection& i) { return declared_cell(i, Optimization::lto); }},
    {"PGO", [](const Inspection& i) { return evidence(i.core().binary.compilation.pgo); }},
    {"PGO, declared", [](const Inspection& i) { return declared_cell(i, Optimization::pgo); }},
    {"BOLT", [](const Inspection& i) { return evidence(i.core().binary.compilation.bolt); }},
    {"BOLT, declared", [](const Inspection& i) { return declared_cell(i, Optimization::bolt); }},
    {"Code", nullptr},
    {"minimum", minimum_cell},
    {"beyond the baseline", features_cell},
    {"atomics", atomics_cell},
    {"frame pointers", frame_pointer_cell},
    {"dispatch", dispatch_cell},
    {"probes (USDT)", probes_cell},
    {"code size",
     [](const Inspection& i) -> Lines { return {kilobytes(i.core().binary.code.bytes)}; }},
    {"functions",
     [](const Inspection& i) -> Lines {
       return {fmt::format("{}", i.core().binary.code.functions)};
     }},
    {"Where it runs", nullptr},
    {"page alignment", pages_cell},
    {"glibc at least", [](const Inspection& i) { return both(i, glibc_text); }},
    {"not in manylinux2014", libraries_cell},
    {"libraries not found", missing_cell},
    {"File", nullptr},
    {"build id",
     [](const Inspection& i) {
       return both(i, [](const Binary& b) -> std::string {
         return b.linking.build_id.empty() ? "none" : b.linking.build_id.substr(0, 16);
       });
     }},
    {"stripped",
     [](const Inspection& i) {
       return both(i, [](const Binary& b) -> std::string {
         return b.linking.stripped ? "yes" : b.linking.debug_info ? "no, with debug info" : "no";
       });
     }},
    {"file size",
     [](const Inspection& i) {
       return both(i, [](const Binary& b) { return kilobytes(b.file_bytes); });
     }},
};

// Wrapped to the column; a word that is too long, such as a path, is broken.
Lines fitted(const Lines& lines, std::size_t width) {
  Lines result;
  for (const auto& line : lines)
    for (std::string part : wrap(line, width)) {
      while (part.size() > width && display_width(part) == part.size()) {
        result.push_back(part.substr(0, width));
        part.erase(0, width);
      }
      result.push_back(part);
    }
  return result;
}

}  // namespace

void print_inspections(std::ostream& out, const std::vector<Inspection>& inspections,
                       const ConsoleStyle& style) {
  if (inspections.empty()) return;
  std::size_t labels = 0;
  for (const auto& row : kRows) labels = std::max(labels, display_width(row.label) + 2);
  const auto total = static_cast<std::size_t>(std::max(style.width, 40));
  const std::size_t share = (total > labels ? total - labels : 0) / inspections.size();
  const std::size_t width = std::max(kNarrowestText, share > kGap ? share - kGap : 0);

  const auto print_row = [&](const std::string& label, const std::vector<Lines>& cells, Tone tone) {
    std::size_t height = 1;
    for (const auto& cell : cells) height = std::max(height, cell.size());
    for (std::size_t i = 0; i < height; ++i) {
      std::string line = pad_right(i == 0 ? label : "", labels);
      for (const auto& cell : cells)
        line += std::string(kGap, ' ') + pad_right(i < cell.size() ? cell[i] : "", width);
      line.erase(line.find_last_not_of(' ') + 1);
      out << paint(line, tone, style.color) << "\n";
    }
  };

  std::vector<Lines> names;
  names.reserve(inspections.size());
  for (const auto& inspection : inspections)
    names.push_back(fitted({printable(inspection.name)}, width));
  print_row("", names, Tone::heading);
  for (const auto& row : kRows) {
    if (row.cell == nullptr) {
      out << "\n" << paint(row.label, Tone::heading, style.color) << "\n";
      continue;
    }
    std::vector<Lines> cells;
    cells.reserve(inspections.size());
    for (const auto& inspection : inspections) cells.push_back(fitted(row.cell(inspection), width));
    if (std::all_of(cells.begin(), cells.end(), [](const Lines& cell) { return cell.empty(); }))
      continue;
    print_row(std::string("  ") + row.label, cells, Tone::plain);
  }
}

}  // namespace pytune
