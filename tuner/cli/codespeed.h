// Options about Codespeed, and sending results to a server of that kind.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "report/export.h"

namespace pytune {

struct CodespeedRequest {
  std::string url;  // of the server, or of its /result/add/json/; empty: only a file is written
  CodespeedNames names;
  std::chrono::milliseconds timeout{60'000};
};

std::vector<OptionLine> codespeed_options();

// Checked before anything is measured. `to_file`: `--export codespeed=FILE` is among the options;
// nothing when neither it nor --codespeed is. Throws UsageError.
std::optional<CodespeedRequest> read_codespeed(const Options& options, bool to_file);

// The environment's name unless one was given: this host's, if `host` is this one. Throws
// UsageError where it is another.
void complete_environment(CodespeedRequest& request, const Host& host);

// The options that give the same names again.
std::vector<std::string> codespeed_name_words(const Options& options);

// Sends the results. Throws Failure in one line, which names the server and repeats the first line
// of what it answered.
void post_to_codespeed(const CodespeedRequest& request, const MeasureResult& result);

}  // namespace pytune
