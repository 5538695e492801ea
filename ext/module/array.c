// The arrays that calls return: buffer protocol and DLPack.
#include <stdlib.h>
#include <string.h>

#include "module/dlpack.h"
#include "module/module.h"

Array* new_array(ModuleState* state, const char* argument, Dtype dtype, int ndim,
                 const Py_ssize_t* shape) {
  if (ndim > kMaxDims) {
    PyErr_Format(PyExc_ValueError, "%s: would have more than %d dimensions", argument, kMaxDims);
    return NULL;
  }
  if (check_element_count(argument, ndim, shape) < 0) return NULL;
  Array* array = PyObject_NewVar(Array, state->array_type, 2 * ndim);
  if (array == NULL) return NULL;
  array->memory = NULL;
  array->dtype = dtype;
  array->ndim = ndim;
  array->elements = 1;
  for (int i = ndim; i-- > 0;) {
    array->dims[i] = shape[i];
    array->dims[ndim + i] = array->elements * dtype_bytes(dtype);
    array->elements *= shape[i];
  }
  size_t bytes = (size_t)array->elements * (size_t)dtype_bytes(dtype);
  array->memory = aligned_alloc(64, 64 + (bytes + 63) / 64 * 64);
  if (array->memory == NULL) {
    PyErr_Format(PyExc_MemoryError, "%s: no memory for %zd elements", argument, array->elements);
    Py_DECREF(array);
    return NULL;
  }
  atomic_init(&array->memory->references, 1);
  return array;
}

void view_of_array(Array* array, View* view) {
  view->buffer.obj = NULL;
  view->owner = NULL;
  view->tensor = NULL;
  view->data = array_data(array);
  view->dtype = array->dtype;
  view->readonly = false;
  view->ndim = array->ndim;
  for (int i = 0; i < array->ndim; i++) {
    view->shape[i] = array->dims[i];
    view->strides[i] = array->dims[array->ndim + i] / dtype_bytes(array->dtype);
  }
}

static void drop_memory(Memory* memory) {
  if (memory != NULL && atomic_fetch_sub(&memory->references, 1) == 1) free(memory);
}

static void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  drop_memory(((Array*)self)->memory);
  PyObject_Free(self);
  Py_DECREF(type);
}

static int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
  Array* array = (Array*)self;
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && array->ndim > 1) {
    PyErr_SetString(PyExc_BufferError, "the array is in C order");
    return -1;
  }
  *buffer = (Py_buffer){
      .buf = array_data(array),
      .obj = Py_NewRef(self),
      .len = array->elements * dtype_bytes(array->dtype),
      .itemsize = dtype_bytes(array->dtype),
      .ndim = array->ndim,
      // bf16 has no letter; its bits are those of 16-bit integers.
      .format = flags & PyBUF_FORMAT ? (array->dtype == DTYPE_F32 ? "f" : "H") : NULL,
      .shape = flags & PyBUF_ND ? array->dims : NULL,
      .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? array->dims + array->ndim : NULL,
  };
  return 0;
}

// What a consumer of DLPack gets. It may be done with it on any thread, of any interpreter or none:
// no Python here.
typedef struct {
  union {
    DLManagedTensor unversioned;
    DLManagedTensorVersioned versioned;
  } tensor;
  Memory* memory;
  int64_t shape[kMaxDims], strides[kMaxDims];
} Exported;

static void drop(Exported* exported) {
  drop_memory(exported->memory);
  free(exported);
}

static void delete_unversioned(DLManagedTensor* tensor) { drop(tensor->manager_ctx); }
static void delete_versioned(DLManagedTensorVersioned* tensor) { drop(tensor->manager_ctx); }

// Called also for capsules that were used; then the consumer has the tensor.
static void delete_capsule(PyObject* capsule) {
  if (PyCapsule_IsValid(capsule, "dltensor"))
    delete_unversioned(PyCapsule_GetPointer(capsule, "dltensor"));
  else if (PyCapsule_IsValid(capsule, "dltensor_versioned"))
    delete_versioned(PyCapsule_GetPointer(capsule, "dltensor_versioned"));
}

static bool given(PyObject* value) { return value != NULL && value != Py_None; }

static PyObject* dlpack(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames) {
  static const char* const names[] = {"stream", "max_version", "dl_device", "copy"};
  PyObject* values[4];
  if (sort_arguments("__dlpack__", names, 4, 0, 0, args, nargs, kwnames, values) < 0) return NULL;
  if (given(values[0])) {
    PyErr_SetString(PyExc_BufferError, "stream: memory of the CPU has no streams");
    return NULL;
  }
  if (given(values[3]) && values[3] != Py_False) {
    PyErr_SetString(PyExc_BufferError, "copy: the array is shared, never copied");
    return NULL;
  }
  if (given(values[2])) {
    int type, number;
    if (!PyArg_ParseTuple(values[2], "ii:dl_device", &type, &number)) return NULL;
    if (type != kDLCPU) {
      PyErr_SetString(PyExc_BufferError, "dl_device: the array is in memory of the CPU");
      return NULL;
    }
  }
  int major = 0, minor = 0;
  if (given(values[1]) && !PyArg_ParseTuple(values[1], "ii:max_version", &major, &minor))
    return NULL;

  Array* array = (Array*)self;
  Exported* exported = malloc(sizeof *exported);
  if (exported == NULL) return PyErr_NoMemory();
  DLTensor tensor = {.data = array_data(array),
                     .device = {kDLCPU, 0},
                     .ndim = array->ndim,
                     .dtype = {array->dtype == DTYPE_F32 ? kDLFloat : kDLBfloat,
                               (uint8_t)(8 * dtype_bytes(array->dtype)), 1},
                     .shape = exported->shape,
                     .strides = exported->strides};
  for (int i = 0; i < array->ndim; i++) {
    exported->shape[i] = array->dims[i];
    exported->strides[i] = array->dims[array->ndim + i] / dtype_bytes(array->dtype);
  }
  if (major >= 1)
    exported->tensor.versioned = (DLManagedTensorVersioned){
        .major = 1, .manager_ctx = exported, .deleter = delete_versioned, .dl_tensor = tensor};
  else
    exported->tensor.unversioned = (DLManagedTensor){
        .dl_tensor = tensor, .manager_ctx = exported, .deleter = delete_unversioned};
  exported->memory = array->memory;
  atomic_fetch_add(&array->memory->references, 1);
  PyObject* capsule = PyCapsule_New(&exported->tensor,
                                    major >= 1 ? "dltensor_versioned" : "dltensor", delete_capsule);
  if (capsule == NULL) drop(exported);
  return capsule;
}

static PyObject* dlpack_device(PyObject* self, PyObject* unused) {
  (void)self, (void)unused;
  return Py_BuildValue("(ii)", kDLCPU, 0);
}

static PyObject* get_shape(PyObject* self, void* unused) {
  (void)unused;
  Array* array = (Array*)self;
  PyObject* shape = PyTuple_New(array->ndim);
  for (int i = 0; shape != NULL && i < array->ndim; i++) {
    PyObject* number = PyLong_FromSsize_t(array->dims[i]);
    if (number == NULL)
      Py_CLEAR(shape);
    else
      PyTuple_SET_ITEM(shape, i, number);
  }
  return shape;
}

static PyObject* get_dtype(PyObject* self, void* unused) {
  (void)unused;
  return PyUnicode_FromString(((Array*)self)->dtype == DTYPE_F32 ? "float32" : "bfloat16");
}

static PyObject* represent(PyObject* self) {
  PyObject* shape = get_shape(self, NULL);
  if (shape == NULL) return NULL;
  PyObject* text =
      PyUnicode_FromFormat("<bf16mm.Array of %s, shape %R>",
                           ((Array*)self)->dtype == DTYPE_F32 ? "float32" : "bfloat16", shape);
  Py_DECREF(shape);
  return text;
}

static PyMethodDef methods[] = {
    {"__dlpack__", (PyCFunction)(void (*)(void))dlpack, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__dlpack_device__", dlpack_device, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"shape", get_shape, NULL, PyDoc_STR("Sizes of the dimensions."), NULL},
    {"dtype", get_dtype, NULL, PyDoc_STR("'float32' or 'bfloat16'."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, deallocate},
    {Py_tp_repr, represent},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_bf_getbuffer, get_buffer},
    {Py_tp_doc,
     "Result of a product: an array in C order with the buffer protocol ('f', or 'H' for bf16) and "
     "DLPack."},
    {0, NULL},
};

PyType_Spec array_spec = {
    .name = "bf16mm.Array",
    .basicsize = sizeof(Array),
    .itemsize = sizeof(Py_ssize_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
