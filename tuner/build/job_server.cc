#include "build/job_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "sys/error.h"
#include "sys/process.h"
#include "sys/system_reason.h"

namespace pytune {

JobServer::JobServer(int tokens) : tokens_(tokens) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Failure(fmt::format("cannot create the jobserver's pipe: {}", system_reason(errno)));
  read_ = ends[0];
  write_ = ends[1];
  // A make may take the token between our poll() and read(). Non-blocking would leak into make,
  // which shares the open file description, so our reads have one of their own; without /proc,
  // where it cannot be had, the read waits for the next token.
  own_read_ =
      open(fmt::format("/proc/self/fd/{}", read_).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (own_read_ < 0) own_read_ = dup(read_);
  if (own_read_ < 0)
    throw Failure(fmt::format("cannot open the jobserver's pipe: {}", system_reason(errno)));
  fcntl(own_read_, F_SETFD, FD_CLOEXEC);
  refill();
}

JobServer::~JobServer() {
  close(read_);
  close(own_read_);
  close(write_);
}

void JobServer::acquire() {
  while (true) {
    throw_if_stopped();
    pollfd fd{own_read_, POLLIN, 0};
    if (poll(&fd, 1, 100) <= 0) continue;
    char token = 0;
    if (read(own_read_, &token, 1) == 1) return;
  }
}

void JobServer::release() {
  while (write(write_, "+", 1) < 0 && errno == EINTR) {
  }
}

void JobServer::refill() {
  pollfd fd{own_read_, POLLIN, 0};
  char token = 0;
  while (poll(&fd, 1, 0) > 0 && read(own_read_, &token, 1) == 1) {
  }
  for (int i = 0; i < tokens_; ++i) release();
}

std::string JobServer::makeflags() const {
  return fmt::format(" -j{} --jobserver-auth={},{}", tokens_, read_, write_);
}

}  // namespace pytune
