#include "binary/object_code.h"

#include <fmt/format.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

// The value, or Failure naming the file.
template <typename T>
T object_value(llvm::Expected<T> value, const std::string& name) {
  if (!value)
    throw Failure(fmt::format("{}: damaged ELF file: {}", name, llvm::toString(value.takeError())));
  return std::move(*value);
}

constexpr std::uint64_t kAlignment = 64;

struct Function {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string name;
};

class ObjectReader {
 public:
  ObjectReader(const llvm::object::ELFObjectFileBase& object, std::string name)
      : object_(object), name_(std::move(name)) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> code;
    for (const auto& section : object_.sections()) {
      if (!section.isText() || section.getSize() == 0) continue;
      const auto fixups = fixups_of(section);
      const std::string bytes = object_value(section.getContents(), name_).str();
      for (const Function& one : functions_of(section, bytes.size()))
        code[one.name] = hash(bytes, fixups, one);
    }
    return code;
  }

 private:
  using Fixups = std::multimap<std::uint64_t, std::string>;

  std::string section_name(const llvm::object::SectionRef& section) const {
    return object_value(section.getName(), name_).str();
  }

  // Its functions in order, and the gaps before, between and behind them.
  std::vector<Function> functions_of(const llvm::object::SectionRef& section,
                                     std::uint64_t size) const {
    std::vector<Function> found;
    for (const auto& symbol : object_.symbols()) {
      if (object_value(symbol.getType(), name_) != llvm::object::SymbolRef::ST_Function) continue;
      const auto where = object_value(symbol.getSection(), name_);
      if (where == object_.section_end() || *where != section) continue;
      const std::uint64_t start = object_value(symbol.getValue(), name_);
      const std::uint64_t length = llvm::object::ELFSymbolRef(symbol).getSize();
      if (start >= size) continue;
      found.push_back({start, start + std::min(length, size - start),
                       object_value(symbol.getName(), name_).str()});
    }
    std::sort(found.begin(), found.end(), [](const Function& a, const Function& b) {
      return std::tie(a.start, a.end, a.name) < std::tie(b.start, b.end, b.name);
    });
    return with_gaps(found, section_name(section), size);
  }

  static std::vector<Function> with_gaps(const std::vector<Function>& functions,
                                         const std::string& section, std::uint64_t size) {
    std::vector<Function> all;
    std::uint64_t at = 0;
    for (const Function& one : functions) {
      // What is less is alignment, and follows from the functions' sizes.
      if (one.start > at + kAlignment)
        all.push_back({at, one.start, fmt::format("{}+{:#x}", section, at)});
      all.push_back(one);
      at = std::max(at, one.end);
    }
    if (size > at + kAlignment || functions.empty()) all.push_back({at, size, section});
    return all;
  }

  // What the linker is to put where in the section.
  Fixups fixups_of(const llvm::object::SectionRef& section) const {
    Fixups fixups;
    for (const auto& table : object_.sections()) {
      const auto relocated = object_value(table.getRelocatedSection(), name_);
      if (relocated == object_.section_end() || *relocated != section) continue;
      for (const auto& relocation : table.relocations())
        fixups.emplace(relocation.getOffset(), fixup(relocation));
    }
    return fixups;
  }

  std::string fixup(const llvm::object::RelocationRef& relocation) const {
    std::string target;
    const auto symbol = relocation.getSymbol();
    if (symbol != object_.symbol_end()) {
      target = object_value(symbol->getName(), name_).str();
      const auto where = object_value(symbol->getSection(), name_);
      if (target.empty() && where != object_.section_end()) target = section_name(*where);
    }
    auto addend = llvm::object::ELFRelocationRef(relocation).getAddend();
    const std::int64_t added = addend ? *addend : 0;
    if (!addend) llvm::consumeError(addend.takeError());
    return fmt::format("{} {} {}", relocation.getType(), target, added);
  }

  static std::string hash(const std::string& bytes, const Fixups& fixups, const Function& one) {
    Sha256 sum;
    sum.update(std::string_view(bytes).substr(one.start, one.end - one.start));
    const auto end = fixups.lower_bound(one.end);
    for (auto at = fixups.lower_bound(one.start); at != end; ++at)
      sum.update(fmt::format("\n{} {}", at->first - one.start, at->second));
    return sum.hex();
  }

  const llvm::object::ELFObjectFileBase& object_;
  std::string name_;
};

}  // namespace

std::map<std::string, std::string> object_code(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (!bytes.starts_with("\177ELF")) return {{"", sha256(bytes)}};
  const auto object = object_value(
      llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(bytes, file.string())),
      file.string());
  const auto* elf = llvm::dyn_cast<llvm::object::ELFObjectFileBase>(object.get());
  return ObjectReader(*elf, file.string()).read();
}

std::vector<std::string> differing_code(const std::map<std::string, std::string>& before,
                                        const std::map<std::string, std::string>& after) {
  std::vector<std::string> names;
  for (const auto& [name, code] : before) {
    const auto found = after.find(name);
    if (found == after.end() || found->second != code) names.push_back(name);
  }
  for (const auto& [name, code] : after)
    if (!before.contains(name)) names.push_back(name);
  return names;
}

}  // namespace pytune
