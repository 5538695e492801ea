#include "package/sbom.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "input/json.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string spdx_id(const std::string& name) {
  std::string id = "SPDXRef-PACKAGE-" + name;
  // SPDX 2.3, 7.2: letters, digits, dots and dashes.
  std::replace_if(
      id.begin(), id.end(),
      [](unsigned char c) { return !std::isalnum(c) && c != '.' && c != '-'; }, '-');
  return id;
}

OrderedJson package(const std::string& name, const std::string& version,
                    const std::string& licence) {
  return {{"SPDXID", spdx_id(name)},
          {"name", name},
          {"versionInfo", version},
          {"downloadLocation", "NOASSERTION"},
          {"filesAnalyzed", false},
          {"licenseConcluded", "NOASSERTION"},
          {"licenseDeclared", licence.empty() ? "NOASSERTION" : licence},
          {"copyrightText", "NOASSERTION"}};
}

std::string licence_of(const std::vector<Licence>& licences, const std::string& component) {
  for (const auto& licence : licences)
    if (licence.component == component) return licence.spdx;
  return {};
}

// Third-party packages of CPython's own bill. Its file list is left out: those are sources, and not
// in this package.
void add_bundled(OrderedJson& packages, const fs::path& source_tree,
                 const std::vector<Licence>& licences) {
  const fs::path bill = source_tree / "Misc/sbom.spdx.json";
  if (!source_tree.empty() && fs::is_regular_file(bill)) {
    const auto parsed = OrderedJson::parse(read_file(bill), nullptr, false);
    if (parsed.is_object() && parsed.contains("packages")) {
      for (const auto& entry : parsed.at("packages")) {
        if (!entry.is_object() || !entry.contains("name") || !entry.at("name").is_string())
          continue;
        const auto name = entry.at("name").get<std::string>();
        OrderedJson ours =
            package(name, entry.value("versionInfo", ""), licence_of(licences, name));
        for (const char* key : {"downloadLocation", "checksums", "externalRefs", "originator"})
          if (entry.contains(key)) ours[key] = entry.at(key);
        packages.push_back(std::move(ours));
      }
    }
  }
  // Found in the tree by their licence, whatever the bill says.
  for (const auto& licence : licences) {
    const bool listed = std::any_of(packages.begin(), packages.end(), [&](const auto& entry) {
      return entry.at("name") == licence.component;
    });
    if (!listed && !licence.spdx.empty() && licence.component != "cpython")
      packages.push_back(package(licence.component, "NOASSERTION", licence.spdx));
  }
}

void add_pip(OrderedJson& packages, const StagedPrefix& staged) {
  const fs::path wheels = staged.root / staged.stdlib / "ensurepip/_bundled";
  std::error_code error;
  std::set<fs::path> found;
  for (fs::directory_iterator it(wheels, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".whl") found.insert(it->path());
  for (const auto& wheel : found) {
    const std::string file = wheel.filename().string();
    const auto dash = file.find('-');
    const auto end = file.find('-', dash + 1);
    if (dash == std::string::npos || end == std::string::npos) continue;
    const std::string name = file.substr(0, dash);
    const std::string version = file.substr(dash + 1, end - dash - 1);
    OrderedJson ours = package(name, version, name == "pip" || name == "setuptools" ? "MIT" : "");
    ours["checksums"] = OrderedJson::array(
        {OrderedJson{{"algorithm", "SHA256"}, {"checksumValue", sha256_file(wheel)}}});
    ours["externalRefs"] = OrderedJson::array(
        {OrderedJson{{"referenceCategory", "PACKAGE-MANAGER"},
                     {"referenceType", "purl"},
                     {"referenceLocator", fmt::format("pkg:pypi/{}@{}", name, version)}}});
    packages.push_back(std::move(ours));
  }
}

}  // namespace

nlohmann::ordered_json make_sbom(const SbomFacts& facts, const std::string& document,
                                 std::int64_t created) {
  const Build& build = facts.build;
  OrderedJson cpython = package("cpython", build.source_version, "Python-2.0");
  cpython["primaryPackagePurpose"] = "APPLICATION";
  cpython["externalRefs"] = OrderedJson::array(
      {OrderedJson{{"referenceCategory", "SECURITY"},
                   {"referenceType", "cpe23Type"},
                   {"referenceLocator", fmt::format("cpe:2.3:a:python:python:{}:*:*:*:*:*:*:*",
                                                    build.source_version)}}});
  if (!build.source_sha256.empty())
    cpython["sourceInfo"] = fmt::format(
        "built from {} with SHA-256 {}",
        build.source_archive.empty() ? "a source tree" : build.source_archive, build.source_sha256);
  OrderedJson packages = OrderedJson::array({cpython});
  add_bundled(packages, facts.source_tree, facts.licences);
  add_pip(packages, facts.staged);

  OrderedJson relationships = OrderedJson::array();
  relationships.push_back({{"spdxElementId", "SPDXRef-DOCUMENT"},
                           {"relationshipType", "DESCRIBES"},
                           {"relatedSpdxElement", spdx_id("cpython")}});
  for (const auto& entry : packages)
    if (entry.at("name") != "cpython")
      relationships.push_back({{"spdxElementId", spdx_id("cpython")},
                               {"relationshipType", "CONTAINS"},
                               {"relatedSpdxElement", entry.at("SPDXID")}});
  // The namespace must be unique to the document and the same for the same package: its name and a
  // hash of its content.
  const std::string hash = sha256(document + dump_json(packages));
  return {{"spdxVersion", "SPDX-2.3"},
          {"dataLicense", "CC0-1.0"},
          {"SPDXID", "SPDXRef-DOCUMENT"},
          {"name", document},
          {"documentNamespace",
           fmt::format("https://spdx.org/spdxdocs/{}-{}", document, hash.substr(0, 32))},
          {"creationInfo",
           {{"created", utc_text(created)},
            {"creators", OrderedJson::array({"Tool: pytune-" PYTUNE_VERSION})}}},
          {"packages", std::move(packages)},
          {"relationships", std::move(relationships)}};
}

}  // namespace pytune
