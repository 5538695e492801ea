#include "binary/elf_versions.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "binary/image.h"

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
  std::vector<std::uint64_t> rpaths;
  std::vector<std::uint64_t> runpaths;
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
        dynamic.rpaths.push_back(value);
        break;
      case DT_RUNPATH:
        dynamic.runpaths.push_back(value);
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

std::vector<std::string> paths_at(std::string_view strings,
                                  const std::vector<std::uint64_t>& offsets) {
  std::vector<std::string> paths;
  for (const auto offset : offsets) {
    std::string path = string_at(strings, offset);
    for (std::size_t colon = 0; (colon = path.find(':')) != std::string::npos;
         path.erase(0, colon + 1))
      paths.push_back(path.substr(0, colon));
    paths.push_back(path);
  }
  return paths;
}

struct PropertyBit {
  std::uint32_t bit;
  const char* name;
};
constexpr std::array<PropertyBit, 3> kAArch64Bits{{{1, "BTI"}, {2, "PAC"}, {4, "GCS"}}};
constexpr std::array<PropertyBit, 2> kX86Bits{{{1, "IBT"}, {2, "SHSTK"}}};
constexpr std::array<PropertyBit, 4> kIsaBits{
    {{8, "x86-64-v4"}, {4, "x86-64-v3"}, {2, "x86-64-v2"}, {1, "x86-64-v1"}}};

// One of .note.gnu.property; "Linux Extensions to gABI" and the supplements of the processors.
void take_property(bool arm, std::uint32_t type, std::uint32_t bits, ElfFacts& facts) {
  constexpr std::uint32_t kAArch64Features = 0xc0000000;
  constexpr std::uint32_t kX86Features = 0xc0000002;
  constexpr std::uint32_t kX86IsaNeeded = 0xc0008002;
  const auto add = [&](const auto& table) {
    for (const auto& row : table)
      if ((bits & row.bit) != 0 &&
          std::find(facts.branch_protection.begin(), facts.branch_protection.end(), row.name) ==
              facts.branch_protection.end())
        facts.branch_protection.emplace_back(row.name);
  };
  if (arm && type == kAArch64Features) add(kAArch64Bits);
  if (!arm && type == kX86Features) add(kX86Bits);
  if (!arm && type == kX86IsaNeeded)
    for (const auto& row : kIsaBits)
      if ((bits & row.bit) != 0 && facts.declared_isa.empty()) facts.declared_isa = row.name;
}

void read_properties(const VersionReader& reader, const std::vector<Elf64_Phdr>& segments, bool arm,
                     ElfFacts& facts) {
  constexpr std::uint32_t kPropertyNote = 5;  // NT_GNU_PROPERTY_TYPE_0
  // Real files have two or three segments of notes; a damaged one may lay many over each other.
  constexpr int kMostNotes = 1000;
  int seen = 0;
  for (const auto& segment : segments) {
    if (segment.p_type != PT_NOTE) continue;
    for (const auto& note :
         parse_notes(reader.range(segment.p_offset, segment.p_filesz), segment.p_align)) {
      if (++seen > kMostNotes) return;
      if (note.owner != "GNU" || note.type != kPropertyNote) continue;
      // Properties: type, size, then so many bytes, padded to 8.
      std::string_view rest = note.description;
      while (rest.size() >= 12) {
        const std::uint32_t size = word_at(rest, 4);
        if (size >= 4) take_property(arm, word_at(rest, 0), word_at(rest, 8), facts);
        rest.remove_prefix(static_cast<std::size_t>(
            std::min<std::uint64_t>(8 + (std::uint64_t{size} + 7) / 8 * 8, rest.size())));
      }
    }
  }
}

void read_pages(std::vector<Elf64_Phdr> segments, ElfFacts& facts) {
  constexpr std::uint64_t kLargestPage = 64 * 1024;  // AArch64 kernels: 4, 16 or 64 KiB
  std::erase_if(segments, [](const auto& segment) { return segment.p_type != PT_LOAD; });
  if (segments.empty()) return;
  std::sort(segments.begin(), segments.end(),
            [](const auto& a, const auto& b) { return a.p_vaddr < b.p_vaddr; });
  facts.segment_align =
      std::min_element(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
        return a.p_align < b.p_align;
      })->p_align;
  facts.pages_64k = facts.segment_align >= kLargestPage;
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const auto& before = segments[i - 1];
    const std::uint64_t last = before.p_vaddr + (before.p_memsz > 0 ? before.p_memsz - 1 : 0);
    if (last / kLargestPage >= segments[i].p_vaddr / kLargestPage) facts.pages_64k = false;
  }
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
  if (header->e_machine == EM_X86_64) facts.machine = "x86_64";
  if (header->e_machine == EM_AARCH64) facts.machine = "aarch64";
  for (const auto& segment : segments)
    if (segment.p_type == PT_INTERP)
      facts.loader = string_at(reader.range(segment.p_offset, segment.p_filesz), 0);
  // Without PT_GNU_STACK the x86-64 kernel grants an executable stack; the AArch64 one does not
  // (EXSTACK_DEFAULT).
  const auto stack = std::find_if(segments.begin(), segments.end(),
                                  [](const auto& s) { return s.p_type == PT_GNU_STACK; });
  facts.executable_stack =
      stack == segments.end() ? header->e_machine == EM_X86_64 : (stack->p_flags & PF_X) != 0;

  facts.writable_code = std::any_of(segments.begin(), segments.end(), [](const auto& s) {
    return s.p_type == PT_LOAD && (s.p_flags & PF_W) != 0 && (s.p_flags & PF_X) != 0;
  });

  read_properties(reader, segments, header->e_machine == EM_AARCH64, facts);
  read_pages(segments, facts);

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
  facts.inherited_run_paths = paths_at(strings, dynamic.rpaths);
  facts.own_run_paths = paths_at(strings, dynamic.runpaths);
  for (const auto* paths : {&facts.inherited_run_paths, &facts.own_run_paths})
    facts.run_paths.insert(facts.run_paths.end(), paths->begin(), paths->end());
  if (!dynamic.runpaths.empty()) facts.inherited_run_paths.clear();
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
        if (version == "GLIBC_PRIVATE" ||
            (version.starts_with("GLIBC_ABI_") && first_release(version).empty()))
          names.insert(version);
  return {names.begin(), names.end()};
}

Libc libc_of(const ElfFacts& file) {
  const auto needs = [&](auto test) {
    return std::any_of(file.needed.begin(), file.needed.end(), test);
  };
  const auto loader_has = [&](std::string_view part) {
    return file.loader.find(part) != std::string::npos;
  };
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    return needs([&](const std::string& library) {
      return std::find(names.begin(), names.end(), library) != names.end();
    });
  };
  // Android's libraries have no numbers; it has libm and libdl apart, which are empty with musl.
  if (loader_has("/system/bin/linker") || (file.loader.empty() && one_of({"libdl.so", "libm.so"})))
    return Libc::bionic;
  if (loader_has("-uClibc") || one_of({"libc.so.0", "libc.so.1"})) return Libc::uclibc;
  // musl's loader is its C library; Alpine links by a name of its own, others by musl's soname.
  if (loader_has("/ld-musl-") || one_of({"libc.so"}) || needs([](const std::string& library) {
        return library.starts_with("libc.musl-") || library.starts_with("ld-musl-");
      }))
    return Libc::musl;
  const bool glibc = needs([](const std::string& library) {
    return library == "libc.so.6" || library.starts_with("ld-linux");
  });
  return glibc || !newest_glibc({file}).empty() ? Libc::glibc : Libc::none;
}

}  // namespace pytune
