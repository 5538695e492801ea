#include "package/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "build/description.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 9> kGlibc = {
    "libc.so.",    "libm.so.", "libdl.so.",     "libpthread.so.", "librt.so.",
    "libutil.so.", "ld-linux", "libresolv.so.", "libcrypt.so.1.0"};

bool is_glibc(const std::string& library) {
  return std::any_of(kGlibc.begin(), kGlibc.end(),
                     [&](auto prefix) { return library.starts_with(prefix); });
}

std::string without_extension(const std::string& file) { return file.substr(0, file.find('.')); }

// "libssl.so.3" as a linker is told it.
Json link_of(const std::string& library, const std::set<std::string>& ours) {
  std::string name = library.starts_with("lib") ? library.substr(3) : library;
  name = name.substr(0, name.find(".so"));
  return ours.contains(library) ? Json{{"name", name}} : Json{{"name", name}, {"system", true}};
}

Json links(const ElfFacts& file, const std::set<std::string>& ours) {
  Json result = Json::array();
  for (const auto& library : file.needed) result.push_back(link_of(library, ours));
  return result;
}

Json build_info(const ManifestFacts& facts, const std::string& base, bool full) {
  const auto& staged = facts.staged;
  std::set<std::string> ours;
  for (const auto& [name, file] : facts.binaries)
    if (!file.soname.empty()) ours.insert(file.soname);

  Json core = {{"objs", Json::array()}, {"links", Json::array()}};
  Json extensions = Json::object();
  for (const auto& [name, file] : facts.binaries) {
    const fs::path path(name);
    const std::string module = without_extension(path.filename().string());
    if (path.parent_path() == "lib" && module.starts_with("libpython") && module != "libpython3")
      core["shared_lib"] = base + name;
    if (name == "bin/" + staged.interpreter || core.value("shared_lib", "") == base + name)
      core["links"] = links(file, ours);
    if (path.parent_path() != fs::path(staged.stdlib) / "lib-dynload" ||
        (!full && staged.is_test(name)))
      continue;
    extensions[module] = Json::array({Json{{"in_core", false},
                                           {"init_fn", "PyInit_" + module},
                                           {"links", links(file, ours)},
                                           {"objs", Json::array()},
                                           {"required", false},
                                           {"shared_lib", base + name},
                                           {"variant", "default"}}});
  }
  const Json builtin = facts.interpreter.value("builtin_modules", Json::array());
  for (const auto& module : builtin)
    extensions[module.get<std::string>()] =
        Json::array({Json{{"in_core", true},
                          {"init_fn", "PyInit_" + module.get<std::string>()},
                          {"links", Json::array()},
                          {"objs", Json::array()},
                          {"required", true},
                          {"variant", "default"}}});
  const std::string library = text_of(facts.relocation.variables, "LIBRARY");
  if (full && facts.has_static_library && !library.empty())
    core["static_lib"] = base + "lib/" + library;
  Json info = {{"core", core}, {"extensions", extensions}, {"object_file_format", "elf"}};
  if (!staged.config.empty()) info["inittab_source"] = base + staged.config + "/config.c";
  return info;
}

Json config_vars(const SysconfigVariables& variables) {
  Json result = Json::object();
  for (const auto& [name, value] : variables) {
    const auto* text = std::get_if<std::string>(&value);
    result[name] = text != nullptr ? *text : std::to_string(std::get<std::int64_t>(value));
  }
  return result;
}

std::string build_options(const ManifestFacts& facts) {
  std::string options;
  const auto add = [&](const char* word) {
    options += (options.empty() ? "" : "+") + std::string(word);
  };
  if (facts.build.configuration.value("pgo") != "none") add("pgo");
  if (facts.build.configuration.value("lto") != "none") add("lto");
  if (facts.build.configuration.value("bolt") == "on") add("bolt");
  if (facts.staged.interpreter.ends_with('t')) add("freethreaded");
  return options.empty() ? "noopt" : options;
}

Json binaries(const ManifestFacts& facts, const std::string& base, bool full) {
  Json result = Json::object();
  for (const auto& [name, file] : facts.binaries) {
    if (!full && facts.staged.is_test(name)) continue;
    Json entry = {{"needed", file.needed}};
    if (const auto hash = facts.binary_hashes.find(name); hash != facts.binary_hashes.end())
      entry["sha256"] = hash->second;
    result[base + name] = entry;
  }
  return result;
}

Json own_part(const ManifestFacts& facts, const std::string& base, bool full) {
  const Build& build = facts.build;
  Json removed = Json::array();
  if (!full) {
    for (const auto& package : facts.staged.test_packages) removed.push_back(package);
    removed.push_back("static library");
  }
  Json library = {{"included", full && facts.has_static_library}};
  if (facts.static_library_left_out)
    library["reason"] = *facts.static_library_left_out;
  else if (!full)
    library["reason"] = "only in the full archive";
  else if (!facts.has_static_library)
    library["reason"] = "none was built";
  Json own = described_fields(build);
  own.update({{"version", PYTUNE_VERSION},
              {"archive", full ? "full" : "install"},
              {"build_id", build.id},
              {"built_prefix", facts.relocation.built_prefix},
              {"static_library", library},
              {"left_out", removed},
              {"system_libraries", system_libraries(facts.binaries)},
              {"binaries", binaries(facts, base, full)},
              {"benchmark", facts.benchmark}});
  if (full && facts.has_profile) own["profile_path"] = "profile";
  return own;
}

}  // namespace

std::string target_triple(const SysconfigVariables& variables) {
  std::string triple = text_of(variables, "MULTIARCH");
  if (triple.empty()) triple = text_of(variables, "HOST_GNU_TYPE");
  // Three parts (Debian's) or four with a vendor: the Rust spelling has "unknown" there.
  const auto first = triple.find('-');
  if (first == std::string::npos) return triple.empty() ? "unknown-unknown-linux-gnu" : triple;
  const auto linux_at = triple.find("linux", first);
  return triple.substr(0, first) + "-unknown-" +
         (linux_at == std::string::npos ? triple.substr(first + 1) : triple.substr(linux_at));
}

std::vector<std::string> system_libraries(const std::map<std::string, ElfFacts>& binaries) {
  std::set<std::string> ours;
  std::set<std::string> result;
  for (const auto& [name, file] : binaries) ours.insert(file.soname);
  for (const auto& [name, file] : binaries)
    for (const auto& library : file.needed)
      if (!is_glibc(library) && !ours.contains(library)) result.insert(library);
  return {result.begin(), result.end()};
}

nlohmann::json make_manifest(const ManifestFacts& facts, bool full) {
  const std::string base = full ? "install/" : "";
  const std::string papers = full ? "" : "share/pytune/";  // where the licences and the bill are
  const auto& staged = facts.staged;
  Json manifest = {
      {"version", "8"},
      {"target_triple", target_triple(facts.relocation.variables)},
      {"build_options", build_options(facts)},
      {"python_version", facts.build.source_version},
      {"python_exe", base + "bin/" + staged.interpreter},
      {"python_config_vars", config_vars(facts.relocation.variables)},
      {"python_stdlib_test_packages", full ? Json(staged.test_packages) : Json::array()},
      {"python_symbol_visibility", "global-default"},
      {"python_extension_module_loading", {"builtin", "shared-library"}},
      {"build_info", build_info(facts, base, full)},
      {"license_path", papers + "licenses/LICENSE.cpython.txt"},
      {"sbom_path", papers + "sbom.spdx.json"}};
  const bool shared = manifest["build_info"]["core"].contains("shared_lib");
  manifest["libpython_link_mode"] = shared ? "shared" : "static";
  manifest["build_info"]["core"]["objs"] = Json::array();
  if (full) manifest["run_tests"] = "run_tests.py";
  if (!staged.config.empty()) manifest["python_stdlib_platform_config"] = base + staged.config;

  Json features = Json::array({"glibc-dynamic"});
  std::vector<ElfFacts> files;
  for (const auto& [name, file] : facts.binaries)
    if (full || !staged.is_test(name)) files.push_back(file);
  if (const auto newest = newest_glibc(files); !newest.empty())
    features.push_back("glibc-max-symbol-version:" + newest);
  manifest["crt_features"] = features;

  // SPDX names of CPython itself, then of the code inside it.
  std::set<std::string> inside;
  for (const auto& licence : facts.licences)
    if (!licence.spdx.empty() && licence.component != "cpython") inside.insert(licence.spdx);
  Json names = Json::array({"Python-2.0", "CNRI-Python"});
  for (const auto& name : inside) names.push_back(name);
  manifest["licenses"] = names;

  for (const auto& [key, value] : facts.interpreter.items())
    if (key != "builtin_modules" && key != "problem") manifest[key] = value;
  if (manifest.contains("python_paths"))
    for (auto& path : manifest["python_paths"])
      path = path == "." ? (base.empty() ? "." : "install") : base + path.get<std::string>();
  manifest["pytune"] = own_part(facts, base, full);
  return manifest;
}

}  // namespace pytune
