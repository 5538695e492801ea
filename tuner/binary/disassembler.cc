#include "binary/disassembler.h"

#include <fmt/format.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/AArch64TargetParser.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <optional>

#include "binary/x86_features.h"
#include "sys/error.h"

namespace pytune {
namespace {

using llvm::FeatureBitset;

// What an opcode is, found once for each by its name and description.
enum class Role { other, hint, landing, exclusive_store, push, take_stack, copy_register, swap };

struct Opcode {
  Role role = Role::other;
  bool known = false;  // whether `features` has been found
  std::vector<unsigned> features;
};

struct RoleName {
  const char* start;
  Role role;
};

constexpr RoleName kAArch64Roles[] = {
    {"HINT", Role::hint},
    {"PACIASP", Role::landing},
    {"PACIBSP", Role::landing},
    {"STXR", Role::exclusive_store},
    {"STLXR", Role::exclusive_store},
    {"STXP", Role::exclusive_store},
    {"STLXP", Role::exclusive_store},
    {"STPXpre", Role::push},
    {"STRXpre", Role::push},
    {"SUBXri", Role::take_stack},
    {"ADDXri", Role::copy_register},
};

constexpr RoleName kX86Roles[] = {
    {"ENDBR64", Role::landing},       {"PUSH64r", Role::push},  {"SUB64ri", Role::take_stack},
    {"MOV64rr", Role::copy_register}, {"XCHG8rm", Role::swap},  {"XCHG16rm", Role::swap},
    {"XCHG32rm", Role::swap},         {"XCHG64rm", Role::swap},
};

// A feature of LLVM's AArch64 target as compilers spell it: "fullfp16" is "fp16" to them.
std::string march_name(llvm::StringRef key) {
  for (const auto& extension : llvm::AArch64::Extensions)
    if (extension.PosTargetFeature.size() == key.size() + 1 &&
        extension.PosTargetFeature.ends_with(key) && !extension.UserVisibleName.empty())
      return extension.UserVisibleName.str();
  return key.str();
}

struct Candidate {
  unsigned name;  // index in Llvm::names
  FeatureBitset bits;
};

}  // namespace

struct Disassembler::Llvm {
  Machine machine;
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembler;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;
  std::unique_ptr<llvm::MCSubtargetInfo> everything;
  std::unique_ptr<llvm::MCSubtargetInfo> trial;  // its features are exchanged
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> decoder;
  std::unique_ptr<llvm::MCDisassembler> trial_decoder;
  std::unique_ptr<llvm::MCInstPrinter> printer;

  FeatureBitset baseline;
  std::vector<Candidate> candidates;  // smallest first
  std::vector<std::string> names;     // of features
  std::vector<Opcode> opcodes;
  std::vector<unsigned> sme_features;  // what an instruction in SME's encodings needs
  unsigned frame_pointer = 0;          // x29, rbp
  unsigned stack_pointer = 0;

  llvm::MCInst last;
  std::uint64_t last_address = 0;

  explicit Llvm(Machine which);
  const llvm::Target& target(std::string& triple) const;
  unsigned name_index(std::string_view name);
  void list_candidates();
  // The opcode that bytes are with these features; nothing: none.
  std::optional<unsigned> opcode_with(const FeatureBitset& bits,
                                      llvm::ArrayRef<std::uint8_t> bytes);
  std::vector<unsigned> needed(llvm::ArrayRef<std::uint8_t> bytes, unsigned opcode);
  // Likewise on x86-64, where mnemonic and encoding tell.
  std::vector<unsigned> needed(const X86Encoding& encoding);
  // What `last` does to the stack, to memory and to whoever jumps to it.
  void classify(Instruction& instruction) const;
  bool is(const llvm::MCInst& inst, unsigned operand, unsigned wanted) const {
    return operand < inst.getNumOperands() && inst.getOperand(operand).isReg() &&
           inst.getOperand(operand).getReg() == wanted;
  }
};

const llvm::Target& Disassembler::Llvm::target(std::string& triple) const {
  triple = machine == Machine::aarch64 ? "aarch64-unknown-linux-gnu" : "x86_64-unknown-linux-gnu";
  if (machine == Machine::aarch64) {
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64Disassembler();
  } else {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86Disassembler();
  }
  std::string problem;
  const auto* found = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (found == nullptr) throw Failure("LLVM cannot disassemble: " + problem);
  return *found;
}

Disassembler::Llvm::Llvm(Machine which) : machine(which) {
  std::string triple;
  const llvm::Target& llvm_target = target(triple);
  const bool arm = machine == Machine::aarch64;
  registers.reset(llvm_target.createMCRegInfo(triple));
  assembler.reset(llvm_target.createMCAsmInfo(*registers, triple, options));
  instructions.reset(llvm_target.createMCInstrInfo());
  analysis.reset(llvm_target.createMCInstrAnalysis(instructions.get()));
  everything.reset(
      llvm_target.createMCSubtargetInfo(triple, arm ? "generic" : "", arm ? "+v8a" : ""));
  trial.reset(llvm_target.createMCSubtargetInfo(triple, arm ? "generic" : "", arm ? "+v8a" : ""));
  baseline = trial->getFeatureBits();
  context = std::make_unique<llvm::MCContext>(llvm::Triple(triple), assembler.get(),
                                              registers.get(), everything.get());
  decoder.reset(llvm_target.createMCDisassembler(*everything, *context));
  trial_decoder.reset(llvm_target.createMCDisassembler(*trial, *context));
  constexpr unsigned kIntelSyntax = 1;
  printer.reset(llvm_target.createMCInstPrinter(llvm::Triple(triple), arm ? 0 : kIntelSyntax,
                                                *assembler, *instructions, *registers));

  opcodes.resize(instructions->getNumOpcodes());
  const auto find_role = [&](llvm::StringRef name, const auto& table) {
    for (const auto& row : table)
      if (name.starts_with(row.start)) return row.role;
    return Role::other;
  };
  for (unsigned i = 0; i < opcodes.size(); ++i) {
    const auto name = instructions->getName(i);
    opcodes[i].role = arm ? find_role(name, kAArch64Roles) : find_role(name, kX86Roles);
  }
  for (unsigned i = 0; i < registers->getNumRegs(); ++i) {
    const llvm::StringRef name = registers->getName(i);
    if (name == (arm ? "FP" : "RBP")) frame_pointer = i;
    if (name == (arm ? "SP" : "RSP")) stack_pointer = i;
  }
  if (arm) list_candidates();
}

unsigned Disassembler::Llvm::name_index(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) names.emplace_back(name);
  return static_cast<unsigned>(
      std::distance(names.begin(), std::find(names.begin(), names.end(), name)));
}

void Disassembler::Llvm::list_candidates() {
  const auto with = [&](llvm::StringRef key) {
    auto subtarget = *trial;
    subtarget.setFeatureBits(baseline);
    return subtarget.ApplyFeatureFlag(("+" + key).str());
  };
  FeatureBitset sme;
  for (const auto& feature : everything->getAllProcessorFeatures())
    if (llvm::StringRef(feature.Key) == "sme") sme.set(feature.Value);
  FeatureBitset all = baseline;
  for (const auto& feature : everything->getAllProcessorFeatures()) {
    const llvm::StringRef key = feature.Key;
    // Not features of their own: all of them, and versions of the architecture.
    if (key == "all" || key.starts_with("v8") || key.starts_with("v9")) continue;
    const FeatureBitset bits = with(key);
    if ((bits & sme).any()) continue;
    all |= bits;
    candidates.push_back({name_index(march_name(key)), bits});
  }
  everything->setFeatureBits(all);
  sme_features = {name_index("sme")};
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.bits.count() < b.bits.count(); });
}

std::optional<unsigned> Disassembler::Llvm::opcode_with(const FeatureBitset& bits,
                                                        llvm::ArrayRef<std::uint8_t> bytes) {
  trial->setFeatureBits(bits);
  llvm::MCInst inst;
  std::uint64_t size = 0;
  const auto status = trial_decoder->getInstruction(inst, size, bytes, 0, llvm::nulls());
  if (status == llvm::MCDisassembler::Fail) return std::nullopt;
  return inst.getOpcode();
}

std::vector<unsigned> Disassembler::Llvm::needed(llvm::ArrayRef<std::uint8_t> bytes,
                                                 unsigned opcode) {
  // Without its feature PACIASP is a hint, which every processor runs, but CFINV is a write to a
  // system register that there is not.
  const auto plain = opcode_with(baseline, bytes);
  if (plain == opcode || (plain && opcodes[*plain].role == Role::hint)) return {};
  for (const auto& candidate : candidates)
    if (opcode_with(candidate.bits, bytes) == opcode) return {candidate.name};
  for (std::size_t i = 0; i < candidates.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (opcode_with(candidates[i].bits | candidates[j].bits, bytes) == opcode)
        return {candidates[i].name, candidates[j].name};
  return {name_index("unknown")};
}

std::vector<unsigned> Disassembler::Llvm::needed(const X86Encoding& encoding) {
  const char* start = printer->getMnemonic(&last).first;
  std::string_view mnemonic = start == nullptr ? "" : start;
  mnemonic = mnemonic.substr(0, mnemonic.find_first_of("\t "));
  std::vector<unsigned> features;
  for (const auto feature : x86_features(mnemonic, encoding))
    features.push_back(name_index(feature));
  return features;
}

void Disassembler::Llvm::classify(Instruction& instruction) const {
  switch (opcodes[last.getOpcode()].role) {
    case Role::hint: {
      // BTI c and BTI jc, PACIASP and PACIBSP are hints: Arm Architecture Reference Manual, C6.2.
      const auto hint =
          last.getNumOperands() > 0 && last.getOperand(0).isImm() ? last.getOperand(0).getImm() : 0;
      instruction.landing_pad = hint == 34 || hint == 38 || hint == 25 || hint == 27;
      instruction.signs_return = hint == 25 || hint == 27;
      break;
    }
    case Role::landing:
      instruction.landing_pad = true;
      instruction.signs_return = machine == Machine::aarch64;
      break;
    case Role::exclusive_store:
      instruction.exclusive_store = true;
      break;
    case Role::push:
      instruction.makes_frame = true;
      break;
    case Role::take_stack:
      instruction.makes_frame = is(last, 0, stack_pointer);
      break;
    case Role::copy_register:
      instruction.sets_frame_pointer = is(last, 0, frame_pointer) && is(last, 1, stack_pointer);
      break;
    case Role::swap:
      instruction.locked = true;
      break;
    case Role::other:
      break;
  }
}

Disassembler::Disassembler(Machine machine) : llvm_(std::make_unique<Llvm>(machine)) {}
Disassembler::~Disassembler() = default;

Disassembler& Disassembler::of(Machine machine) {
  if (machine == Machine::aarch64) {
    static Disassembler aarch64(Machine::aarch64);
    return aarch64;
  }
  static Disassembler x86_64(Machine::x86_64);
  return x86_64;
}

bool Disassembler::decode(std::string_view bytes, std::uint64_t address, Instruction& instruction) {
  Llvm& llvm = *llvm_;
  const bool arm = llvm.machine == Machine::aarch64;
  const llvm::ArrayRef<std::uint8_t> code(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                          bytes.size());
  std::uint64_t size = 0;
  instruction = {};
  instruction.address = address;
  llvm.last = llvm::MCInst();
  llvm.last_address = address;
  // SME is told by its encodings alone (Arm Architecture Reference Manual, C4.1): LLVM 19 writes
  // outside the operands of such an instruction when it is an invalid one.
  constexpr std::uint32_t kSmeMask = 0x9e000000;
  constexpr std::uint32_t kSme = 0x80000000;
  if (arm && bytes.size() >= 4 && (word_at(bytes, 0) & kSmeMask) == kSme) {
    instruction.size = 4;
    instruction.features = &llvm.sme_features;
    return true;
  }
  const auto status = llvm.decoder->getInstruction(llvm.last, size, code, address, llvm::nulls());
  if (status == llvm::MCDisassembler::Fail || size == 0 || size > bytes.size()) {
    instruction.size = static_cast<unsigned>(std::min<std::size_t>(arm ? 4 : 1, bytes.size()));
    return false;
  }
  instruction.size = static_cast<unsigned>(size);

  const llvm::MCInst& inst = llvm.last;
  const llvm::MCInstrDesc& description = llvm.instructions->get(inst.getOpcode());
  instruction.call = description.isCall();
  instruction.indirect_branch = description.isIndirectBranch() && !description.isReturn();
  std::uint64_t target = 0;
  if ((description.isBranch() || description.isCall()) && !instruction.indirect_branch &&
      llvm.analysis->evaluateBranch(inst, address, size, target)) {
    instruction.target = target;
    instruction.direct_branch = !instruction.call;
    instruction.conditional = description.isConditionalBranch();
  }

  X86Encoding encoding;
  if (!arm) encoding = x86_encoding(bytes.substr(0, instruction.size));
  instruction.locked = encoding.locked;
  llvm.classify(instruction);
  Opcode& opcode = llvm.opcodes[inst.getOpcode()];
  if (!opcode.known) {
    opcode.features =
        arm ? llvm.needed(code.take_front(size), inst.getOpcode()) : llvm.needed(encoding);
    opcode.known = true;
  }
  instruction.features = &opcode.features;
  return true;
}

std::string Disassembler::text() const {
  if (llvm_->last.getNumOperands() == 0 && llvm_->last.getOpcode() == 0) return "(not decoded)";
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm_->printer->printInst(&llvm_->last, llvm_->last_address, "", *llvm_->everything, stream);
  stream.flush();
  std::replace(text.begin(), text.end(), '\t', ' ');
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

const std::string& Disassembler::feature_name(unsigned feature) const {
  return llvm_->names.at(feature);
}

MinimumArchitecture Disassembler::minimum(const std::set<unsigned>& features) const {
  std::vector<std::string> wanted;
  wanted.reserve(features.size());
  for (const auto feature : features) wanted.push_back(llvm_->names.at(feature));
  std::sort(wanted.begin(), wanted.end());
  MinimumArchitecture minimum;
  if (llvm_->machine == Machine::x86_64) {
    const X86Level level = x86_level(wanted);
    minimum.spelling = level.name;
    for (const auto& feature : level.beyond) minimum.spelling += "+" + feature;
    if (level.beyond.empty()) minimum.version = level.name;
    return minimum;
  }
  minimum.spelling = "armv8-a";
  for (const auto& feature : wanted) minimum.spelling += "+" + feature;
  FeatureBitset needed;
  bool known = true;
  for (const auto feature : features) {
    const auto found =
        std::find_if(llvm_->candidates.begin(), llvm_->candidates.end(),
                     [&](const Candidate& candidate) { return candidate.name == feature; });
    if (found == llvm_->candidates.end())
      known = false;
    else
      needed |= found->bits;
  }
  for (const auto* version : llvm::AArch64::ArchInfos) {
    if (!known || version->Profile != llvm::AArch64::AProfile) continue;
    llvm::MCSubtargetInfo has = *llvm_->everything;
    has.setFeatureBits(llvm_->baseline);
    const auto bits = has.ApplyFeatureFlag(version->ArchFeature);
    if ((bits & needed) != needed) continue;
    minimum.version = version->Name.str();
    break;
  }
  return minimum;
}

}  // namespace pytune
