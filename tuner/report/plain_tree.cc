#include "report/plain_tree.h"

#include <algorithm>

#include "report/recorded_line.h"
#include "report/reproduction.h"

namespace pytune {
namespace {

constexpr const char* kTrains = "--enable-optimizations";

std::pair<std::string, std::string> split_variable(const std::string& variable) {
  const std::size_t equals = variable.find('=');
  if (equals == std::string::npos) return {};
  return {variable.substr(0, equals), variable.substr(equals + 1)};
}

}  // namespace

PlainTree plain_tree(const Build& build) {
  PlainTree tree;
  for (const std::string& argument : build.configure_arguments) {
    if (argument.starts_with("--prefix")) continue;
    const auto variable = split_variable(argument);
    if (is_variable_name(variable.first))
      tree.variables.push_back(variable);
    else
      tree.options.push_back(argument);
  }
  for (const std::string& text : build.make_variables) {
    const auto [name, value] = split_variable(text);
    if (is_variable_name(name))
      tree.variables.emplace_back(name, without_profile_flags(value));
    else
      tree.left_out.push_back(text);
  }
  const auto names_compiler = [](const auto& variable) { return variable.first == "CC"; };
  if (std::none_of(tree.variables.begin(), tree.variables.end(), names_compiler))
    tree.variables.insert(tree.variables.begin(), {"CC", build.configuration.get<Compiler>()});
  const bool asked =
      std::find(tree.options.begin(), tree.options.end(), kTrains) != tree.options.end();
  if (build.configuration.get<Pgo>() != Pgo::Value::none && !asked)
    tree.options.emplace_back(kTrains);
  // Without an edit of Modules/Setup.stdlib, which a build here has, they do not link.
  if (build.configuration.get<ModuleLinkage>() == ModuleLinkage::Value::static_)
    tree.options.emplace_back("--disable-test-modules");
  return tree;
}

}  // namespace pytune
