// What compiled it, and what speaks for link-time, profile-guided and post-link optimization.
#include <fmt/format.h>
#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>

#include "binary/binary.h"
#include "input/words.h"

namespace pytune {
namespace {

constexpr std::size_t kMostTexts = 16;
constexpr std::size_t kLongestProducer = 2000;
// A real program needs less than these for its first units, and a hostile one could make LLVM hold
// a hundred times as much as it is long.
constexpr std::size_t kMostDebugInfo = 4U << 20U;
constexpr std::size_t kMostAbbreviations = 256U << 10U;
constexpr int kMostUnits = 64;
// gcc splits functions without a profile too, where they end in abort(): 0.3 % of CPython's. With
// one it splits half of them on x86-64, and none on AArch64, where it only puts cold functions
// first and does not align them. docs/inspect.md has the figures.
constexpr double kSplitShare = 0.1;
constexpr std::uint64_t kFewestFunctions = 500;  // for shares to mean something

void add_text(std::vector<std::string>& texts, std::string_view text) {
  text = text.substr(0, kLongestProducer);
  if (text.empty() || texts.size() >= kMostTexts) return;
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.emplace_back(text);
}

// NUL-terminated texts, each once.
std::vector<std::string> texts_of(const ImageSection* section) {
  std::vector<std::string> texts;
  if (section == nullptr || (section->flags & llvm::ELF::SHF_COMPRESSED) != 0) return texts;
  for (std::size_t at = 0; at < section->bytes.size() && texts.size() < kMostTexts;) {
    const auto end = std::min(section->bytes.find('\0', at), section->bytes.size());
    add_text(texts, section->bytes.substr(at, end - at));
    at = end + 1;
  }
  return texts;
}

std::vector<std::string> producers(const Image& image) {
  std::vector<std::string> found;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> sections;
  for (const auto& [name, most] :
       {std::pair(".debug_info", kMostDebugInfo), std::pair(".debug_abbrev", kMostAbbreviations),
        std::pair(".debug_str", std::size_t{SIZE_MAX}),
        std::pair(".debug_line_str", std::size_t{SIZE_MAX}),
        std::pair(".debug_str_offsets", kMostDebugInfo)}) {
    const auto* section = image.section(name);
    if (section == nullptr || (section->flags & llvm::ELF::SHF_COMPRESSED) != 0) continue;
    const auto bytes = section->bytes.substr(0, most);
    sections[llvm::StringRef(name).drop_front()] = llvm::MemoryBuffer::getMemBuffer(
        llvm::StringRef(bytes.data(), bytes.size()), "", /*RequiresNullTerminator=*/false);
  }
  if (!sections.contains("debug_info")) return found;
  // What is damaged is left out: the rest of the file is none the worse for it.
  const auto ignore = [](llvm::Error error) { llvm::consumeError(std::move(error)); };
  constexpr std::uint8_t kAddressSize = 8;
  const auto context =
      llvm::DWARFContext::create(sections, kAddressSize, /*isLittleEndian=*/true, ignore, ignore);
  int units = 0;
  for (const auto& unit : context->normal_units()) {
    if (++units > kMostUnits) break;
    const auto producer = unit->getUnitDIE().find(llvm::dwarf::DW_AT_producer);
    if (!producer) continue;
    auto text = producer->getAsCString();
    if (!text) {
      llvm::consumeError(text.takeError());
      continue;
    }
    add_text(found, std::string_view(*text, strnlen(*text, kLongestProducer)));
  }
  return found;
}

struct Mark {
  std::string_view text;  // what a symbol contains, or how a section's name begins
  const char* meaning;
};

// gcc's -flto makes local symbols unique with ".lto_priv", clang's ThinLTO with ".llvm."; the file
// that link-time code is from is "<artificial>" to gcc and "ld-temp.o" to lld and gold's plugin.
constexpr Mark kLtoSymbols[] = {{".lto_priv.", "gcc LTO"}, {".llvm.", "ThinLTO"}};
constexpr Mark kLtoFiles[] = {{"<artificial>", "gcc LTO"}, {"ld-temp.o", "LLVM LTO"}};
constexpr Mark kLtoSections[] = {{".gnu.lto_", "gcc LTO objects"}, {".llvmbc", "LLVM bitcode"}};
constexpr Mark kProfileSections[] = {
    {"__llvm_prf", "instrumented by clang, still collecting profiles"},
    {".gcda", "instrumented by gcc, still collecting profiles"}};
constexpr Mark kProfileSymbols[] = {
    {"__gcov_", "instrumented by gcc, still collecting profiles"},
    {"__llvm_profile_", "instrumented by clang, still collecting profiles"}};
constexpr Mark kBoltSections[] = {{".note.bolt_info", "llvm-bolt's note"},
                                  {".bolt.org.", "code from before llvm-bolt"}};

template <std::size_t N>
void find_sections(const Image& image, const Mark (&marks)[N], Traces& evidence) {
  for (const auto& mark : marks) {
    const auto found =
        std::find_if(image.sections.begin(), image.sections.end(),
                     [&](const auto& section) { return section.name.starts_with(mark.text); });
    if (found != image.sections.end())
      evidence.push_back(
          fmt::format("section {} ({})", found->name.substr(0, kLongestProducer), mark.meaning));
  }
}

template <std::size_t N>
void find_symbols(const Image& image, const Mark (&marks)[N], bool files, Traces& evidence) {
  for (const auto& mark : marks) {
    std::uint64_t count = 0;
    std::string_view first;
    for (const auto& symbol : image.symbols) {
      if ((symbol.type == llvm::ELF::STT_FILE) != files) continue;
      const bool fits =
          files ? symbol.name == mark.text : symbol.name.find(mark.text) != std::string_view::npos;
      if (fits && count++ == 0) first = symbol.name.substr(0, kLongestProducer);
    }
    if (count == 0) continue;
    evidence.push_back(files
                           ? fmt::format("symbols of file {} ({})", mark.text, mark.meaning)
                           : fmt::format("{} symbols such as {} ({})", count, first, mark.meaning));
  }
}

// Command lines that turn an option on, by the last word about it.
void find_option(const Compilation& compilation, const std::vector<std::string_view>& names,
                 Traces& evidence) {
  for (const auto& [texts, where] : {std::pair(&compilation.producers, "DW_AT_producer"),
                                     std::pair(&compilation.command_lines, ".GCC.command.line")})
    for (const auto& text : *texts) {
      const auto words = unquoted_words(text);
      const OptionState state = compiler_option(words, names);
      if (state.is != OptionState::Is::on) continue;
      const std::string& word = words[state.word];
      const std::string line = fmt::format("{} in {}", word.substr(0, word.find('=')), where);
      if (std::find(evidence.begin(), evidence.end(), line) == evidence.end())
        evidence.push_back(line);
    }
}

}  // namespace

Compilation inspect_compilation(const Image& image, const Code& code) {
  Compilation compilation;
  compilation.compilers = texts_of(image.section(".comment"));
  compilation.producers = producers(image);
  for (const char* name : {".GCC.command.line", "GCC.command.line"})
    for (const auto& text : texts_of(image.section(name)))
      add_text(compilation.command_lines, text);

  find_option(compilation, {"lto"}, compilation.lto);
  for (const auto& text : compilation.producers)
    if (text.starts_with("GNU GIMPLE") && compilation.lto.size() < 2)
      compilation.lto.emplace_back("DW_AT_producer is GNU GIMPLE (gcc LTO)");
  find_symbols(image, kLtoSymbols, /*files=*/false, compilation.lto);
  find_symbols(image, kLtoFiles, /*files=*/true, compilation.lto);
  find_sections(image, kLtoSections, compilation.lto);

  find_option(compilation,
              {"profile-use", "profile-instr-use", "profile-sample-use", "auto-profile"},
              compilation.pgo);
  const double share = code.functions == 0 ? 0
                                           : static_cast<double>(code.split_functions) /
                                                 static_cast<double>(code.functions);
  if (share >= kSplitShare && code.functions >= kFewestFunctions)
    compilation.pgo.push_back(fmt::format("{} of {} functions are split in hot and cold parts",
                                          code.split_functions, code.functions));
  if (code.unaligned_first > 0 && code.functions >= kFewestFunctions)
    compilation.pgo.push_back(
        fmt::format("layout: the first {} functions are not aligned, the other {} are (gcc puts "
                    "cold ones first)",
                    code.unaligned_first, code.functions - code.unaligned_first));
  find_sections(image, kProfileSections, compilation.pgo);
  find_symbols(image, kProfileSymbols, /*files=*/false, compilation.pgo);

  find_sections(image, kBoltSections, compilation.bolt);
  return compilation;
}

}  // namespace pytune
