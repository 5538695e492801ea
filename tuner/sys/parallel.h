// Pieces of work that do not depend on each other, several at a time.
#pragma once

#include <cstddef>
#include <functional>

namespace pytune {

// Runs work(i, thread) for i from 0 to `count` - 1, in that order, on up to `threads` threads that
// are numbered from 0; one of them is the caller's. After an exception no further piece is begun;
// the first one is thrown on once all threads have ended.
void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t i, std::size_t thread)>& work);

}  // namespace pytune
