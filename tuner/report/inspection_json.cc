#include "input/text.h"
#include "report/inspection.h"
#include "report/text.h"

namespace pytune {
namespace {

using nlohmann::ordered_json;

// Texts of a file may be any bytes; JSON holds UTF-8 only.
ordered_json texts(const std::vector<std::string>& lines) {
  auto array = ordered_json::array();
  for (const auto& line : lines) array.push_back(printable(line));
  return array;
}

ordered_json linking_json(const Linking& linking) {
  return {{"executable", linking.executable},
          {"position_independent", linking.position_independent},
          {"relro", relro_name(linking.relro)},
          {"bind_now", linking.bind_now},
          {"executable_stack", linking.executable_stack},
          {"text_relocations", linking.text_relocations},
          {"writable_code", linking.writable_code},
          {"build_id", linking.build_id},
          {"stripped", linking.stripped},
          {"debug_info", linking.debug_info},
          {"segment_align", linking.segment_align},
          {"pages_64k", linking.pages_64k},
          {"needed", texts(linking.needed)},
          {"run_paths", texts(linking.run_paths)},
          {"libc", name_of(linking.libc)},
          {"glibc", printable(linking.glibc)},
          {"glibc_beyond", texts(linking.glibc_beyond)},
          {"beyond_manylinux2014", texts(linking.beyond_manylinux)}};
}

ordered_json hardening_json(const Hardening& hardening) {
  return {{"stack_protector", texts(hardening.stack_protector)},
          {"branch_protection_declared", texts(hardening.declared)},
          {"isa_declared", hardening.declared_isa},
          {"functions", hardening.functions},
          {"landing_pads", hardening.landing_pads},
          {"signed_returns", hardening.signed_returns}};
}

ordered_json compilation_json(const Compilation& compilation) {
  return {{"compilers", texts(compilation.compilers)},
          {"producers", texts(compilation.producers)},
          {"command_lines", texts(compilation.command_lines)},
          {"evidence",
           {{"lto", texts(compilation.lto)},
            {"pgo", texts(compilation.pgo)},
            {"bolt", texts(compilation.bolt)}}}};
}

ordered_json architecture_json(const Architecture& architecture) {
  auto features = ordered_json::array();
  for (const auto& use : architecture.features)
    features.push_back({{"feature", use.feature},
                        {"instructions", use.instructions},
                        {"dispatched", use.dispatched},
                        {"function_count", use.function_count},
                        {"functions", texts(use.functions)},
                        {"first",
                         {{"function", printable(use.first_function)},
                          {"address", use.first_address},
                          {"instruction", use.first_instruction}}}});
  return {{"minimum", architecture.minimum},
          {"version", architecture.minimum_version},
          {"with_dispatched", architecture.with_dispatched},
          {"doubtful_instructions", architecture.doubtful_instructions},
          {"features", std::move(features)}};
}

ordered_json code_json(const Code& code) {
  return {{"bytes", code.bytes},
          {"instructions", code.instructions},
          {"undecoded_bytes", code.undecoded_bytes},
          {"functions", code.functions},
          {"bytes_between_functions", code.between_functions},
          {"split_functions", code.split_functions},
          {"framed_functions", code.framed_functions},
          {"frame_pointers", code.frame_pointers},
          {"architecture", architecture_json(code.architecture)},
          {"atomics",
           {{"outline_calls", code.atomics.outline_calls},
            {"outline_helpers", code.atomics.outline_helpers},
            {"lse", code.atomics.lse},
            {"exclusive_loops", code.atomics.exclusive_loops},
            {"locked", code.atomics.locked}}},
          {"evaluation_loop",
           {{"function", printable(code.dispatch.function)},
            {"by_name", code.dispatch.by_name},
            {"indirect_jumps", code.dispatch.indirect_jumps},
            {"bytes", code.dispatch.bytes},
            {"tail_call_handlers", code.dispatch.tail_call_handlers}}}};
}

ordered_json probes_json(const std::vector<Probe>& probes) {
  ordered_json all = ordered_json::array();
  for (const Probe& probe : probes)
    all.push_back({{"name", printable(probe.name)}, {"places", probe.places}});
  return all;
}

ordered_json file_json(const InspectedFile& file) {
  const Binary& binary = file.binary;
  return {{"path", file.path},
          {"machine", machine_name(binary.machine)},
          {"bytes", binary.file_bytes},
          {"python_version", binary.python_version},
          {"linking", linking_json(binary.linking)},
          {"hardening", hardening_json(binary.hardening)},
          {"compilation", compilation_json(binary.compilation)},
          {"code", code_json(binary.code)},
          {"probes", probes_json(binary.probes)}};
}

ordered_json files_json(const std::vector<ProgramFile>& files) {
  auto all = ordered_json::array();
  for (const ProgramFile& file : files)
    all.push_back({{"path", file.path},
                   {"executable_stack", file.facts.executable_stack},
                   {"branch_protection_declared", texts(file.facts.branch_protection)},
                   {"segment_align", file.facts.segment_align},
                   {"pages_64k", file.facts.pages_64k}});
  return all;
}

}  // namespace

ordered_json inspections_json(const std::vector<Inspection>& inspections) {
  auto all = ordered_json::array();
  for (const auto& inspection : inspections) {
    ordered_json one = {{"name", inspection.name},
                        {"program", file_json(inspection.program)},
                        {"library", nullptr},
                        {"missing_library", printable(inspection.missing_library)},
                        {"files", files_json(inspection.files)},
                        {"missing_files", texts(inspection.missing_files)},
                        {"sysconfig", nullptr}};
    if (inspection.library) one["library"] = file_json(*inspection.library);
    if (!inspection.sysconfig_path.empty()) {
      ordered_json variables = ordered_json::object();
      for (const auto& [name, value] : inspection.sysconfig) variables[name] = printable(value);
      one["sysconfig"] = {{"path", inspection.sysconfig_path},
                          {"problem", printable(inspection.sysconfig_problem)},
                          {"declared",
                           {{"lto", texts(declared(inspection, Optimization::lto))},
                            {"pgo", texts(declared(inspection, Optimization::pgo))},
                            {"bolt", texts(declared(inspection, Optimization::bolt))},
                            {"level", printable(declared_level(inspection))}}},
                          {"variables", std::move(variables)}};
    }
    all.push_back(std::move(one));
  }
  return {{"schema", 1}, {"kind", "inspection"}, {"interpreters", std::move(all)}};
}

}  // namespace pytune
