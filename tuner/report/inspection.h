// What `pytune inspect` found in interpreters, as a table with one column each and as JSON.
#pragma once

#include <ostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "binary/inspection.h"
#include "report/console.h"

namespace pytune {

// Rows are properties, columns are interpreters. Columns share the width, but have 24 characters at
// least.
void print_inspections(std::ostream& out, const std::vector<Inspection>& inspections,
                       const ConsoleStyle& style);

nlohmann::ordered_json inspections_json(const std::vector<Inspection>& inspections);

}  // namespace pytune
