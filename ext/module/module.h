// What the files of the Python surface share: the module's state, its types, and how arguments come
// in.
#ifndef BF16MM_MODULE_MODULE_H
#define BF16MM_MODULE_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>

#include "dispatch/backends.h"
#include "gemm/gemm.h"

typedef enum { PRECISION_HIGHEST, PRECISION_HIGH, PRECISION_MEDIUM } Precision;

// One per interpreter.
typedef struct {
  PyTypeObject *array_type, *packed_type, *backend_type;
  PyObject* chosen_backend;  // a context variable: an index into backends(), or None
  Precision precision;       // where a call gives none: BF16MM_PRECISION, or highest
  int environment_backend;   // an index from BF16MM_BACKEND, or -1
} ModuleState;

ModuleState* module_state(PyObject* module);

// --- arguments ---

// Sorts a vectorcall's arguments into values[], in the order of names; the first `positional` of
// them may be given by position, the first `required` must be given at all. -1 and TypeError
// otherwise.
int sort_arguments(const char* function, const char* const* names, int count, int positional,
                   int required, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                   PyObject** values);

// The following take NULL and None for "not given" and leave *value alone then. -1 and an exception
// otherwise.
int parse_precision(PyObject* argument, Precision* value);
int parse_activation(PyObject* argument, Activation* value);
int parse_dtype(const char* name, PyObject* argument, Dtype* value);

// --- arrays (array.c, view.c) ---

enum { kMaxDims = 64 };
static const Py_ssize_t kMaxElements = INT32_MAX;

// Memory of some array, borrowed until released. Strides are in elements.
typedef struct {
  void* data;
  Dtype dtype;
  bool readonly;
  int ndim;
  Py_ssize_t shape[kMaxDims], strides[kMaxDims];
  Py_buffer buffer;                      // held if buffer.obj is not NULL
  PyObject* owner;                       // another object that keeps the memory, or NULL
  void (*release_tensor)(void* tensor);  // with DLPack
  void* tensor;
} View;

// Fills in an empty view of `object`; errors name `argument`. `bf16_buffers` says that buffers of
// 16-bit integers are bf16. Order: this module's arrays, the buffer protocol, __array_interface__
// with dtype.name "bfloat16", DLPack.
int acquire_view(ModuleState* state, const char* argument, PyObject* object, bool bf16_buffers,
                 View* view);
void release_view(View* view);

Py_ssize_t view_elements(const View* view);
bool views_may_overlap(const View* x, const View* y);
bool view_overlaps_itself(const View* view);

// What an array and the DLPack tensors made from it share. The elements begin 64 bytes after it.
typedef struct {
  atomic_int references;
} Memory;

// Multi-dimensional array in C order, elements 64-byte aligned: what calls return.
typedef struct {
  PyObject_VAR_HEAD
  Memory* memory;
  Dtype dtype;
  int ndim;
  Py_ssize_t elements;
  Py_ssize_t dims[];  // the shape, then the strides in bytes for the buffer protocol
} Array;

static inline void* array_data(const Array* array) { return (char*)array->memory + 64; }

Array* new_array(ModuleState* state, const char* argument, Dtype dtype, int ndim,
                 const Py_ssize_t* shape);
void view_of_array(Array* array, View* view);  // borrows without a reference
int check_element_count(const char* argument, int ndim, const Py_ssize_t* shape);

// --- choice of backend (backend.c) ---

// `both_bf16`: neither operand is float32, so that precision has no say.
typedef struct {
  const Kernel* kernel;
  Product product;
} Choice;

int choose(ModuleState* state, Precision precision, bool both_bf16, Choice* choice);
// The backend that a context or the environment demands; NULL: none. -1 on errors.
int demanded_backend(ModuleState* state, const Backend** backend);
extern const char* const precision_names[3];

PyObject* module_backends(PyObject* module, PyObject* unused);
PyObject* module_info(PyObject* module, PyObject* unused);
PyObject* module_backend(PyObject* module, PyObject* name);

// --- packed operands (packed.c) ---

typedef struct {
  PyObject_HEAD
  PackedOperand operand;
  Precision precision;
} Packed;

// --- calls ---

// Where the products of one call go, and what they share.
typedef struct {
  View bias_view;
  Epilogue epilogue;
} CallEpilogue;

// `call->bias_view` is empty before and to be released after, also on errors.
int parse_epilogue(ModuleState* state, PyObject* bias, PyObject* activation, bool bf16_buffers,
                   Py_ssize_t length, bool per_row, CallEpilogue* call);

// Runs them without the interpreter's lock where that is worth it. -1 and MemoryError.
int run_products(const Gemm* gemms, size_t count);

PyObject* module_matmul(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames);
PyObject* module_pack(PyObject* module, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames);
PyObject* module_conv2d(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames);
PyObject* module_to_bf16(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                         PyObject* kwnames);
PyObject* module_from_bf16(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                           PyObject* kwnames);

extern PyType_Spec array_spec, packed_spec, backend_spec;

#endif
