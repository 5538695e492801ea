// The axis `patches`: what its values name, what stands for them in keys, and the source tree that
// a recipe with patches is built from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "patches/series.h"
#include "source/source.h"
#include "spec/configuration.h"
#include "store/store.h"

namespace pytune {

inline constexpr const char* kPatchedStep = "patched";  // of a tree with patches
inline constexpr const char* kNoPatches = "none";
inline constexpr const char* kWholeSeries = "series";

// Writes a patch's number or file name as its name, so that one patch is one configuration. Why the
// value cannot be built, or does not fit the source; nothing when it does. `series` is null where
// the version has none.
std::optional<std::string> resolve_patches(Configuration& configuration, const PatchSeries* series,
                                           const Source& source);

// What a resolved value names, in order. Throws UsageError.
std::vector<Patch> chosen_patches(const std::string& value, const PatchSeries* series);

// By content, since a series changes while its name stays; "none" for no patches.
std::string patches_key(const std::vector<Patch>& patches);

// Those that what the configure stage leaves depends on. It reads no C code but the compiler's from
// Python to bytecode, with which it freezes modules: a patch of other code alone is not among them.
std::vector<Patch> patches_of_configure(const std::vector<Patch>& patches);

// The source's tree without patches, else a step that holds a patched one: it shares the files that
// no patch changes.
std::filesystem::path provide_patched_tree(Store& store, const Source& source,
                                           const std::vector<Patch>& patches);

}  // namespace pytune
