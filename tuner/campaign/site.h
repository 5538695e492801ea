#pragma once

#include <filesystem>

#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"

namespace pytune {

// Where work is done: what is kept, who starts processes, who looks on, and where pytune's own data
// is (data_home()).
struct Site {
  Store& store;
  ProcessRunner& runner;
  Listener& listener;
  std::filesystem::path home;
};

}  // namespace pytune
