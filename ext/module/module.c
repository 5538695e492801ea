#include "module/module.h"

#include <string.h>

static int traverse(PyObject* module, visitproc visit, void* arg) {
  ModuleState* state = module_state(module);
  Py_VISIT(state->array_type);
  Py_VISIT(state->packed_type);
  Py_VISIT(state->backend_type);
  Py_VISIT(state->chosen_backend);
  return 0;
}

static int clear(PyObject* module) {
  ModuleState* state = module_state(module);
  Py_CLEAR(state->array_type);
  Py_CLEAR(state->packed_type);
  Py_CLEAR(state->backend_type);
  Py_CLEAR(state->chosen_backend);
  return 0;
}

static void free_module(void* module) { clear(module); }

ModuleState* module_state(PyObject* module) { return PyModule_GetState(module); }

static int add_type(PyObject* module, PyType_Spec* spec, PyTypeObject** type) {
  *type = (PyTypeObject*)PyType_FromModuleAndSpec(module, spec, NULL);
  return *type == NULL ? -1 : PyModule_AddType(module, *type);
}

static int read_environment(ModuleState* state) {
  const char *precision = getenv("BF16MM_PRECISION"), *backend = getenv("BF16MM_BACKEND");
  state->precision = PRECISION_HIGHEST;
  if (precision != NULL && *precision != '\0') {
    int i = 0;
    while (i < 3 && strcmp(precision, precision_names[i]) != 0) i++;
    if (i == 3) {
      PyErr_Format(PyExc_ValueError, "BF16MM_PRECISION: '%s' is not one of highest, high, medium",
                   precision);
      return -1;
    }
    state->precision = (Precision)i;
  }
  state->environment_backend = -1;
  if (backend != NULL && *backend != '\0') {
    int count;
    const Backend* found = find_backend(backend);
    if (found == NULL) {
      PyErr_Format(
          PyExc_ValueError,
          "BF16MM_BACKEND: there is no backend '%s' on this processor; see bf16mm.backends()",
          backend);
      return -1;
    }
    state->environment_backend = (int)(found - backends(&count));
  }
  return 0;
}

static int execute(PyObject* module) {
  ModuleState* state = module_state(module);
  if (read_environment(state) < 0 || add_type(module, &array_spec, &state->array_type) < 0 ||
      add_type(module, &packed_spec, &state->packed_type) < 0 ||
      add_type(module, &backend_spec, &state->backend_type) < 0)
    return -1;
  state->chosen_backend = PyContextVar_New("bf16mm.backend", Py_None);
  if (state->chosen_backend == NULL) return -1;
  return PyModule_AddStringConstant(module, "__version__", BF16MM_VERSION);
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

PyDoc_STRVAR(matmul_doc,
             "matmul(a, b, *, out=None, out_dtype=None, bias=None, activation=None, "
             "precision=None, dtype=None)\n--\n\n"
             "Matrix product with the shapes of the array API: one dimension is a row or a column, "
             "leading ones are\n"
             "batches and broadcast. b may be what pack() returned. activation: 'relu', 'gelu' or "
             "'gelu_tanh'.\n"
             "precision: 'highest' (float32), 'high' (three bf16 products) or 'medium' (bf16). "
             "dtype='bfloat16' says that\n"
             "buffers of 16-bit integers hold bf16.");
PyDoc_STRVAR(
    pack_doc,
    "pack(b, *, precision=None, dtype=None)\n--\n\n"
    "A right-hand side made ready once for many products, for the backend and precision of now.");
PyDoc_STRVAR(
    conv2d_doc,
    "conv2d(x, weight, *, bias=None, stride=1, padding=0, dilation=1, out_dtype=None, "
    "activation=None,\n"
    "       precision=None, dtype=None)\n--\n\n"
    "Cross-correlation of (N, C, H, W) with (O, C, KH, KW), as torch.nn.functional.conv2d.");
PyDoc_STRVAR(to_bf16_doc, "to_bf16(x)\n--\n\nfloat32 rounded to bf16, to nearest even.");
PyDoc_STRVAR(from_bf16_doc, "from_bf16(x, *, dtype=None)\n--\n\nbf16 as float32, exactly.");
PyDoc_STRVAR(backends_doc,
             "backends()\n--\n\nNames of the backends of this processor, those preferred first.");
PyDoc_STRVAR(backend_doc,
             "backend(name)\n--\n\nContext manager: products inside use this backend.");
PyDoc_STRVAR(info_doc,
             "info()\n--\n\nWhat was found out about this machine, and what is used by default.");

static PyMethodDef methods[] = {
    {"matmul", FAST(module_matmul), matmul_doc},
    {"pack", FAST(module_pack), pack_doc},
    {"conv2d", FAST(module_conv2d), conv2d_doc},
    {"to_bf16", FAST(module_to_bf16), to_bf16_doc},
    {"from_bf16", FAST(module_from_bf16), from_bf16_doc},
    {"backends", module_backends, METH_NOARGS, backends_doc},
    {"backend", module_backend, METH_O, backend_doc},
    {"info", module_info, METH_NOARGS, info_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#ifdef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

PyDoc_STRVAR(module_doc,
             "bf16 and float32 matrix products on the best instructions this processor has.");

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,         .m_name = "bf16mm",   .m_doc = module_doc,
    .m_size = sizeof(ModuleState), .m_methods = methods, .m_slots = slots,
    .m_traverse = traverse,        .m_clear = clear,     .m_free = free_module,
};

PyMODINIT_FUNC PyInit_bf16mm(void) { return PyModuleDef_Init(&definition); }
