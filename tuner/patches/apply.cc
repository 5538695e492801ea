#include "patches/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Lines = std::vector<std::string>;

constexpr std::uintmax_t kLargestFile = 64U << 20U;
constexpr std::size_t kMostFuzz = 2;  // what patch(1) allows unless told otherwise

Lines split(std::string_view bytes) {
  Lines lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
  return lines;
}

std::string joined(const Lines& lines) {
  std::string bytes;
  for (const auto& line : lines) bytes += line;
  return bytes;
}

bool is_at(const Lines& lines, std::size_t at, const Lines& wanted) {
  return at <= lines.size() && wanted.size() <= lines.size() - at &&
         std::equal(wanted.begin(), wanted.end(), lines.begin() + static_cast<std::ptrdiff_t>(at));
}

// All places from `from` on where `wanted` is; two are enough to know that there are several.
std::vector<std::size_t> places(const Lines& lines, std::size_t from, const Lines& wanted) {
  std::vector<std::size_t> found;
  for (std::size_t at = from; wanted.size() + at <= lines.size() && found.size() < 2; ++at)
    if (is_at(lines, at, wanted)) found.push_back(at);
  return found;
}

// What only adds lines at an end of a file, or beside lines like its context, leaves its old lines
// as they were: it would fit a second time.
bool is_grown_already(const Lines& lines, std::size_t at, const Hunk& hunk) {
  const std::size_t before = hunk.old_lines.size();
  const std::size_t after = hunk.new_lines.size();
  if (after <= before) return false;
  for (std::size_t first = at - std::min(at, after - before); first <= at; ++first)
    if (is_at(lines, first, hunk.new_lines)) return true;
  return false;
}

// A file of the tree while patches are applied; nothing: it does not exist (any more).
using Content = std::optional<Lines>;

// A path without symbolic links below the tree, which could lead out of it.
Content read_content(const fs::path& tree, const std::string& path, const std::string& patch) {
  fs::path place = tree;
  std::error_code problem;
  for (const auto& part : fs::path(path)) {
    place /= part;
    const auto status = fs::symlink_status(place, problem);
    if (status.type() == fs::file_type::not_found) return std::nullopt;
    if (status.type() == fs::file_type::symlink)
      throw Failure(fmt::format("{}: {}: {} is a symbolic link there, and patches follow none",
                                patch, path, place.lexically_relative(tree).string()));
  }
  if (!fs::is_regular_file(place, problem) || fs::file_size(place, problem) > kLargestFile)
    throw Failure(fmt::format("{}: {}: is no regular file of source code there", patch, path));
  return split(read_file(place));
}

// How one hunk stands to a file.
enum class State { fits, there, fuzzy, ambiguous, other };

// Without `fuzz` lines of context at either end, as far as there are that many: patch(1)'s fuzz.
Lines trimmed(const Hunk& hunk, std::size_t fuzz) {
  const auto context = [&](auto old_line, const auto& old_end, auto new_line, const auto& new_end) {
    std::size_t count = 0;
    while (count < fuzz && old_line != old_end && new_line != new_end && *old_line == *new_line) {
      ++old_line, ++new_line, ++count;
    }
    return static_cast<std::ptrdiff_t>(count);
  };
  const auto& old = hunk.old_lines;
  const auto& fresh = hunk.new_lines;
  const auto head = context(old.begin(), old.end(), fresh.begin(), fresh.end());
  const auto tail = context(old.rbegin(), old.rend(), fresh.rbegin(), fresh.rend());
  if (head + tail >= static_cast<std::ptrdiff_t>(old.size())) return {};
  return {old.begin() + head, old.end() - tail};
}

State state_of(const Lines& lines, const Hunk& hunk) {
  const auto found = places(lines, 0, hunk.old_lines);
  if (found.empty() && !hunk.new_lines.empty() && !places(lines, 0, hunk.new_lines).empty())
    return State::there;
  if (!found.empty() && is_grown_already(lines, found.front(), hunk)) return State::there;
  if (found.size() == 1) return State::fits;
  if (found.size() > 1) return State::ambiguous;
  for (std::size_t fuzz = 1; fuzz <= kMostFuzz; ++fuzz) {
    const Lines core = trimmed(hunk, fuzz);
    if (!core.empty() && !places(lines, 0, core).empty()) return State::fuzzy;
  }
  return State::other;
}

State state_of(const Content& content, const FileDiff& file, const Hunk& hunk) {
  using Kind = FileDiff::Kind;
  if (file.kind == Kind::create) {
    if (!content) return State::fits;
    return *content == hunk.new_lines ? State::there : State::other;
  }
  if (!content) return file.kind == Kind::remove ? State::there : State::other;
  if (file.kind == Kind::remove) return *content == hunk.old_lines ? State::fits : State::other;
  return state_of(*content, hunk);
}

// Whether the other hunks of these patches are in the tree as it was: what is applied already, and
// what was applied and edited since, must be told apart for the user to know what to do.
const char* how_much_is_there(const fs::path& tree, const std::vector<Patch>& patches) {
  std::size_t there = 0, all = 0;
  for (const auto& patch : patches) {
    for (const auto& file : patch.diff->files) {
      const Content content = read_content(tree, file.path, patch.name);
      for (const auto& hunk : file.hunks) {
        ++all;
        if (state_of(content, file, hunk) == State::there) ++there;
      }
    }
  }
  if (there == all) return "already patched";
  return there > 0 ? "partly patched" : "not patched";
}

class Patching {
 public:
  Patching(const fs::path& tree, const std::vector<Patch>& patches)
      : tree_(tree), patches_(patches) {}

  Patched run() {
    for (const auto& patch : patches_)
      for (const auto& file : patch.diff->files) apply(patch, file);
    for (auto& [path, content] : contents_)
      result_.files.push_back({path, content ? std::optional(joined(*content)) : std::nullopt});
    return std::move(result_);
  }

 private:
  void apply(const Patch& patch, const FileDiff& file) {
    auto at = contents_.find(file.path);
    if (at == contents_.end())
      at = contents_.emplace(file.path, read_content(tree_, file.path, patch.name)).first;
    Content& content = at->second;
    if (file.kind != FileDiff::Kind::change) {
      const Hunk& hunk = file.hunks.front();
      const State state = state_of(content, file, hunk);
      if (state != State::fits) refuse(patch, file, hunk, state);
      if (file.kind == FileDiff::Kind::create)
        content = hunk.new_lines;
      else
        content.reset();
      result_.hunks.push_back({patch.name, file.path, hunk.number, 0});
      return;
    }
    if (!content) refuse(patch, file, file.hunks.front(), State::other);
    apply_hunks(patch, file, *content);
  }

  void apply_hunks(const Patch& patch, const FileDiff& file, Lines& lines) {
    Lines done;
    Reached reached;
    for (const auto& hunk : file.hunks) {
      const std::size_t at = place_of(patch, file, hunk, lines, reached);
      reached.offset = static_cast<long>(at) - static_cast<long>(hunk.old_start - 1);
      result_.hunks.push_back({patch.name, file.path, hunk.number, reached.offset});
      const auto old = lines.begin();
      done.insert(done.end(), old + static_cast<std::ptrdiff_t>(reached.line),
                  old + static_cast<std::ptrdiff_t>(at));
      done.insert(done.end(), hunk.new_lines.begin(), hunk.new_lines.end());
      reached.line = at + hunk.old_lines.size();
    }
    done.insert(done.end(), lines.begin() + static_cast<std::ptrdiff_t>(reached.line), lines.end());
    lines = std::move(done);
  }

  // How far the hunks of a file have come.
  struct Reached {
    std::size_t line = 0;  // the first of the old file that is behind them
    long offset = 0;       // of the last one
  };

  // Where the hunk's lines are, behind those of the hunk before it.
  std::size_t place_of(const Patch& patch, const FileDiff& file, const Hunk& hunk,
                       const Lines& lines, const Reached& reached) const {
    std::size_t at = hunk.old_start - 1 + static_cast<std::size_t>(reached.offset);
    if (at < reached.line || !is_at(lines, at, hunk.old_lines)) {
      const auto found = places(lines, reached.line, hunk.old_lines);
      if (found.size() != 1)
        refuse(patch, file, hunk, found.empty() ? state_of(lines, hunk) : State::ambiguous);
      at = found.front();
    }
    if (is_grown_already(lines, at, hunk)) refuse(patch, file, hunk, State::there);
    return at;
  }

  [[noreturn]] void refuse(const Patch& patch, const FileDiff& file, const Hunk& hunk,
                           State state) const {
    const std::string where = fmt::format("{}: {}, hunk {} (line {})", patch.name, file.path,
                                          hunk.number, std::max<std::size_t>(hunk.old_start, 1));
    const char* why = "its lines are not there: local edits, or another release";
    if (state == State::there) why = "is in the file already";
    if (state == State::fuzzy) why = "fits only with fuzz: the lines around it differ";
    if (state == State::ambiguous) why = "its lines are in several places, and not in the patch's";
    throw Failure(
        fmt::format("{} {}; the tree is {} and was left as it is: give an unpatched one of the "
                    "release that the patch names",
                    where, why, how_much_is_there(tree_, patches_)));
  }

  const fs::path& tree_;
  const std::vector<Patch>& patches_;
  std::map<std::string, Content> contents_;
  Patched result_;
};

void replace(const fs::path& path, const std::optional<std::string>& bytes) {
  if (!bytes) {
    fs::remove(path);
    return;
  }
  const bool existed = fs::exists(path);
  const auto permissions = existed ? fs::status(path).permissions() : fs::perms::none;
  fs::create_directories(path.parent_path());
  write_file_atomic(path, *bytes);
  if (existed) fs::permissions(path, permissions);
}

}  // namespace

Patched apply_in_memory(const fs::path& tree, const std::vector<Patch>& patches) {
  return Patching(tree, patches).run();
}

void write_patched(const fs::path& tree, const Patched& patched) {
  std::vector<ChangedFile> before;
  try {
    for (const auto& file : patched.files) {
      const fs::path path = tree / file.path;
      before.push_back({file.path, fs::exists(path) ? std::optional(read_file(path))
                                                    : std::optional<std::string>()});
      replace(path, file.bytes);
    }
  } catch (const std::exception& error) {
    std::string told = "what was patched already was put back";
    for (const auto& file : before) {
      try {
        replace(tree / file.path, file.bytes);
      } catch (const std::exception& again) {
        told = fmt::format("{} could not be put back either ({}): unpack the tree anew", file.path,
                           again.what());
      }
    }
    throw Failure(fmt::format("{}; {}", error.what(), told));
  }
}

}  // namespace pytune
