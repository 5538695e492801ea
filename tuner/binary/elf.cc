#include "binary/elf.h"

#include <fmt/format.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

template <class ElfType>
void hash_code(const llvm::object::ELFObjectFile<ElfType>& object, const std::string& name,
               Sha256& hash) {
  const auto& file = object.getELFFile();
  auto sections = file.sections();
  if (!sections)
    throw Failure(
        fmt::format("{}: damaged ELF file: {}", name, llvm::toString(sections.takeError())));
  for (const auto& section : *sections) {
    if ((section.sh_flags & llvm::ELF::SHF_EXECINSTR) == 0 ||
        section.sh_type == llvm::ELF::SHT_NOBITS)
      continue;
    auto section_name = file.getSectionName(section);
    auto contents = file.getSectionContents(section);
    if (!section_name || !contents) {
      const std::string why =
          llvm::toString(!section_name ? section_name.takeError() : contents.takeError());
      if (!section_name && !contents) llvm::consumeError(contents.takeError());
      throw Failure(fmt::format("{}: damaged ELF file: {}", name, why));
    }
    hash.update(section_name->str());
    hash.update(std::string_view("\0", 1));
    hash.update({reinterpret_cast<const char*>(contents->data()), contents->size()});
  }
}

}  // namespace

std::string code_sha256(const std::vector<std::filesystem::path>& files) {
  Sha256 hash;
  for (const auto& path : files) {
    const std::string bytes = read_file(path);
    if (!bytes.starts_with("\177ELF")) {
      hash.update(bytes);
      continue;
    }
    auto object =
        llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(bytes, path.string()));
    if (!object)
      throw Failure(fmt::format("{}: damaged ELF file: {}", path.string(),
                                llvm::toString(object.takeError())));
    if (const auto* elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(object->get())) {
      hash_code(*elf, path.string(), hash);
    } else {
      throw Failure(fmt::format("{}: not a 64-bit little-endian ELF file", path.string()));
    }
  }
  return hash.hex();
}

}  // namespace pytune
