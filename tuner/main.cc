#include "cli/verb.h"

int main(int argc, char** argv) { return pytune::run_program({argv + 1, argv + argc}); }
