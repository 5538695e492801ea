#include "perf/count_sink.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "sys/error.h"

namespace pytune {

CountSink::CountSink() : fd_(memfd_create("pytune-counts", MFD_CLOEXEC)) {
  if (fd_ < 0)
    throw Failure(fmt::format("cannot create a file in memory: {}", std::strerror(errno)));
}

CountSink::~CountSink() { close(fd_); }

PerfStat CountSink::read() const {
  // One byte more than is allowed, so that the parser sees that it is too long.
  std::string text(kLongestPerfStat + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = pread(fd_, text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  return parse_perf_stat(std::string_view(text).substr(0, size));
}

std::vector<std::string> perf_stat_words(const std::string& perf,
                                         const std::vector<CounterEvent>& events,
                                         const CountSink& sink) {
  std::string list;
  for (const CounterEvent& event : events) list += (list.empty() ? "" : ",") + event.perf + ":u";
  return {perf, "stat", "-j", "--log-fd", std::to_string(sink.fd()), "-e", list, "--"};
}

Environment perf_environment() { return {{"PERF_CONFIG", "/dev/null"}}; }

}  // namespace pytune
