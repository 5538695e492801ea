#include "binary/x86_features.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/X86TargetParser.h>

#include <algorithm>
#include <set>

namespace pytune {
namespace {

using Kind = X86Encoding::Kind;

struct Named {
  std::string_view start;  // of the mnemonic; one that ends in '.' is the whole of it
  std::string_view feature;
};

bool matches(std::string_view mnemonic, std::string_view start) {
  if (start.ends_with('.')) return mnemonic == start.substr(0, start.size() - 1);
  return mnemonic.starts_with(start);
}

template <std::size_t N>
std::string_view lookup(const Named (&table)[N], std::string_view mnemonic,
                        std::string_view otherwise) {
  for (const auto& row : table)
    if (matches(mnemonic, row.start)) return row.feature;
  return otherwise;
}

// One-byte opcodes and those after 0F: nearly all are as old as x86-64.
constexpr Named kLegacy[] = {
    {"addsubp", "sse3"},
    {"haddp", "sse3"},
    {"hsubp", "sse3"},
    {"lddqu", "sse3"},
    {"movddup", "sse3"},
    {"movshdup", "sse3"},
    {"movsldup", "sse3"},
    {"fisttp", "sse3"},
    {"monitor.", "sse3"},
    {"mwait.", "sse3"},
    {"popcnt", "popcnt"},
    {"lzcnt", "lzcnt"},
    {"cmpxchg16b", "cx16"},
    {"lahf", "sahf"},
    {"sahf", "sahf"},
    {"extrq", "sse4a"},
    {"insertq", "sse4a"},
    {"movntsd", "sse4a"},
    {"movntss", "sse4a"},
    {"rdrand", "rdrnd"},
    {"rdseed", "rdseed"},
    {"rdfsbase", "fsgsbase"},
    {"rdgsbase", "fsgsbase"},
    {"wrfsbase", "fsgsbase"},
    {"wrgsbase", "fsgsbase"},
    {"xsavec", "xsavec"},
    {"xsaveopt", "xsaveopt"},
    {"xsaves", "xsaves"},
    {"xsave", "xsave"},
    {"xrstor", "xsave"},
    {"xgetbv", "xsave"},
    {"xsetbv", "xsave"},
    {"rdpid", "rdpid"},
    {"clflushopt", "clflushopt"},
    {"clwb", "clwb"},
    {"xbegin", "rtm"},
    {"xend", "rtm"},
    {"xabort", "rtm"},
    {"xtest", "rtm"},
    {"tpause", "waitpkg"},
    {"umonitor", "waitpkg"},
    {"umwait", "waitpkg"},
    {"serialize", "serialize"},
    {"ptwrite", "ptwrite"},
    {"incssp", "shstk"},
    {"rstorssp", "shstk"},
    {"saveprevssp", "shstk"},
    {"setssbsy", "shstk"},
    {"clrssbsy", "shstk"},
    {"rdpkru", "pku"},
    {"wrpkru", "pku"},
    {"clzero", "clzero"},
    {"monitorx", "mwaitx"},
    {"mwaitx", "mwaitx"},
    {"femms", "3dnow"},
    {"pfadd", "3dnow"},
};

// After 0F 38 and 0F 3A; the default is SSE4.1.
constexpr Named kThreeBytes[] = {
    {"pshufb", "ssse3"},    {"phadd", "ssse3"},     {"phsub", "ssse3"},
    {"pmaddubsw", "ssse3"}, {"psign", "ssse3"},     {"pmulhrsw", "ssse3"},
    {"pabs", "ssse3"},      {"palignr", "ssse3"},   {"pcmpgtq", "sse4.2"},
    {"pcmpestr", "sse4.2"}, {"pcmpistr", "sse4.2"}, {"crc32", "sse4.2"},
    {"movbe", "movbe"},     {"adcx", "adx"},        {"adox", "adx"},
    {"aes", "aes"},         {"pclmul", "pclmul"},   {"sha", "sha"},
    {"gf2p8", "gfni"},      {"movdiri", "movdiri"}, {"movdir64b", "movdir64b"},
    {"enqcmd", "enqcmd"},   {"wrss", "shstk"},      {"wruss", "shstk"},
    {"loadiwkey", "kl"},    {"encodekey", "kl"},    {"inv", "invpcid"},
};

// The default is AVX.
constexpr Named kVex[] = {
    {"andn.", "bmi"},
    {"bextr", "bmi"},
    {"bls", "bmi"},
    {"bzhi", "bmi2"},
    {"mulx", "bmi2"},
    {"pdep", "bmi2"},
    {"pext.", "bmi2"},
    {"rorx", "bmi2"},
    {"sarx", "bmi2"},
    {"shlx", "bmi2"},
    {"shrx", "bmi2"},
    {"vfmadd", "fma"},
    {"vfmsub", "fma"},
    {"vfnm", "fma"},
    {"vcvtph2ps", "f16c"},
    {"vcvtps2ph", "f16c"},
    {"vgather", "avx2"},
    {"vpgather", "avx2"},
    {"vpbroadcast", "avx2"},
    {"vinserti128", "avx2"},
    {"vextracti128", "avx2"},
    {"vbroadcasti128", "avx2"},
    {"vperm2i128", "avx2"},
    {"vpermd.", "avx2"},
    {"vpermq.", "avx2"},
    {"vpermps.", "avx2"},
    {"vpermpd.", "avx2"},
    {"vpsllv", "avx2"},
    {"vpsrlv", "avx2"},
    {"vpsrav", "avx2"},
    {"vpmaskmov", "avx2"},
    {"vpblendd.", "avx2"},
    {"vpdp", "avxvnni"},
    {"vpmadd52", "avxifma"},
    {"vbcstne", "avxneconvert"},
    {"vcvtne", "avxneconvert"},
    {"vsha512", "sha512"},
    {"vsm3", "sm3"},
    {"vsm4", "sm4"},
    {"tile", "amx-tile"},
    {"ldtilecfg", "amx-tile"},
    {"sttilecfg", "amx-tile"},
    {"tdp", "amx-int8"},
    {"tcmm", "amx-complex"},
    {"cmp", "cmpccxadd"},
    {"k", "avx512f"},
};

// 256 bits wide and named as an integer instruction: AVX2, but for these.
constexpr std::string_view kWideInAvx[] = {"vptest", "vperm2f128", "vpermilp"};

// The default is AVX512F.
constexpr Named kEvex[] = {
    {"vpermb.", "avx512vbmi"},
    {"vpermi2b", "avx512vbmi"},
    {"vpermt2b", "avx512vbmi"},
    {"vpmultishiftqb", "avx512vbmi"},
    {"vpcompressb", "avx512vbmi2"},
    {"vpcompressw", "avx512vbmi2"},
    {"vpexpandb", "avx512vbmi2"},
    {"vpexpandw", "avx512vbmi2"},
    {"vpshld", "avx512vbmi2"},
    {"vpshrd", "avx512vbmi2"},
    {"vpmadd52", "avx512ifma"},
    {"vpdp", "avx512vnni"},
    {"vpopcntb", "avx512bitalg"},
    {"vpopcntw", "avx512bitalg"},
    {"vpshufbitqmb", "avx512bitalg"},
    {"vpopcnt", "avx512vpopcntdq"},
    {"vcvtne", "avx512bf16"},
    {"vdpbf16ps", "avx512bf16"},
    {"vp2intersect", "avx512vp2intersect"},
};

std::vector<std::string_view> vex_features(std::string_view mnemonic, const X86Encoding& encoding) {
  // The instructions that were there before AVX and got wider with a set of their own.
  if (mnemonic.starts_with("vaes"))
    return encoding.wide ? std::vector<std::string_view>{"vaes"}
                         : std::vector<std::string_view>{"avx", "aes"};
  if (mnemonic.starts_with("vpclmul"))
    return encoding.wide ? std::vector<std::string_view>{"vpclmulqdq"}
                         : std::vector<std::string_view>{"avx", "pclmul"};
  if (mnemonic.starts_with("vgf2p8")) return {"avx", "gfni"};
  if (const auto named = lookup(kVex, mnemonic, {}); !named.empty()) return {named};
  if (mnemonic.starts_with("vbroadcasts") && encoding.register_operand) return {"avx2"};
  const bool integer =
      mnemonic.starts_with("vp") || mnemonic == "vmpsadbw" || mnemonic == "vmovntdqa";
  if (encoding.wide && integer &&
      std::none_of(std::begin(kWideInAvx), std::end(kWideInAvx),
                   [&](std::string_view start) { return mnemonic.starts_with(start); }))
    return {"avx2"};
  return {"avx"};
}

std::vector<std::string_view> evex_features(std::string_view mnemonic,
                                            const X86Encoding& encoding) {
  if (encoding.map == 4) return {"egpr"};  // APX: old instructions with the new registers
  if (encoding.map == 5 || encoding.map == 6) return {"avx512fp16"};
  if (mnemonic.starts_with("vaes")) return {"avx512f", "vaes"};
  if (mnemonic.starts_with("vpclmul")) return {"avx512f", "vpclmulqdq"};
  if (mnemonic.starts_with("vgf2p8")) return {"avx512f", "gfni"};
  return {lookup(kEvex, mnemonic, "avx512f")};
}

std::set<std::string> level_features(const std::string& level) {
  llvm::SmallVector<llvm::StringRef, 64> names;
  llvm::X86::getFeaturesForCPU(level, names);
  llvm::StringMap<bool> enabled;  // the list leaves out what others of it imply
  for (const auto name : names) {
    enabled[name] = true;
    llvm::X86::updateImpliedFeatures(name, true, enabled);
  }
  std::set<std::string> features;
  for (const auto& feature : enabled)
    if (feature.second) features.insert(feature.first().str());
  return features;
}

}  // namespace

X86Encoding x86_encoding(std::string_view bytes) {
  X86Encoding encoding;
  std::size_t at = 0;
  const auto byte = [&](std::size_t ahead) {
    return at + ahead < bytes.size() ? static_cast<unsigned char>(bytes[at + ahead]) : 0U;
  };
  constexpr std::string_view kPrefixes("\x66\xF2\xF3\x2E\x36\x3E\x26\x64\x65\x67\xF0");
  while (at < bytes.size() && kPrefixes.find(bytes[at]) != std::string_view::npos) {
    encoding.locked |= byte(0) == 0xF0;
    ++at;
  }
  if ((byte(0) & 0xF0U) == 0x40) ++at;  // REX
  std::size_t opcode = 0;               // from `at`
  if (byte(0) == 0xC5) {
    encoding.kind = Kind::vex;
    encoding.map = 1;
    encoding.wide = (byte(1) & 0x04U) != 0;
    opcode = 2;
  } else if (byte(0) == 0xC4) {
    encoding.kind = Kind::vex;
    encoding.map = byte(1) & 0x1FU;
    encoding.wide = (byte(2) & 0x04U) != 0;
    opcode = 3;
  } else if (byte(0) == 0x62) {
    encoding.kind = Kind::evex;
    encoding.map = byte(1) & 0x07U;
    opcode = 4;
  } else if (byte(0) == 0xD5) {
    encoding.kind = Kind::rex2;
    encoding.map = (byte(1) & 0x80U) != 0 ? 1 : 0;
    opcode = 2;
  } else if (byte(0) == 0x8F && (byte(1) & 0x1FU) >= 8) {
    encoding.kind = Kind::xop;
    encoding.map = byte(1) & 0x1FU;
    opcode = 3;
  } else if (byte(0) == 0x0F) {
    encoding.map = byte(1) == 0x38 ? 2 : byte(1) == 0x3A ? 3 : 1;
    opcode = encoding.map == 1 ? 1 : 2;
  }
  encoding.register_operand = (byte(opcode + 1) & 0xC0U) == 0xC0;
  return encoding;
}

std::vector<std::string_view> x86_features(std::string_view mnemonic, const X86Encoding& encoding) {
  switch (encoding.kind) {
    case Kind::vex:
      return vex_features(mnemonic, encoding);
    case Kind::evex:
      return evex_features(mnemonic, encoding);
    case Kind::xop:
      return {"xop"};
    case Kind::rex2:
      return {"egpr"};
    case Kind::legacy:
      break;
  }
  const bool three_bytes = encoding.map == 2 || encoding.map == 3;
  const std::string_view feature =
      three_bytes ? lookup(kThreeBytes, mnemonic, "sse4.1") : lookup(kLegacy, mnemonic, {});
  if (feature.empty()) return {};
  return {feature};
}

X86Level x86_level(const std::vector<std::string>& features) {
  // A feature that no level has does not choose one.
  const std::set<std::string> last = level_features("x86-64-v4");
  X86Level level;
  for (const char* name : {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    const auto has = level_features(name);
    level.name = std::string_view(name) == "x86-64" ? "x86-64-v1" : name;
    if (std::all_of(features.begin(), features.end(), [&](const std::string& feature) {
          return has.contains(feature) || !last.contains(feature);
        }))
      break;
  }
  for (const auto& feature : features)
    if (!last.contains(feature)) level.beyond.push_back(feature);
  return level;
}

}  // namespace pytune
