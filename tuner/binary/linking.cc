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
  linking.writable_code = image.needs.writable_code;
  linking.build_id = build_id(notes_of(image));
  linking.stripped = image.symbols.empty();
  linking.debug_info =
      image.section(".debug_info") != nullptr || image.section(".zdebug_info") != nullptr;
  linking.segment_align = image.needs.segment_align;
  linking.pages_64k = image.needs.pages_64k;
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
  hardening.declared = image.needs.branch_protection;
  hardening.declared_isa = image.needs.declared_isa;
}

}  // namespace pytune
