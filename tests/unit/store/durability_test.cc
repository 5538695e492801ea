// What a power cut may take: seen by the fsync(2) calls, which this program takes in libc's place.
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>

#include "store/store.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::Contains;

struct Synced {
  std::mutex mutex;
  std::vector<std::string> paths;
};
Synced& synced() {
  static Synced all;
  return all;
}

}  // namespace
}  // namespace pytune

extern "C" int fsync(int fd) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  {
    auto& all = pytune::synced();
    const std::scoped_lock lock(all.mutex);
    all.paths.push_back(path.string());
  }
  return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace pytune {
namespace {

class Durability : public sys_test::Scratch {};

TEST_F(Durability, TheFirstStepOfAKindIsThereAfterAPowerCut) {
  Store store(at("store"));
  const fs::path root = fs::canonical(at("store"));
  synced().paths.clear();
  store.produce({"newkind", "0123456789abcdef"}, {{"in", 1}},
                [](const fs::path&) { return StepResult{true, nlohmann::json::object()}; });
  const std::scoped_lock lock(synced().mutex);
  EXPECT_THAT(synced().paths, Contains(root.string())) << "the kind's own entry";
  EXPECT_THAT(synced().paths, Contains((root / "newkind").string())) << "the step's entry";
}

}  // namespace
}  // namespace pytune
