// Reading the guest's memory, with pointers that may be wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pytune::emulator {

// The guest's address 0 is at this address of the emulator's, the start of a page.
void set_guest_base(std::uint64_t host_address);

// Nothing when any of it is not mapped: the system call that is asked for will fail by itself.
std::optional<std::string> guest_string(std::uint64_t address);
// Of a null-terminated array of pointers; null is an empty array, as Linux has it.
std::optional<std::vector<std::string>> guest_strings(std::uint64_t address);

}  // namespace pytune::emulator
