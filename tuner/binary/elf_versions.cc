#include "binary/elf_versions.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace pytune {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the structures below are copied as they stand in the file");

// A table in a damaged file may claim any length; no real one comes near this.
constexpr std::size_t kMostEntries = 65536;

class VersionReader {
 public:
  explicit VersionReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  std::optional<T> at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string_view range(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) return {};
    return bytes_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  }

 private:
  std::string_view bytes_;
};

struct Dynamic {
  std::vector<std::uint64_t> needed;
  std::vector<std::uint64_t> run_paths;
  std::optional<std::uint64_t> soname;
  std::uint64_t strings = 0;
  std::uint64_t strings_size = 0;
  std::uint64_t verneed = 0;
  std::uint64_t verneed_count = 0;
  bool text_relocations = false;
};

Dynamic read_dynamic(const VersionReader& reader, const Elf64_Phdr& segment) {
  Dynamic dynamic;
  const auto count = std::min<std::uint64_t>(segment.p_filesz / sizeof(Elf64_Dyn), kMostEntries);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto entry = reader.at<Elf64_Dyn>(segment.p_offset + i * sizeof(Elf64_Dyn));
    if (!entry || entry->d_tag == DT_NULL) break;
    const std::uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
      case DT_NEEDED:
        dynamic.needed.push_back(value);
        break;
      case DT_RPATH:
      case DT_RUNPATH:
        dynamic.run_paths.push_back(value);
        break;
      case DT_SONAME:
        dynamic.soname = value;
        break;
      case DT_STRTAB:
        dynamic.strings = value;
        break;
      case DT_STRSZ:
        dynamic.strings_size = value;
        break;
      case DT_VERNEED:
        dynamic.verneed = value;
        break;
      case DT_VERNEEDNUM:
        dynamic.verneed_count = value;
        break;
      case DT_TEXTREL:
        dynamic.text_relocations = true;
        break;
      case DT_FLAGS:
        dynamic.text_relocations |= (value & DF_TEXTREL) != 0;
        break;
      default:
        break;
    }
  }
  return dynamic;
}

// The dynamic section speaks of addresses; the segments say where in the file they are.
std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                         std::uint64_t address) {
  for (const auto& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t distance = address - segment.p_vaddr;
    if (distance < segment.p_filesz && distance <= UINT64_MAX - segment.p_offset)
      return segment.p_offset + distance;
  }
  return std::nullopt;
}

std::string string_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const auto rest = table.substr(static_cast<std::size_t>(offset));
  const auto end = rest.find('\0');
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

void read_versions(const VersionReader& reader, std::uint64_t offset, std::uint64_t count,
                   std::string_view strings, ElfFacts& facts) {
  // One budget for both levels: a damaged file must not make the chains run in circles.
  std::size_t budget = kMostEntries;
  for (std::uint64_t i = 0; i < count && budget > 0; ++i, --budget) {
    const auto library = reader.at<Elf64_Verneed>(offset);
    if (!library) return;
    auto& versions = facts.versions[string_at(strings, library->vn_file)];
    std::uint64_t aux = offset + library->vn_aux;
    for (unsigned j = 0; j < library->vn_cnt && budget > 0; ++j, --budget) {
      const auto version = reader.at<Elf64_Vernaux>(aux);
      if (!version) return;
      versions.insert(string_at(strings, version->vna_name));
      if (version->vna_next == 0) break;
      aux += version->vna_next;
    }
    if (library->vn_next == 0) return;
    offset += library->vn_next;
  }
}

std::vector<int> numbers(std::string_view text) {
  std::vector<int> result;
  while (!text.empty()) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return {};
    result.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() != '.') return {};
    if (!text.empty()) text.remove_prefix(1);
  }
  return result;
}

// What a linker asks for by name, so that an older loader refuses the file instead of running it
// wrongly, and the release of glibc that has it first (debian/libc6.symbols of glibc 2.43).
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNamedNeeds{{
    {"GLIBC_ABI_DT_RELR", "2.36"},
    {"GLIBC_ABI_DT_X86_64_PLT", "2.42"},
    {"GLIBC_ABI_GNU2_TLS", "2.42"},
}};

// Empty where it is not known, as for GLIBC_PRIVATE, and for what is not glibc's.
std::string first_release(std::string_view version) {
  constexpr std::string_view kPrefix = "GLIBC_";
  if (!version.starts_with(kPrefix)) return {};
  for (const auto& [name, release] : kNamedNeeds)
    if (version == name) return std::string(release);
  const std::string_view number = version.substr(kPrefix.size());
  return numbers(number).empty() ? std::string() : std::string(number);
}

}  // namespace

std::optional<ElfFacts> read_elf(std::string_view bytes) {
  const VersionReader reader(bytes);
  const auto header = reader.at<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
    return std::nullopt;
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) return std::nullopt;
  if (header->e_phentsize != sizeof(Elf64_Phdr)) return std::nullopt;

  std::vector<Elf64_Phdr> segments;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto segment = reader.at<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
    if (!segment) return std::nullopt;
    segments.push_back(*segment);
  }

  ElfFacts facts;
  for (const auto& segment : segments)
    if (segment.p_type == PT_INTERP)
      facts.loader = string_at(reader.range(segment.p_offset, segment.p_filesz), 0);
  // Without PT_GNU_STACK the x86-64 kernel grants an executable stack; the AArch64 one does not
  // (EXSTACK_DEFAULT).
  const auto stack = std::find_if(segments.begin(), segments.end(),
                                  [](const auto& s) { return s.p_type == PT_GNU_STACK; });
  facts.executable_stack =
      stack == segments.end() ? header->e_machine == EM_X86_64 : (stack->p_flags & PF_X) != 0;

  const auto dynamic_segment = std::find_if(segments.begin(), segments.end(),
                                            [](const auto& s) { return s.p_type == PT_DYNAMIC; });
  if (dynamic_segment == segments.end()) return facts;
  const Dynamic dynamic = read_dynamic(reader, *dynamic_segment);
  facts.text_relocations = dynamic.text_relocations;
  const auto strings_offset = file_offset(segments, dynamic.strings);
  if (!strings_offset) return facts;
  const std::string_view strings = reader.range(*strings_offset, dynamic.strings_size);

  for (const auto name : dynamic.needed) facts.needed.push_back(string_at(strings, name));
  if (dynamic.soname) facts.soname = string_at(strings, *dynamic.soname);
  for (const auto offset : dynamic.run_paths) {
    std::string path = string_at(strings, offset);
    for (std::size_t colon = 0; (colon = path.find(':')) != std::string::npos;
         path.erase(0, colon + 1))
      facts.run_paths.push_back(path.substr(0, colon));
    facts.run_paths.push_back(path);
  }
  if (const auto offset = file_offset(segments, dynamic.verneed); offset && dynamic.verneed != 0)
    read_versions(reader, *offset, dynamic.verneed_count, strings, facts);
  return facts;
}

std::string newest_glibc(const std::vector<ElfFacts>& files) {
  std::string newest;
  for (const auto& file : files)
    for (const auto& [library, versions] : file.versions)
      for (const auto& version : versions) {
        const std::string release = first_release(version);
        if (!release.empty() && numbers(newest) < numbers(release)) newest = release;
      }
  return newest;
}

std::vector<std::string> unknown_glibc_names(const std::vector<ElfFacts>& files) {
  std::set<std::string> names;
  for (const auto& file : files)
    for (const auto& [library, versions] : file.versions)
      for (const auto& version : versions)
        if (version.starts_with("GLIBC_ABI_") && first_release(version).empty())
          names.insert(version);
  return {names.begin(), names.end()};
}

Libc libc_of(const ElfFacts& file) {
  // musl's loader is its C library; Alpine links by a name of its own, others by musl's soname.
  const auto is_musl = [](const std::string& library) {
    return library.starts_with("libc.musl-") || library.starts_with("ld-musl-") ||
           library == "libc.so";
  };
  if (file.loader.find("/ld-musl-") != std::string::npos ||
      std::any_of(file.needed.begin(), file.needed.end(), is_musl))
    return Libc::musl;
  const bool glibc = std::any_of(file.needed.begin(), file.needed.end(), [](const auto& library) {
    return library == "libc.so.6" || library.starts_with("ld-linux");
  });
  return glibc || !newest_glibc({file}).empty() ? Libc::glibc : Libc::none;
}

}  // namespace pytune
