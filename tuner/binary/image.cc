#include "binary/image.h"

#include <fmt/format.h>
#include <llvm/Object/ELF.h>

#include <algorithm>
#include <cstring>

#include "binary/start_problem.h"
#include "sys/error.h"

namespace pytune {
namespace {

using llvm::object::ELF64LE;
using ElfFile = llvm::object::ELFFile<ELF64LE>;

constexpr std::size_t kLongestName = 4096;  // mangled C++ names are the longest, and no Python has
// Linkers write about ten, BOLT and patchelf a few more. Every look-up of an address walks them.
constexpr std::size_t kMostLoadSegments = 64;

struct MachineName {
  unsigned machine;
  const char* name;
};

// As uname -m and LLVM's triples spell them; the class decides between 32 and 64 bits.
constexpr MachineName kMachines[] = {
    {llvm::ELF::EM_386, "i386"},        {llvm::ELF::EM_ARM, "arm (32-bit)"},
    {llvm::ELF::EM_RISCV, "riscv"},     {llvm::ELF::EM_PPC64, "powerpc64"},
    {llvm::ELF::EM_PPC, "powerpc"},     {llvm::ELF::EM_S390, "s390x"},
    {llvm::ELF::EM_MIPS, "mips"},       {llvm::ELF::EM_LOONGARCH, "loongarch64"},
    {llvm::ELF::EM_SPARCV9, "sparc64"}, {llvm::ELF::EM_PARISC, "hppa"},
    {llvm::ELF::EM_68K, "m68k"},        {llvm::ELF::EM_SH, "sh"},
    {llvm::ELF::EM_IA_64, "ia64"},      {0x9026, "alpha"},  // what the kernel calls EM_ALPHA
    {llvm::ELF::EM_X86_64, "x86_64"},   {llvm::ELF::EM_AARCH64, "aarch64"},
};

template <class T>
T value_or_damage(llvm::Expected<T> value, const std::string& name) {
  if (value) return std::move(*value);
  throw Failure(fmt::format("{}: a damaged ELF file, or one cut off: {}; fetch or build it again",
                            name, llvm::toString(value.takeError())));
}

std::string_view range(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

class ImageReader {
 public:
  ImageReader(std::string_view bytes, std::string name)
      : bytes_(bytes),
        name_(std::move(name)),
        file_(
            value_or_damage(ElfFile::create(llvm::StringRef(bytes.data(), bytes.size())), name_)) {}

  Image read() {
    read_header();
    read_segments();
    read_sections();
    read_dynamic();
    if (auto needs = read_elf(bytes_)) image_.needs = std::move(*needs);
    return std::move(image_);
  }

 private:
  void read_header() {
    const auto& header = file_.getHeader();
    image_.machine = header.e_machine == llvm::ELF::EM_AARCH64 ? Machine::aarch64 : Machine::x86_64;
    image_.position_independent = header.e_type == llvm::ELF::ET_DYN;
  }

  void read_segments() {
    std::size_t loads = 0;
    for (const auto& segment : value_or_damage(file_.program_headers(), name_)) {
      if (segment.p_type == llvm::ELF::PT_LOAD && ++loads > kMostLoadSegments)
        throw Failure(fmt::format("{}: a damaged ELF file: more than {} segments to load", name_,
                                  kMostLoadSegments));
      const auto contents = range(bytes_, segment.p_offset, segment.p_filesz);
      if (segment.p_type == llvm::ELF::PT_LOAD && contents.size() != segment.p_filesz)
        throw Failure(
            fmt::format("{}: cut off: a segment ends at byte {} of a file of {}; fetch or build it "
                        "again",
                        name_, segment.p_offset + segment.p_filesz, bytes_.size()));
      image_.segments.push_back({segment.p_type, segment.p_flags, segment.p_vaddr, segment.p_memsz,
                                 segment.p_align, contents});
    }
  }

  void read_sections() {
    const auto headers = value_or_damage(file_.sections(), name_);
    if (headers.empty()) return;
    std::uint64_t names_index = file_.getHeader().e_shstrndx;
    if (names_index == llvm::ELF::SHN_XINDEX) names_index = headers[0].sh_link;
    std::string_view names;
    if (names_index < headers.size()) names = contents(headers[names_index]);
    const ElfFile::Elf_Shdr* symbols = nullptr;
    const ElfFile::Elf_Shdr* dynamic_symbols = nullptr;
    for (const auto& header : headers) {
      image_.sections.push_back({text_at(names, header.sh_name), header.sh_type, header.sh_flags,
                                 header.sh_addr, contents(header)});
      if (header.sh_type == llvm::ELF::SHT_SYMTAB && symbols == nullptr) symbols = &header;
      if (header.sh_type == llvm::ELF::SHT_DYNSYM && dynamic_symbols == nullptr)
        dynamic_symbols = &header;
    }
    image_.symbols = read_symbols(symbols);
    image_.dynamic_symbols = read_symbols(dynamic_symbols);
  }

  std::string_view contents(const ElfFile::Elf_Shdr& header) const {
    if (header.sh_type == llvm::ELF::SHT_NOBITS || header.sh_type == llvm::ELF::SHT_NULL) return {};
    return range(bytes_, header.sh_offset, header.sh_size);
  }

  std::vector<ImageSymbol> read_symbols(const ElfFile::Elf_Shdr* table) const {
    std::vector<ImageSymbol> symbols;
    if (table == nullptr) return symbols;
    const auto entries = value_or_damage(file_.symbols(table), name_);
    const auto names = value_or_damage(file_.getStringTableForSymtab(*table), name_);
    symbols.reserve(entries.size());
    for (const auto& entry : entries)
      symbols.push_back({text_at({names.data(), names.size()}, entry.st_name), entry.st_value,
                         entry.st_size, entry.getType(), entry.st_shndx != llvm::ELF::SHN_UNDEF});
    return symbols;
  }

  void read_dynamic() {
    const ImageSegment* segment = image_.segment(llvm::ELF::PT_DYNAMIC);
    if (segment == nullptr) return;
    using Entry = ELF64LE::Dyn;
    for (std::size_t at = 0; at + sizeof(Entry) <= segment->bytes.size(); at += sizeof(Entry)) {
      const auto* entry = reinterpret_cast<const Entry*>(segment->bytes.data() + at);
      if (entry->d_tag == llvm::ELF::DT_NULL) break;
      image_.dynamic.push_back({entry->d_tag, entry->d_un.d_val});
    }
  }

  std::string_view bytes_;
  std::string name_;
  ElfFile file_;
  Image image_;
};

}  // namespace

const ImageSection* Image::section(std::string_view name) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const auto& section) { return section.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

const ImageSegment* Image::segment(std::uint32_t type) const {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [&](const auto& segment) { return segment.type == type; });
  return found == segments.end() ? nullptr : &*found;
}

std::string_view Image::loaded_at(std::uint64_t address) const {
  for (const auto& segment : segments)
    if (segment.type == llvm::ELF::PT_LOAD && address >= segment.address &&
        address - segment.address < segment.bytes.size())
      return segment.bytes.substr(static_cast<std::size_t>(address - segment.address));
  return {};
}

std::vector<ImageSection> executable_parts(const Image& image) {
  std::vector<ImageSection> parts;
  for (const auto& section : image.sections)
    if ((section.flags & llvm::ELF::SHF_EXECINSTR) != 0 && !section.bytes.empty())
      parts.push_back(section);
  if (image.sections.empty())
    for (const auto& segment : image.segments)
      if (segment.type == llvm::ELF::PT_LOAD && (segment.flags & llvm::ELF::PF_X) != 0 &&
          !segment.bytes.empty())
        parts.push_back({"(segment)", llvm::ELF::SHT_PROGBITS,
                         llvm::ELF::SHF_EXECINSTR | llvm::ELF::SHF_ALLOC, segment.address,
                         segment.bytes});
  // In the order of the file, for it is there that a hostile table could name the same bytes often.
  std::sort(parts.begin(), parts.end(), [](const ImageSection& a, const ImageSection& b) {
    return a.bytes.data() < b.bytes.data();
  });
  std::vector<ImageSection> apart;
  for (const auto& part : parts) {
    const bool over =
        !apart.empty() && part.bytes.data() < apart.back().bytes.data() + apart.back().bytes.size();
    if (!over && part.address <= UINT64_MAX - part.bytes.size()) apart.push_back(part);
  }
  return apart;
}

std::vector<ImageNote> parse_notes(std::string_view bytes, std::uint64_t align) {
  constexpr std::size_t kHeader = 12;
  const std::uint64_t padding = align == 8 ? 8 : 4;
  const auto padded = [&](std::uint64_t size) { return (size + padding - 1) / padding * padding; };
  std::vector<ImageNote> notes;
  while (bytes.size() >= kHeader) {
    const std::uint64_t owner_size = word_at(bytes, 0);
    const std::uint64_t description_size = word_at(bytes, 4);
    const std::uint64_t description_at = padded(kHeader + owner_size);
    if (description_at + description_size > bytes.size()) break;
    ImageNote note;
    note.owner = text_at(bytes.substr(kHeader, static_cast<std::size_t>(owner_size)), 0);
    note.type = word_at(bytes, 8);
    note.description = range(bytes, description_at, description_size);
    notes.push_back(note);
    bytes.remove_prefix(static_cast<std::size_t>(
        std::min<std::uint64_t>(padded(description_at + description_size), bytes.size())));
  }
  return notes;
}

std::string_view text_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const auto rest = table.substr(static_cast<std::size_t>(offset), kLongestName);
  return rest.substr(0, rest.find('\0'));
}

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  llvm::support::ulittle32_t word;
  std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word;
}

std::string elf_machine(std::string_view bytes) {
  constexpr std::size_t kMachineAt = 18;
  if (!bytes.starts_with("\177ELF") || bytes.size() < kMachineAt + 2) return {};
  const bool wide = bytes[llvm::ELF::EI_CLASS] == llvm::ELF::ELFCLASS64;
  const bool big = bytes[llvm::ELF::EI_DATA] == llvm::ELF::ELFDATA2MSB;
  const auto first = static_cast<unsigned char>(bytes[kMachineAt]);
  const auto second = static_cast<unsigned char>(bytes[kMachineAt + 1]);
  const unsigned machine = big ? first * 256U + second : second * 256U + first;
  for (const auto& known : kMachines) {
    if (known.machine != machine) continue;
    if (machine == llvm::ELF::EM_RISCV) return wide ? "riscv64" : "riscv32";
    if (machine == llvm::ELF::EM_X86_64 && !wide) return "x86_64 with 32-bit pointers (x32)";
    if (machine == llvm::ELF::EM_AARCH64 && big) return "big-endian aarch64";
    if (machine == llvm::ELF::EM_PPC64 && !big) return "powerpc64le";
    return known.name;
  }
  return fmt::format("machine number {}", machine);
}

Image read_image(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with("\177ELF")) {
    const std::string format = bytes.empty() ? "an empty file" : foreign_format(bytes);
    throw UsageError(
        fmt::format("{}: {}no ELF file", name, format.empty() ? "" : "is " + format + ", "));
  }
  if (bytes.size() < sizeof(ELF64LE::Ehdr) / 2)
    throw Failure(fmt::format("{}: cut off within the ELF header; fetch or build it again", name));
  const std::string machine = elf_machine(bytes);
  if (bytes[llvm::ELF::EI_CLASS] != llvm::ELF::ELFCLASS64 ||
      bytes[llvm::ELF::EI_DATA] != llvm::ELF::ELFDATA2LSB ||
      (machine != "x86_64" && machine != "aarch64"))
    throw UsageError(fmt::format(
        "{}: made for {}; pytune inspects programs for x86_64 and (little-endian) aarch64", name,
        machine));
  constexpr std::size_t kTypeAt = 16;
  const unsigned type = static_cast<unsigned char>(bytes[kTypeAt]);
  if (type != llvm::ELF::ET_EXEC && type != llvm::ELF::ET_DYN)
    throw UsageError(fmt::format("{}: {}, no program or shared library", name,
                                 type == llvm::ELF::ET_REL    ? "an object file"
                                 : type == llvm::ELF::ET_CORE ? "a core dump"
                                                              : "an ELF file of unknown type"));
  return ImageReader(bytes, name).read();
}

}  // namespace pytune
