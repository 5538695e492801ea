#include "binary/binary.h"

namespace pytune {
const char* machine_name(Machine machine) {
  return machine == Machine::aarch64 ? "aarch64" : "x86_64";
}

Binary inspect_binary(std::string_view bytes, const std::string& name) {
  const Image image = read_image(bytes, name);
  Binary binary;
  binary.machine = image.machine;
  binary.file_bytes = bytes.size();
  binary.version_evidence = version_evidence(image, binary.abi_flags);
  binary.python_version = python_version_of(binary.version_evidence);
  binary.linking = inspect_linking(image);
  binary.code = inspect_code(image, binary.hardening);
  inspect_properties(image, binary.hardening);
  binary.probes = inspect_probes(image);
  binary.compilation = inspect_compilation(image, binary.code);
  return binary;
}

}  // namespace pytune
