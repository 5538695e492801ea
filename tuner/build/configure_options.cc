#include "build/configure_options.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "sys/files.h"

namespace pytune {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPairs{{
    {"--without-", "--with-"},
    {"--with-", "--without-"},
    {"--enable-", "--disable-"},
    {"--disable-", "--enable-"},
}};

// What a variable of configure stands for is nowhere listed: its name is in the text, or means
// nothing to this version.
bool is_variable(const std::string& word) {
  return !word.starts_with('-') && word.find('=') != std::string::npos;
}

// Above the options in what autoconf's configure prints for --help.
constexpr std::string_view kList = "Optional Features:";

bool is_known(std::string_view configure, const std::string& word) {
  const std::string option = word.substr(0, word.find('='));
  if (is_variable(word)) return configure.find(option) != std::string_view::npos;
  for (const auto& [start, opposite] : kPairs) {
    if (!option.starts_with(start)) continue;
    const std::string other = std::string(opposite) + option.substr(start.size());
    return configure.find(option) != std::string_view::npos ||
           configure.find(other) != std::string_view::npos;
  }
  return true;  // a path
}

}  // namespace

const std::string& configure_text(const Source& source) {
  struct Read {
    std::filesystem::path file;
    std::filesystem::file_time_type time;
    std::uintmax_t size = 0;
    std::string text;
  };
  static thread_local Read last;
  static const std::string nothing;
  Read now{source.tree / "configure", {}, 0, ""};
  std::error_code none;
  if (source.tree.empty() || !std::filesystem::is_regular_file(now.file, none)) return nothing;
  now.time = std::filesystem::last_write_time(now.file, none);
  now.size = std::filesystem::file_size(now.file, none);
  if (now.file != last.file || now.time != last.time || now.size != last.size) {
    now.text = read_file(now.file);
    last = std::move(now);
  }
  return last.text;
}

std::optional<std::string> unknown_to_configure(const Source& source,
                                                const std::vector<std::string>& words) {
  const std::string& text = configure_text(source);
  if (text.find(kList) == std::string::npos) return std::nullopt;
  for (const std::string& word : words)
    if (!is_known(text, word))
      return fmt::format("the configure of CPython {} has no {} {}", source.version,
                         is_variable(word) ? "variable" : "option",
                         is_variable(word) ? word.substr(0, word.find('=')) : word);
  return std::nullopt;
}

}  // namespace pytune
