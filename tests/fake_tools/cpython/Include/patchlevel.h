/* Enough of a version header for a tree of fakes. */
#define PY_MAJOR_VERSION 3
#define PY_MINOR_VERSION 13
#define PY_MICRO_VERSION 5
#define PY_VERSION "3.13.5"
