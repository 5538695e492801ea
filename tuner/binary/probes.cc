#include <algorithm>
#include <map>

#include "binary/binary.h"
#include "binary/image.h"

namespace pytune {
namespace {

// Of SystemTap's header, version 3:
// https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
constexpr std::string_view kOwner = "stapsdt";
constexpr std::uint32_t kProbe = 3;
// The probe's address, that of .stapsdt.base and the semaphore's, each of 8 bytes, stand before
// its names.
constexpr std::uint64_t kAddresses = 24;
constexpr std::size_t kMostProbes = 1000;

}  // namespace

std::vector<Probe> inspect_probes(const Image& image) {
  const ImageSection* section = image.section(".note.stapsdt");
  if (section == nullptr) return {};
  std::map<std::string, std::uint64_t> places;
  for (const ImageNote& note : parse_notes(section->bytes, 4)) {
    if (note.owner != kOwner || note.type != kProbe) continue;
    const std::string_view provider = text_at(note.description, kAddresses);
    const std::string_view name = text_at(note.description, kAddresses + provider.size() + 1);
    if (provider.empty() || name.empty()) continue;
    const std::string full = std::string(provider) + ":" + std::string(name);
    if (places.size() < kMostProbes || places.contains(full)) ++places[full];
  }
  std::vector<Probe> probes;
  probes.reserve(places.size());
  for (const auto& [name, count] : places) probes.push_back({name, count});
  return probes;
}

}  // namespace pytune
