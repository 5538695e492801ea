#include "result/tested_build.h"

namespace pytune {

DEFINE_RECORD(TestedBuild, no_check<TestedBuild>, field("build", &TestedBuild::build),
              field("files", &TestedBuild::files), field("ran", &TestedBuild::ran),
              field("failing", &TestedBuild::failing), field("only_here", &TestedBuild::only_here),
              field("unsteady", &TestedBuild::unsteady), field("log", &TestedBuild::log),
              field("problem", &TestedBuild::problem))

}  // namespace pytune
