#include "package/interpreter_facts.h"

#include "package/bytecode.h"

namespace pytune {
namespace {

constexpr const char* kFacts = R"py(
import importlib.machinery as machinery, importlib.util, json, os, sys, sysconfig
inside = lambda path: os.path.relpath(path, sys.prefix)
version = sys.implementation.version
names = [n for n in sysconfig.get_path_names() if n not in ('include', 'platinclude')] + ['include', 'platinclude']
print(json.dumps({
    'python_tag': 'cp%d%d' % sys.version_info[:2],
    'python_abi_tag': 'cp%d%d%s' % (*sys.version_info[:2], sys.abiflags),
    'python_platform_tag': sysconfig.get_platform().replace('-', '_').replace('.', '_'),
    'python_implementation_cache_tag': sys.implementation.cache_tag,
    'python_implementation_hex_version': sys.implementation.hexversion,
    'python_implementation_name': sys.implementation.name,
    'python_implementation_version': [str(part) for part in version],
    'python_version': '.'.join(str(part) for part in sys.version_info[:3]),
    'python_major_minor_version': '%d.%d' % sys.version_info[:2],
    'python_paths': {n: inside(sysconfig.get_path(n)) for n in names},
    'python_paths_abstract': {n: sysconfig.get_path(n, expand=False) for n in names},
    'python_suffixes': {
        'bytecode': machinery.BYTECODE_SUFFIXES,
        'debug_bytecode': machinery.DEBUG_BYTECODE_SUFFIXES,
        'extension': machinery.EXTENSION_SUFFIXES,
        'optimized_bytecode': machinery.OPTIMIZED_BYTECODE_SUFFIXES,
        'source': machinery.SOURCE_SUFFIXES,
    },
    'python_bytecode_magic_number': importlib.util.MAGIC_NUMBER.hex(),
    'builtin_modules': sorted(sys.builtin_module_names),
}))
)py";

}  // namespace

nlohmann::json interpreter_facts(ProcessRunner& runner, const StagedPrefix& staged,
                                 const std::filesystem::path& scratch) {
  Command command;
  // -W ignore: the names of the bytecode suffixes are deprecated and still what PYTHON.json asks
  // for.
  command.argv = staged.interpreter_words();
  for (const char* word : {"-I", "-S", "-B", "-W", "ignore", "-c", kFacts})
    command.argv.emplace_back(word);
  command.cwd = scratch;
  command.environment = interpreter_environment(scratch);
  command.log = scratch / "facts.log";
  command.capture_stdout_only = true;
  command.timeout = std::chrono::minutes(1);
  const Outcome outcome = runner.run(command);
  if (!outcome.ok()) return {{"problem", outcome.describe()}};
  auto facts = nlohmann::json::parse(outcome.output, nullptr, false);
  if (!facts.is_object()) return {{"problem", "the interpreter printed no JSON"}};
  return facts;
}

}  // namespace pytune
