#include "package/static_library.h"

#include <elf.h>

#include <charconv>
#include <cstdint>
#include <cstring>

namespace pytune {
namespace {

constexpr std::string_view kArchive = "!<arch>\n";
constexpr std::string_view kThinArchive = "!<thin>\n";
constexpr std::size_t kMemberHeader =
    60;  // ar(5): name 16, date 12, uid 6, gid 6, mode 8, size 10, end 2

template <class T>
bool copy_at(std::string_view bytes, std::uint64_t offset, T& value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof value) return false;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return true;
}

std::string_view range(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// gcc >= 10 begins the section .gnu.lto_.lto.<id> with two 16-bit version numbers and a byte that
// is 1 in slim objects (struct lto_section, lto-streamer.h). Before, slim objects defined the
// symbol __gnu_lto_slim.
bool gcc_slim(std::string_view bytes) {
  Elf64_Ehdr header;
  if (!copy_at(bytes, 0, header) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_type != ET_REL)
    return false;
  Elf64_Shdr names_header;
  if (!copy_at(bytes, header.e_shoff + std::uint64_t{header.e_shstrndx} * sizeof(Elf64_Shdr),
               names_header))
    return false;
  const std::string_view names = range(bytes, names_header.sh_offset, names_header.sh_size);
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    if (!copy_at(bytes, header.e_shoff + i * sizeof(Elf64_Shdr), section)) return false;
    if (section.sh_name >= names.size()) continue;
    const std::string_view name = names.substr(section.sh_name);
    const std::string_view content = range(bytes, section.sh_offset, section.sh_size);
    if (name.starts_with(".gnu.lto_.lto.") && content.size() > 4) return content[4] == 1;
    if (section.sh_type == SHT_STRTAB && content.find("__gnu_lto_slim") != std::string_view::npos)
      return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> object_is_private(std::string_view bytes) {
  // Raw bitcode, and bitcode in the wrapper that LLVM uses on some platforms.
  if (bytes.starts_with("BC\xC0\xDE") || bytes.starts_with("\xDE\xC0\x17\x0B"))
    return "LLVM bitcode only (-flto)";
  if (bytes.starts_with(ELFMAG) && gcc_slim(bytes))
    return "gcc slim LTO objects only (-flto -fno-fat-lto-objects)";
  return std::nullopt;
}

std::optional<std::string> static_library_is_private(std::string_view bytes) {
  if (bytes.starts_with(kThinArchive))
    return "a thin archive, whose members stay in the build directory";
  if (!bytes.starts_with(kArchive)) return "not an archive";
  std::size_t offset = kArchive.size();
  while (offset < bytes.size() && bytes.size() - offset >= kMemberHeader) {
    const std::string_view header = bytes.substr(offset, kMemberHeader);
    std::string_view digits = header.substr(48, 10);
    digits = digits.substr(0, digits.find(' '));
    std::size_t size = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    offset += kMemberHeader;
    if (parsed.ec != std::errc() || size > bytes.size() - offset)
      return "damaged: a member is longer than the file";
    if (auto reason = object_is_private(bytes.substr(offset, size))) return reason;
    offset += size + size % 2;  // members start at even offsets
  }
  return std::nullopt;
}

}  // namespace pytune
