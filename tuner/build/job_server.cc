#include "build/job_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/error.h"
#include "sys/process.h"

namespace pytune {

JobServer::JobServer(int tokens) : tokens_(tokens) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Failure(fmt::format("cannot create the jobserver's pipe: {}", std::strerror(errno)));
  read_ = ends[0];
  write_ = ends[1];
  // Non-blocking would leak into make, which shares the open file description; poll() guards our
  // own reads instead.
  refill();
}

JobServer::~JobServer() {
  close(read_);
  close(write_);
}

void JobServer::acquire() {
  while (true) {
    throw_if_stopped();
    pollfd fd{read_, POLLIN, 0};
    if (poll(&fd, 1, 100) <= 0) continue;
    // Between poll and read another reader may win; the read then waits for the next token, which
    // is as good.
    char token = 0;
    if (read(read_, &token, 1) == 1) return;
  }
}

void JobServer::release() {
  while (write(write_, "+", 1) < 0 && errno == EINTR) {
  }
}

void JobServer::refill() {
  pollfd fd{read_, POLLIN, 0};
  char token = 0;
  while (poll(&fd, 1, 0) > 0 && read(read_, &token, 1) == 1) {
  }
  for (int i = 0; i < tokens_; ++i) release();
}

std::string JobServer::makeflags() const {
  return fmt::format(" -j{} --jobserver-auth={},{}", tokens_, read_, write_);
}

}  // namespace pytune
