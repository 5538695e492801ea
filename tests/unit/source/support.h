// What the tests of the source room share: a scratch store, a fake process runner, and a maker of
// tarballs, hostile ones included (the tar programs refuse to write those).
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune::source_test {

class FakeRunner : public ProcessRunner {
 public:
  explicit FakeRunner(std::function<Outcome(const Command&)> act) : act_(std::move(act)) {}
  Outcome run(const Command& command) override {
    commands.push_back(command);
    return act_(command);
  }
  std::vector<Command> commands;

 private:
  std::function<Outcome(const Command&)> act_;
};

// For tests in which nothing may be started, the network above all.
class NoRunner : public ProcessRunner {
 public:
  Outcome run(const Command& command) override {
    ADD_FAILURE() << "unexpected command: " << shell_quote(command.argv);
    return {};
  }
};

inline Outcome exits(int code, std::string output = "") {
  Outcome outcome;
  outcome.exit_code = code;
  outcome.output = std::move(output);
  return outcome;
}

inline Outcome not_installed() {
  Outcome outcome;
  outcome.started = false;
  outcome.start_error = "No such file or directory";
  return outcome;
}

inline bool has(const Command& command, const std::string& word) {
  for (const auto& argument : command.argv) {
    if (argument == word) return true;
  }
  return false;
}

inline void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The message of the exception of type E that `act` must throw.
template <class E, class Act>
std::string message(const Act& act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

inline std::string patchlevel(const std::string& version) {
  return "/* comment */\n#define PY_VERSION              \"" + version + "\"\n";
}

class Tar {
 public:
  Tar& file(const std::string& name, const std::string& text = "x", int mode = 0644) {
    entries_.push_back({name, AE_IFREG, text, "", mode, std::nullopt});
    return *this;
  }
  Tar& directory(const std::string& name) { return add(name, AE_IFDIR, ""); }
  // A hole of this size, but for its first block.
  Tar& sparse(const std::string& name, la_int64_t size) {
    entries_.push_back({name, AE_IFREG, std::string(512, 'x'), "", 0644, std::nullopt, size});
    return *this;
  }
  Tar& symlink(const std::string& name, const std::string& to) { return add(name, AE_IFLNK, to); }
  Tar& device(const std::string& name) { return add(name, AE_IFCHR, ""); }
  Tar& fifo(const std::string& name) { return add(name, AE_IFIFO, ""); }
  Tar& hard_link(const std::string& name, const std::string& to) {
    entries_.push_back({name, AE_IFREG, "", "", 0644, to});
    return *this;
  }
  // The least that passes for CPython.
  Tar& cpython(const std::string& version = "3.13.5", const std::string& top = "Python/") {
    return file(top + "configure", "#!/bin/sh\n", 0755)
        .file(top + "Include/patchlevel.h", patchlevel(version))
        .file(top + "README", "This is Python.\n");
  }

  enum class Filter { none, xz, gzip, bzip2, zstd };
  std::filesystem::path save(const std::filesystem::path& path, Filter filter = Filter::xz) const {
    archive* a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    switch (filter) {
      case Filter::none:
        break;
      case Filter::xz:
        archive_write_add_filter_xz(a);
        break;
      case Filter::gzip:
        archive_write_add_filter_gzip(a);
        break;
      case Filter::bzip2:
        archive_write_add_filter_bzip2(a);
        break;
      case Filter::zstd:
        archive_write_add_filter_zstd(a);
        break;
    }
    EXPECT_EQ(archive_write_open_filename(a, path.c_str()), ARCHIVE_OK);
    for (const Entry& entry : entries_) {
      archive_entry* e = archive_entry_new();
      archive_entry_set_pathname(e, entry.name.c_str());
      archive_entry_set_filetype(e, entry.type);
      archive_entry_set_perm(e, static_cast<mode_t>(entry.mode));
      archive_entry_set_mtime(e, 1'000'000'000, 0);
      archive_entry_set_size(e, static_cast<la_int64_t>(entry.text.size()));
      if (entry.sparse_size > 0) {
        archive_entry_set_size(e, entry.sparse_size);
        archive_entry_sparse_add_entry(e, 0, static_cast<la_int64_t>(entry.text.size()));
      }
      if (entry.type == AE_IFLNK) archive_entry_set_symlink(e, entry.target.c_str());
      if (entry.hard_link) archive_entry_set_hardlink(e, entry.hard_link->c_str());
      EXPECT_GE(archive_write_header(a, e), ARCHIVE_WARN) << archive_error_string(a);
      archive_write_data(a, entry.text.data(), entry.text.size());
      archive_entry_free(e);
    }
    EXPECT_EQ(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
  }

 private:
  struct Entry {
    std::string name;
    unsigned type;
    std::string text;
    std::string target;
    int mode;
    std::optional<std::string> hard_link;
    la_int64_t sparse_size = 0;
  };
  Tar& add(const std::string& name, unsigned type, const std::string& target) {
    entries_.push_back({name, type, "", target, 0755, std::nullopt});
    return *this;
  }
  std::vector<Entry> entries_;
};

// A Debian package: an ar archive of its members, in the order given.
class Deb {
 public:
  Deb& member(const std::string& name, const std::string& bytes) {
    members_.emplace_back(name, bytes);
    return *this;
  }
  // The usual members around the files of `tar`; `scratch` is a path to work at.
  Deb& files(const Tar& tar, const std::filesystem::path& scratch) {
    const std::string data = read_file(tar.save(scratch));
    std::filesystem::remove(scratch);
    return member("debian-binary", "2.0\n")
        .member("control.tar.xz", "")
        .member("data.tar.xz", data);
  }
  std::filesystem::path save(const std::filesystem::path& path) const {
    std::filesystem::create_directories(path.parent_path());
    archive* a = archive_write_new();
    archive_write_set_format_ar_svr4(a);
    EXPECT_EQ(archive_write_open_filename(a, path.c_str()), ARCHIVE_OK);
    for (const auto& [name, bytes] : members_) {
      archive_entry* e = archive_entry_new();
      archive_entry_set_pathname(e, name.c_str());
      archive_entry_set_filetype(e, AE_IFREG);
      archive_entry_set_perm(e, 0644);
      archive_entry_set_size(e, static_cast<la_int64_t>(bytes.size()));
      EXPECT_EQ(archive_write_header(a, e), ARCHIVE_OK) << archive_error_string(a);
      archive_write_data(a, bytes.data(), bytes.size());
      archive_entry_free(e);
    }
    EXPECT_EQ(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

inline void cpython_tree(const std::filesystem::path& dir, const std::string& version = "3.13.5") {
  write(dir / "configure", "#!/bin/sh\n");
  std::filesystem::permissions(dir / "configure", std::filesystem::perms(0755));
  write(dir / "Include/patchlevel.h", patchlevel(version));
  write(dir / "README", "This is Python.\n");
}

class ScratchTest : public ::testing::Test {
 protected:
  std::filesystem::path at(const std::string& name) const { return scratch_.path() / name; }

 private:
  TemporaryDirectory scratch_{std::filesystem::temp_directory_path(), "pytune-source-test"};
};

class StoreTest : public ScratchTest {
 protected:
  void expect_nothing_left() const {
    EXPECT_TRUE(std::filesystem::is_empty(store.root() / "staging"));
    for (const std::string& kind : store.kinds()) {
      if (kind == "releases") continue;  // what a mirror answered, which is good for the day
      EXPECT_TRUE(std::filesystem::is_empty(store.root() / kind)) << kind;
    }
  }
  Store store{at("store")};
};

}  // namespace pytune::source_test
