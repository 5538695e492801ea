// How the linker put it together.
#include <fmt/format.h>
#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>

#include "binary/binary.h"

namespace pytune {
namespace {

// manylinux2014's list, PEP 599: what any distribution for desktops and servers has. The dynamic
// linker, which some name too, is there by itself.
constexpr std::string_view kManylinux[] = {
    "libgcc_s.so.1",       "libstdc++.so.6",      "libm.so.6",        "libdl.so.2",
    "librt.so.1",          "libc.so.6",           "libnsl.so.1",      "libutil.so.1",
    "libpthread.so.0",     "libresolv.so.2",      "libX11.so.6",      "libXext.so.6",
    "libXrender.so.1",     "libICE.so.6",         "libSM.so.6",       "libGL.so.1",
    "libgobject-2.0.so.0", "libgthread-2.0.so.0", "libglib-2.0.so.0",
};

constexpr std::uint64_t kLargestPage = 64 * 1024;  // AArch64 kernels: 4, 16 or 64 KiB

// .note.gnu.property; "Linux Extensions to gABI" and the AArch64 and x86-64 processor supplements.
constexpr std::uint32_t kPropertyNote = 5;  // NT_GNU_PROPERTY_TYPE_0
constexpr std::uint32_t kAArch64Features = 0xc0000000;
constexpr std::uint32_t kX86Features = 0xc0000002;
constexpr std::uint32_t kX86IsaNeeded = 0xc0008002;

struct Bit {
  std::uint32_t bit;
  const char* name;
};
constexpr Bit kAArch64Bits[] = {{1, "BTI"}, {2, "PAC"}, {4, "GCS"}};
constexpr Bit kX86Bits[] = {{1, "IBT"}, {2, "SHSTK"}};
constexpr Bit kIsaBits[] = {{8, "x86-64-v4"}, {4, "x86-64-v3"}, {2, "x86-64-v2"}, {1, "x86-64-v1"}};

bool has_flag(const Image& image, std::int64_t tag, std::uint64_t flag) {
  return std::any_of(image.dynamic.begin(), image.dynamic.end(), [&](const DynamicEntry& entry) {
    return entry.tag == tag && (entry.value & flag) != 0;
  });
}

bool has_tag(const Image& image, std::int64_t tag) {
  return std::any_of(image.dynamic.begin(), image.dynamic.end(),
                     [&](const DynamicEntry& entry) { return entry.tag == tag; });
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::vector<ImageNote> notes_of(const Image& image) {
  std::vector<ImageNote> all;
  for (const auto& segment : image.segments) {
    if (segment.type != llvm::ELF::PT_NOTE) continue;
    const auto notes = parse_notes(segment.bytes, segment.align);
    all.insert(all.end(), notes.begin(), notes.end());
    // Real files have two or three segments of notes; they may lie over each other.
    if (all.size() > 1000) break;
  }
  return all;
}

std::string build_id(const std::vector<ImageNote>& notes) {
  constexpr std::size_t kLongest = 64;  // SHA-1 has 20 bytes
  for (const auto& note : notes)
    if (note.owner == "GNU" && note.type == llvm::ELF::NT_GNU_BUILD_ID)
      return hex(note.description.substr(0, kLongest));
  return {};
}

void inspect_segments(const Image& image, Linking& linking) {
  std::vector<const ImageSegment*> loaded;
  for (const auto& segment : image.segments)
    if (segment.type == llvm::ELF::PT_LOAD) loaded.push_back(&segment);
  if (loaded.empty()) return;
  std::sort(loaded.begin(), loaded.end(),
            [](const auto* a, const auto* b) { return a->address < b->address; });
  linking.segment_align =
      (*std::min_element(loaded.begin(), loaded.end(), [](const auto* a, const auto* b) {
        return a->align < b->align;
      }))->align;
  linking.pages_64k = linking.segment_align >= kLargestPage;
  for (std::size_t i = 1; i < loaded.size(); ++i) {
    const auto& before = *loaded[i - 1];
    const std::uint64_t last =
        before.address + (before.memory_size > 0 ? before.memory_size - 1 : 0);
    if (last / kLargestPage >= loaded[i]->address / kLargestPage) linking.pages_64k = false;
  }
}

}  // namespace

const char* relro_name(Relro relro) {
  switch (relro) {
    case Relro::full:
      return "full";
    case Relro::partial:
      return "partial";
    case Relro::none:
      break;
  }
  return "none";
}

Linking inspect_linking(const Image& image) {
  Linking linking;
  linking.position_independent = image.position_independent;
  linking.executable = !image.position_independent ||
                       image.segment(llvm::ELF::PT_INTERP) != nullptr ||
                       has_flag(image, llvm::ELF::DT_FLAGS_1, llvm::ELF::DF_1_PIE);
  linking.bind_now = has_tag(image, llvm::ELF::DT_BIND_NOW) ||
                     has_flag(image, llvm::ELF::DT_FLAGS, llvm::ELF::DF_BIND_NOW) ||
                     has_flag(image, llvm::ELF::DT_FLAGS_1, llvm::ELF::DF_1_NOW);
  if (image.segment(llvm::ELF::PT_GNU_RELRO) != nullptr)
    linking.relro = linking.bind_now ? Relro::full : Relro::partial;
  linking.executable_stack = image.needs.executable_stack;
  linking.text_relocations = image.needs.text_relocations;
  linking.build_id = build_id(notes_of(image));
  linking.stripped = image.symbols.empty();
  linking.debug_info =
      image.section(".debug_info") != nullptr || image.section(".zdebug_info") != nullptr;
  inspect_segments(image, linking);
  linking.needed = image.needs.needed;
  linking.run_paths = image.needs.run_paths;
  linking.libc = libc_of(image.needs);
  linking.glibc = newest_glibc({image.needs});
  linking.glibc_beyond = unknown_glibc_names({image.needs});
  for (const auto& library : linking.needed)
    if (!library.starts_with("ld-linux") &&
        std::find(std::begin(kManylinux), std::end(kManylinux), library) == std::end(kManylinux))
      linking.beyond_manylinux.push_back(library);
  return linking;
}

void inspect_properties(const Image& image, Hardening& hardening) {
  for (const auto* symbols : {&image.dynamic_symbols, &image.symbols})
    for (const auto& symbol : *symbols)
      if (symbol.name == "__stack_chk_fail" && hardening.stack_protector.empty())
        hardening.stack_protector.emplace_back("calls __stack_chk_fail");

  const bool arm = image.machine == Machine::aarch64;
  for (const auto& note : notes_of(image)) {
    if (note.owner != "GNU" || note.type != kPropertyNote) continue;
    // Properties: type, size, then so many bytes, padded to 8.
    std::string_view rest = note.description;
    while (rest.size() >= 12) {
      const std::uint32_t type = word_at(rest, 0);
      const std::uint32_t size = word_at(rest, 4);
      const std::uint32_t bits = word_at(rest, 8);
      const auto add = [&](const auto& table) {
        for (const auto& row : table)
          if ((bits & row.bit) != 0 &&
              std::find(hardening.declared.begin(), hardening.declared.end(), row.name) ==
                  hardening.declared.end())
            hardening.declared.emplace_back(row.name);
      };
      if (size >= 4 && arm && type == kAArch64Features) add(kAArch64Bits);
      if (size >= 4 && !arm && type == kX86Features) add(kX86Bits);
      if (size >= 4 && !arm && type == kX86IsaNeeded && hardening.declared_isa.empty())
        for (const auto& row : kIsaBits)
          if ((bits & row.bit) != 0 && hardening.declared_isa.empty())
            hardening.declared_isa = row.name;
      rest.remove_prefix(static_cast<std::size_t>(
          std::min<std::uint64_t>(8 + (std::uint64_t{size} + 7) / 8 * 8, rest.size())));
    }
  }
}

}  // namespace pytune
