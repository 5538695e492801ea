#include "emulator/counts_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <utility>

namespace pytune::emulator {
namespace {

std::string json_text(const std::string& text) {
  std::string json = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
      json += character;
      continue;
    }
    char escape[7];
    std::snprintf(escape, sizeof escape, "\\u%04x", byte);
    json += escape;
  }
  return json + "\"";
}

std::string counts_json(const Totals& totals, KindMask kinds) {
  std::string json = "{\"instructions\":" + std::to_string(totals.instructions);
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    if ((kinds & mask_of(static_cast<Kind>(kind))) != 0)
      json += "," + json_text(kKindNames[kind]) + ":" + std::to_string(totals.kinds[kind]);
  return json + "}";
}

std::string places_json(const PlaceTable& places, const std::vector<std::string>& files) {
  std::string json = ",\"files\":[";
  for (const std::string& file : files)
    json += (&file == files.data() ? "" : ",") + json_text(file);
  json += "],\"blocks\":[";
  const char* comma = "";
  for (const auto& [place, counts] : places) {
    json += comma;
    json += "[" + std::to_string(place[0]) + "," + std::to_string(place[1]) + "," +
            std::to_string(counts.executions) + "," + std::to_string(counts.instructions) + "]";
    comma = ",";
  }
  return json + "]";
}

bool write_all(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return close(fd) == 0 && done == bytes.size();
}

}  // namespace

CountsFile::CountsFile(std::string folder, std::string guest, KindMask kinds)
    : folder_(std::move(folder)), guest_(std::move(guest)), kinds_(kinds) {}

bool CountsFile::begin() {
  struct timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::string name = folder_ + "/" + std::to_string(getpid()) + "-" +
                           std::to_string(now.tv_sec * 1'000'000'000LL + now.tv_nsec) + "-" +
                           std::to_string(number_++) + ".running";
  const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  close(fd);
  running_ = name;
  return true;
}

bool CountsFile::write(const ProcessCounts& counts) {
  // After an execve() that failed.
  if (running_.empty() && !begin()) return false;
  std::string json =
      "{\"format\":\"pytune-counts\",\"version\":1,\"guest\":" + json_text(guest_) +
      ",\"program\":" + json_text(counts.program) + ",\"pid\":" + std::to_string(getpid()) +
      ",\"ended\":" + json_text(counts.ended) + ",\"counts\":" + counts_json(counts.totals, kinds_);
  if (counts.predictions)
    json +=
        ",\"predictions\":{\"indirect-branches\":" + std::to_string(counts.predictions->branches) +
        ",\"last-target-misses\":" + std::to_string(counts.predictions->last_target_misses) +
        ",\"history-misses\":" + std::to_string(counts.predictions->history_misses) + "}";
  if (!counts.files.empty()) json += places_json(counts.places, counts.files);
  json += "}\n";
  const std::string running = std::exchange(running_, {});
  const std::string final = running.substr(0, running.rfind('.')) + ".json";
  return write_all(running, json) && rename(running.c_str(), final.c_str()) == 0;
}

}  // namespace pytune::emulator
