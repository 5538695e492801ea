// Any bytes may be called an interpreter. Those that do not begin as an ELF file become the code
// and the tables of one, so that the disassemblers and what reads debug information are reached
// soon.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../unit/binary/made_elf.h"
#include "binary/binary.h"
#include "sys/error.h"

namespace {

void inspect(std::string_view bytes) {
  try {
    pytune::inspect_binary(bytes, "fuzzed");
  } catch (const pytune::Failure&) {
  } catch (const pytune::UsageError&) {
  }
}

// The first byte says how; the rest is cut into code, notes, unwinding table and debug sections.
std::string around(std::string_view bytes) {
  const unsigned how = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  if (!bytes.empty()) bytes.remove_prefix(1);
  const auto take = [&](unsigned parts) {
    const auto part = bytes.substr(0, bytes.size() / parts);
    bytes.remove_prefix(part.size());
    return std::string(part);
  };
  pytune::elf_test::MadeElf elf;
  elf.machine = (how & 1U) != 0 ? EM_AARCH64 : EM_X86_64;
  const unsigned text = elf.add_code(take((how & 2U) != 0 ? 1 : 2));
  elf.segments.push_back({.flags = PF_R | PF_X, .section = text});
  if ((how & 4U) != 0)
    elf.add_symbols({{"_PyEval_EvalFrameDefault", 0x10000, elf.sections[0].bytes.size() / 2},
                     {"memcpy_avx2", 0x10000 + elf.sections[0].bytes.size() / 2, 64},
                     {"$d", 0x10000 + how, 0, STT_NOTYPE}});
  const unsigned table = elf.add({.name = ".eh_frame_hdr", .address = 0x20000, .bytes = take(3)});
  elf.segments.push_back({.type = PT_GNU_EH_FRAME, .section = table});
  elf.segments.push_back({.section = table});
  const auto note = take(3);
  elf.add_note(5, note, (how & 8U) != 0 ? 8 : 4);
  elf.add({.name = ".comment", .bytes = note});
  elf.add({.name = ".debug_abbrev", .bytes = take(3)});
  elf.add({.name = ".debug_info", .bytes = take(2)});
  elf.add({.name = ".debug_str", .bytes = take(1)});
  return elf.write((how & 16U) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  inspect(bytes.starts_with("\177ELF") ? std::string(bytes) : around(bytes));
  return 0;
}
