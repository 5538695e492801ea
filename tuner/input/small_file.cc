#include "input/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "input/text.h"
#include "sys/error.h"
#include "sys/process.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds kLongestWaitForWriter{2};
constexpr int kPollMilliseconds = 50;

class OpenFile {
 public:
  // Without waiting for a writer, as a named pipe otherwise does for ever.
  explicit OpenFile(const fs::path& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

void wait_for_bytes(int fd) {
  pollfd one = {fd, POLLIN, 0};
  poll(&one, 1, kPollMilliseconds);
}

}  // namespace

std::string read_small_file(const fs::path& path, std::uintmax_t most) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status) || fs::is_directory(status)) throw UsageError(absence_of(path));
  const OpenFile file(path);
  const auto fail = [&] {
    throw Failure(fmt::format("{}: cannot be read: {}", path.string(), system_reason(errno, path)));
  };
  if (file.get() < 0) fail();
  std::string bytes;
  std::string piece(1U << 16U, '\0');
  bool written_to = !fs::is_fifo(status);
  const auto start = std::chrono::steady_clock::now();
  // A pipe, such as a shell's <(...), has no size to ask for.
  while (bytes.size() <= most) {
    throw_if_stopped();
    const ssize_t size = read(file.get(), piece.data(), piece.size());
    if (size > 0) {
      written_to = true;
      bytes.append(piece, 0, static_cast<std::size_t>(size));
    } else if (size == 0 && written_to) {
      return bytes;
    } else if (size == 0) {
      // Nobody has it open for writing: not yet, or not any more.
      if (std::chrono::steady_clock::now() - start > kLongestWaitForWriter)
        throw UsageError(fmt::format("{}: is a pipe that nothing writes into", path.string()));
      usleep(kPollMilliseconds * 1000);
    } else if (errno == EAGAIN) {
      written_to = true;
      wait_for_bytes(file.get());
    } else if (errno != EINTR) {
      fail();
    }
  }
  throw UsageError(fmt::format("{}: larger than any such file", path.string()));
}

std::string absence_of(const fs::path& file) {
  const std::string name = file.string();
  if (name.find("://") != std::string::npos)
    return fmt::format("{}: is a URL: fetch it first, and give the file", without_password(name));
  if (name.starts_with("~/"))
    return fmt::format("{}: no such file; within quotes a shell leaves ~ as it is: write $HOME",
                       name);
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) return fmt::format("{}: is a directory, not a file", name);
  if (fs::exists(status)) return fmt::format("{}: is no ordinary file", name);
  const int reason = error.value();
  if (reason == ELOOP) return fmt::format("{}: is a link that leads back to itself", name);
  if (reason != 0 && reason != ENOENT && reason != ENOTDIR)
    return fmt::format("{}: cannot be looked at: {}", name, system_reason(reason));
  std::error_code none;
  if (fs::is_symlink(fs::symlink_status(file, none)))
    return fmt::format("{}: is a link to {}, which is not there", name,
                       fs::read_symlink(file, none).string());
  return fmt::format("{}: no such file", name);
}

}  // namespace pytune
