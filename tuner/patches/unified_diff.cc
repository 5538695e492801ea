#include "patches/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestPath = 200;
constexpr std::size_t kLargestLineNumber = 10'000'000;
constexpr std::string_view kNoNewline = "\\ No newline at end of file\n";

// The text, one line after the other, each with its "\n".
class DiffLines {
 public:
  DiffLines(std::string_view text, const std::string& shown) : rest_(text), shown_(shown) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view peek() const { return rest_.substr(0, length()); }
  std::string_view take() {
    const std::string_view line = peek();
    rest_.remove_prefix(line.size());
    ++number_;
    return line;
  }
  // What is wrong with the line taken last.
  [[noreturn]] void reject(const std::string& why) const {
    throw Failure(fmt::format("{}, line {}: {}", shown_, number_, why));
  }

 private:
  std::size_t length() const {
    const std::size_t end = rest_.find('\n');
    return end == std::string_view::npos ? rest_.size() : end + 1;
  }
  std::string_view rest_;
  const std::string& shown_;
  std::size_t number_ = 0;
};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._+-").find(c) != std::string_view::npos;
}

std::string_view without_newline(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

// The name in "--- a/NAME" or "+++ b/NAME", which a tab and the file's time may follow; empty for
// /dev/null. `line` begins with the marker.
std::string take_name(std::string_view line, std::string_view prefix, const DiffLines& lines) {
  std::string_view name = without_newline(line).substr(4);
  name = name.substr(0, name.find('\t'));
  if (name == "/dev/null") return "";
  if (!name.starts_with(prefix))
    lines.reject(fmt::format("\"{}\" does not begin with \"{}\"; make patches with git diff",
                             printable(name), prefix));
  name.remove_prefix(prefix.size());
  if (!is_safe_path(name))
    lines.reject(fmt::format("\"{}\" is no path inside the source tree", printable(name)));
  return std::string(name);
}

std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t value = 0;
  const char* const first = text.data();
  const auto [end, error] = std::from_chars(first, first + text.size(), value);
  if (error != std::errc() || value > kLargestLineNumber) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - first));
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

struct Range {
  std::size_t start = 0;
  std::size_t count = 1;
};

// "12,7", or "12" for one line.
std::optional<Range> take_range(std::string_view& text) {
  Range range;
  const auto start = take_number(text);
  if (!start) return std::nullopt;
  range.start = *start;
  if (!take(text, ",")) return range;
  const auto count = take_number(text);
  if (!count) return std::nullopt;
  range.count = *count;
  return range;
}

class FileParser {
 public:
  FileParser(DiffLines& lines, FileDiff& file) : lines_(lines), file_(file) {}

  void parse_hunks() {
    while (!lines_.at_end() && lines_.peek().starts_with("@@")) parse_hunk();
    if (file_.hunks.empty()) lines_.reject(fmt::format("{} has no hunks", file_.path));
    if (file_.kind != FileDiff::Kind::change && file_.hunks.size() > 1)
      lines_.reject(fmt::format("{} is new or removed, and has several hunks", file_.path));
  }

 private:
  [[noreturn]] void reject(const std::string& why) const {
    lines_.reject(fmt::format("{}, hunk {}: {}", file_.path, number_, why));
  }

  void parse_hunk() {
    ++number_;
    std::string_view line = lines_.take();
    if (!take(line, "@@ -")) reject("its first line is malformed");
    const auto before = take_range(line);
    if (!before || !take(line, " +")) reject("its first line is malformed");
    const auto after = take_range(line);
    if (!after || !take(line, " @@") || line.find_first_of(" \n") != 0)
      reject("its first line is malformed");
    require_fitting(*before, *after);

    Hunk hunk;
    hunk.number = number_;
    hunk.old_start = before->start;
    take_body(hunk, before->count, after->count);
    if (hunk.old_lines == hunk.new_lines) reject("it changes nothing");
    past_ = before->start + before->count;
    file_.hunks.push_back(std::move(hunk));
  }

  void require_fitting(const Range& before, const Range& after) const {
    using Kind = FileDiff::Kind;
    if ((file_.kind == Kind::create) != (before.count == 0))
      reject(before.count == 0 ? "it has no line of the file to find its place by"
                               : "it changes lines of a file that is new");
    if (file_.kind == Kind::remove && after.count != 0) reject("it leaves lines of a removed file");
    if (before.count != 0 && (before.start == 0 || before.start < past_))
      reject("it does not come after the hunk before it");
  }

  void take_body(Hunk& hunk, std::size_t old_count, std::size_t new_count) {
    while (hunk.old_lines.size() < old_count || hunk.new_lines.size() < new_count) {
      if (lines_.at_end()) reject("the patch is cut off in it");
      const std::string_view line = lines_.take();
      if (!line.ends_with('\n')) reject("the patch is cut off in it");
      const char mark = line.front();
      if (mark != ' ' && mark != '-' && mark != '+')
        reject("a line begins with neither a space nor + nor -, or lines are missing before it");
      const std::string content(line.substr(1));
      if (mark != '+') add(hunk.old_lines, content, old_count);
      if (mark != '-') add(hunk.new_lines, content, new_count);
      if (!lines_.at_end() && lines_.peek() == kNoNewline) end_without_newline(hunk, mark);
    }
  }

  void add(std::vector<std::string>& side, const std::string& content, std::size_t count) const {
    if (side.size() == count) reject("it has more lines than its first line says");
    if (!side.empty() && !side.back().ends_with('\n')) reject("a line follows the file's last one");
    side.push_back(content);
  }

  void end_without_newline(Hunk& hunk, char mark) {
    lines_.take();
    if (mark != '+') hunk.old_lines.back().pop_back();
    if (mark != '-') hunk.new_lines.back().pop_back();
  }

  DiffLines& lines_;
  FileDiff& file_;
  std::size_t number_ = 0;
  std::size_t past_ = 0;  // the first line behind the last hunk
};

// What git says of a file beside its lines. Only what changes nothing else is taken.
void skip_git_lines(DiffLines& lines) {
  while (!lines.at_end() && !lines.peek().starts_with("--- ")) {
    const std::string_view line = lines.take();
    if (line.starts_with("index ") || line.starts_with("new file mode 100644") ||
        line.starts_with("deleted file mode 100644"))
      continue;
    lines.reject(fmt::format("\"{}\": only changed lines, new files and removed ones are supported",
                             printable(without_newline(line))));
  }
  if (lines.at_end()) lines.reject("the patch is cut off in front of a file's hunks");
}

FileDiff parse_file(DiffLines& lines) {
  if (lines.peek().starts_with("diff --git ")) {
    lines.take();
    skip_git_lines(lines);
  }
  const std::string before = take_name(lines.take(), "a/", lines);
  if (lines.at_end() || !lines.peek().starts_with("+++ "))
    lines.reject("no line \"+++ b/...\" follows");
  const std::string after = take_name(lines.take(), "b/", lines);

  FileDiff file;
  file.path = after.empty() ? before : after;
  if (file.path.empty()) lines.reject("it names no file");
  if (before.empty()) file.kind = FileDiff::Kind::create;
  if (after.empty()) file.kind = FileDiff::Kind::remove;
  if (file.kind == FileDiff::Kind::change && before != after)
    lines.reject(fmt::format("it renames {} to {}, which is not supported", before, after));
  FileParser(lines, file).parse_hunks();
  return file;
}

bool begins_file(std::string_view line) {
  return line.starts_with("diff --git ") || line.starts_with("--- ");
}

}  // namespace

bool is_safe_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    // No name that begins with a dot is patched: neither "..", nor what is git's or quilt's.
    if (part.empty() || part.front() == '.' || part.front() == '-') return false;
    if (!std::all_of(part.begin(), part.end(), is_plain)) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

UnifiedDiff parse_unified_diff(std::string_view text, const std::string& shown) {
  UnifiedDiff diff;
  DiffLines lines(text, shown);
  while (!lines.at_end() && !begins_file(lines.peek())) diff.header += lines.take();
  while (!lines.at_end() && begins_file(lines.peek())) {
    FileDiff file = parse_file(lines);
    if (std::any_of(diff.files.begin(), diff.files.end(),
                    [&](const FileDiff& other) { return other.path == file.path; }))
      lines.reject(fmt::format("{} comes twice", file.path));
    diff.files.push_back(std::move(file));
  }
  if (diff.files.empty()) throw Failure(fmt::format("{}: there is no diff in it", shown));
  // git format-patch ends a patch with "-- " and its version.
  if (!lines.at_end() && lines.peek() == "-- \n") {
    lines.take();
    if (!lines.at_end()) lines.take();
  }
  while (!lines.at_end()) {
    if (!trim(lines.take()).empty()) lines.reject("text follows the last hunk");
  }
  return diff;
}

}  // namespace pytune
