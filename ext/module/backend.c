// Which backend computes what, and saying so from Python.
#include "gemm/blocking.h"
#include "gemm/threads.h"
#include "module/module.h"

int demanded_backend(ModuleState* state, const Backend** backend) {
  *backend = NULL;
  int count;
  const Backend* all = backends(&count);
  PyObject* chosen;
  if (PyContextVar_Get(state->chosen_backend, NULL, &chosen) < 0) return -1;
  long index = state->environment_backend;
  if (chosen != Py_None) index = PyLong_AsLong(chosen);
  Py_DECREF(chosen);
  if (index == -1 && PyErr_Occurred()) return -1;
  if (index >= 0 && index < count) *backend = &all[index];
  return 0;
}

int choose(ModuleState* state, Precision precision, bool both_bf16, Choice* choice) {
  const Backend* demanded;
  if (demanded_backend(state, &demanded) < 0) return -1;
  bool demanded_f32 = demanded != NULL && demanded->kernel->panel_dtype == DTYPE_F32;
  const Backend* f32 = demanded_f32 ? demanded : default_f32_backend();
  const Backend* bf16_backend = demanded != NULL ? demanded : default_bf16_backend();
  choice->kernel = bf16_backend->kernel;
  if (both_bf16 || precision == PRECISION_MEDIUM) {
    choice->product = PRODUCT_BF16;
    return 0;
  }
  choice->product = PRODUCT_SPLIT;
  // Three products must be worth it: float32 is more exact. A bf16 backend never computes
  // "highest".
  bool split_pays = demanded != NULL ? !demanded_f32 : bf16_backend->flops > 3 * f32->flops;
  if (precision == PRECISION_HIGHEST || !split_pays || choice->kernel->panel_dtype == DTYPE_F32)
    *choice = (Choice){f32->kernel, PRODUCT_WHOLE};
  return 0;
}

// --- backends(), info() ---

// Indices of the available ones, the default for bf16 first, then that for float32, then in the
// table's order.
static int in_order(int* order) {
  int count, used = 0;
  const Backend* all = backends(&count);
  int first = (int)(default_bf16_backend() - all), second = (int)(default_f32_backend() - all);
  order[used++] = first;
  if (second != first) order[used++] = second;
  for (int i = 0; i < count; i++)
    if (all[i].available && i != first && i != second) order[used++] = i;
  return used;
}

PyObject* module_backends(PyObject* module, PyObject* unused) {
  (void)module, (void)unused;
  int order[16], count, available = in_order(order);
  const Backend* all = backends(&count);
  PyObject* names = PyTuple_New(available);
  for (int i = 0; names != NULL && i < available; i++) {
    PyObject* name = PyUnicode_FromString(all[order[i]].kernel->name);
    if (name == NULL)
      Py_CLEAR(names);
    else
      PyTuple_SET_ITEM(names, i, name);
  }
  return names;
}

PyObject* module_info(PyObject* module, PyObject* unused) {
  (void)unused;
  ModuleState* state = module_state(module);
  int count;
  const Backend* all = backends(&count);
  const Backend *f32 = default_f32_backend(), *bf16_backend = default_bf16_backend(), *demanded;
  if (demanded_backend(state, &demanded) < 0) return NULL;
  PyObject* speeds = PyDict_New();
  for (int i = 0; speeds != NULL && i < count; i++) {
    if (!all[i].available) continue;
    PyObject* speed = PyFloat_FromDouble(all[i].flops / 1e9);
    if (speed == NULL || PyDict_SetItemString(speeds, all[i].kernel->name, speed) < 0)
      Py_CLEAR(speeds);
    Py_XDECREF(speed);
  }
  if (speeds == NULL) return NULL;
  const Caches* sizes = caches();
  return Py_BuildValue("{s:s, s:s, s:z, s:s, s:i, s:(nnn), s:N}", "bf16_backend",
                       bf16_backend->kernel->name, "float32_backend", f32->kernel->name,
                       "demanded_backend", demanded == NULL ? NULL : demanded->kernel->name,
                       "precision", precision_names[state->precision], "threads", thread_limit(),
                       "caches", (Py_ssize_t)sizes->l1, (Py_ssize_t)sizes->l2,
                       (Py_ssize_t)sizes->l3, "gflops", speeds);
}

// --- backend(name) ---

typedef struct {
  PyObject_HEAD
  PyObject* variable;
  PyObject* index;
  PyObject* tokens;  // a list: the same object may be entered again inside itself
} BackendContext;

PyObject* module_backend(PyObject* module, PyObject* name) {
  ModuleState* state = module_state(module);
  if (!PyUnicode_Check(name)) {
    PyErr_Format(PyExc_TypeError, "name: must be a string, not %s", Py_TYPE(name)->tp_name);
    return NULL;
  }
  const char* text = PyUnicode_AsUTF8(name);
  if (text == NULL) return NULL;
  const Backend* found = find_backend(text);
  if (found == NULL) {
    PyObject* names = module_backends(module, NULL);
    if (names != NULL)
      PyErr_Format(PyExc_ValueError, "name: there is no backend %R on this processor, only %R",
                   name, names);
    Py_XDECREF(names);
    return NULL;
  }
  int count;
  BackendContext* context = PyObject_GC_New(BackendContext, state->backend_type);
  if (context == NULL) return NULL;
  context->variable = Py_NewRef(state->chosen_backend);
  context->index = PyLong_FromSsize_t(found - backends(&count));
  context->tokens = PyList_New(0);
  PyObject_GC_Track(context);
  if (context->index == NULL || context->tokens == NULL) Py_CLEAR(context);
  return (PyObject*)context;
}

// From 3.13 on, for interpreters without a global lock.
#ifndef Py_BEGIN_CRITICAL_SECTION
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

static PyObject* enter(PyObject* self, PyObject* unused) {
  (void)unused;
  BackendContext* context = (BackendContext*)self;
  PyObject* token = PyContextVar_Set(context->variable, context->index);
  if (token == NULL) return NULL;
  int status = PyList_Append(context->tokens, token);
  Py_DECREF(token);
  return status < 0 ? NULL : Py_NewRef(self);
}

// Undoes the last entry that was made in this context: another thread's or task's, which may be
// later, has a token that only it can use.
static int reset_last(BackendContext* context) {
  for (Py_ssize_t i = PyList_GET_SIZE(context->tokens); i-- > 0;) {
    PyObject* token = Py_NewRef(PyList_GET_ITEM(context->tokens, i));
    int status = PyContextVar_Reset(context->variable, token);
    Py_DECREF(token);
    if (status == 0) return PyList_SetSlice(context->tokens, i, i + 1, NULL);
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) return -1;
    PyErr_Clear();
  }
  PyErr_SetString(PyExc_RuntimeError, "backend: left without having been entered");
  return -1;
}

static PyObject* leave(PyObject* self, PyObject* unused) {
  (void)unused;
  int status;
  Py_BEGIN_CRITICAL_SECTION(self);
  status = reset_last((BackendContext*)self);
  Py_END_CRITICAL_SECTION();
  if (status < 0) return NULL;
  Py_RETURN_NONE;
}

static int traverse(PyObject* self, visitproc visit, void* arg) {
  BackendContext* context = (BackendContext*)self;
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(context->variable);
  Py_VISIT(context->tokens);
  return 0;
}

static void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  BackendContext* context = (BackendContext*)self;
  PyObject_GC_UnTrack(self);
  Py_CLEAR(context->variable);
  Py_CLEAR(context->index);
  Py_CLEAR(context->tokens);
  PyObject_GC_Del(self);
  Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"__enter__", enter, METH_NOARGS, NULL},
    {"__exit__", leave, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, deallocate},
    {Py_tp_traverse, traverse},
    {Py_tp_methods, methods},
    {0, NULL},
};

PyType_Spec backend_spec = {
    .name = "bf16mm.BackendContext",
    .basicsize = sizeof(BackendContext),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
