#include <iostream>

#include "cli/finished.h"
#include "cli/home.h"
#include "cli/verb.h"
#include "report/result.h"

namespace pytune {

po::options_description recommend_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("format", text("FORM")->default_value("shell"),
                        "shell, json, pyenv, dockerfile, debian")(
      "sweep", text("ID"), "a finished sweep by id (default: the one run last)")(
      "build", text("NAME|ID"), "another build of it (default: the recommended one)");
  add_store_option(options);
  return options;
}

int run_recommend(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, recommend_options(), "recommend [OPTIONS]");
  if (!parsed) return 0;
  const auto option = [&](const char* name) {
    return parsed->contains(name) ? (*parsed)[name].as<std::string>() : std::string();
  };
  const Store store(option("store").empty() ? default_store()
                                            : std::filesystem::path(option("store")));
  // The forms refer to the training programs by their place.
  setenv("PYTUNE_HOME", data_home().c_str(), 1);
  const SweepResult result = finished_sweep(store, option("sweep"));
  std::cout << recommend_text(option("format"), result, chosen_build(result, option("build")));
  return 0;
}

}  // namespace pytune
