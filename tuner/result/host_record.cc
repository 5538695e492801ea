#include "result/host_record.h"

namespace pytune {
namespace {

constexpr auto host_fields(const auto& act) {
  return act(field("architecture", &Host::architecture), field("cpu_model", &Host::cpu_model),
             field("kernel", &Host::kernel), field("libc", &Host::libc), field("os", &Host::os),
             field("cpus", &Host::cpus, Whole{0, 1 << 20}),
             field("memory_bytes", &Host::memory_bytes),
             field("available_memory_bytes", &Host::available_memory_bytes),
             field("load1", &Host::load1, Real{0, 1e9}), field("governor", &Host::governor),
             field("virtualized", &Host::virtualized));
}

}  // namespace

void to_json(nlohmann::json& j, const Host& host) {
  j = host_fields([&](const auto&... all) { return write_record(host, all...); });
  j["fingerprint"] = host.fingerprint();
}

void from_view(const JsonView& view, Host& host) {
  host_fields([&](const auto&... all) { read_record(view, host, all...); });
}

void from_json(const nlohmann::json& j, Host& host) { from_view(JsonView(j), host); }

}  // namespace pytune
