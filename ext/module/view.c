// Other people's arrays: four ways in, one View out. One file because the four share their checks.
#include <string.h>

#include "module/dlpack.h"
#include "module/module.h"

int check_element_count(const char* argument, int ndim, const Py_ssize_t* shape) {
  bool empty = false;
  for (int i = 0; i < ndim; i++) empty |= shape[i] == 0;
  if (empty) return 0;
  Py_ssize_t elements = 1;
  for (int i = 0; i < ndim; i++) {
    if (shape[i] < 0 || shape[i] > kMaxElements / elements) {
      PyErr_Format(PyExc_OverflowError, "%s: has more than %zd elements", argument, kMaxElements);
      return -1;
    }
    elements *= shape[i];
  }
  return 0;
}

Py_ssize_t view_elements(const View* view) {
  Py_ssize_t elements = 1;
  for (int i = 0; i < view->ndim; i++) elements *= view->shape[i];
  return elements;
}

static int set_dims(const char* argument, View* view, Py_ssize_t ndim) {
  if (ndim < 0 || ndim > kMaxDims) {
    PyErr_Format(PyExc_ValueError, "%s: has %zd dimensions, at most %d are supported", argument,
                 ndim, kMaxDims);
    return -1;
  }
  view->ndim = (int)ndim;
  return 0;
}

static void set_compact_strides(View* view) {
  Py_ssize_t stride = 1;
  for (int i = view->ndim; i-- > 0;) {
    view->strides[i] = stride;
    stride *= view->shape[i];
  }
}

static int set_byte_stride(const char* argument, View* view, int dim, Py_ssize_t bytes) {
  if (bytes % dtype_bytes(view->dtype) != 0) {
    PyErr_Format(PyExc_ValueError, "%s: its strides are not multiples of the element size",
                 argument);
    return -1;
  }
  view->strides[dim] = bytes / dtype_bytes(view->dtype);
  return 0;
}

static int check_view(const char* argument, const View* view) {
  if (check_element_count(argument, view->ndim, view->shape) < 0) return -1;
  if (view->data == NULL && view_elements(view) > 0) {
    PyErr_Format(PyExc_BufferError, "%s: has no memory", argument);
    return -1;
  }
  if ((uintptr_t)view->data % (uintptr_t)dtype_bytes(view->dtype) != 0) {
    PyErr_Format(PyExc_ValueError, "%s: its memory is not aligned to the element size", argument);
    return -1;
  }
  return 0;
}

// A letter of the struct module in native byte order, '\0' for anything else.
static char native_letter(const char* format) {
  if (format == NULL) return 'B';
  if (*format == '@' || *format == '=' || *format == (PY_LITTLE_ENDIAN ? '<' : '>')) format++;
  return format[0] != '\0' && format[1] == '\0' ? format[0] : '\0';
}

static int from_buffer(const char* argument, bool bf16_buffers, View* view) {
  const Py_buffer* buffer = &view->buffer;
  char letter = native_letter(buffer->format);
  if (letter == 'f' && buffer->itemsize == 4) {
    view->dtype = DTYPE_F32;
  } else if (letter == 'H' && buffer->itemsize == 2) {
    if (!bf16_buffers) {
      PyErr_Format(PyExc_TypeError,
                   "%s: 16-bit integers are taken for bf16 only with dtype='bfloat16'", argument);
      return -1;
    }
    view->dtype = DTYPE_BF16;
  } else {
    PyErr_Format(PyExc_TypeError,
                 "%s: elements of format '%s' are not supported, only float32 and bf16", argument,
                 buffer->format == NULL ? "B" : buffer->format);
    return -1;
  }
  view->data = buffer->buf;
  view->readonly = buffer->readonly;
  if (set_dims(argument, view, buffer->ndim) < 0) return -1;
  for (int i = 0; i < view->ndim; i++) {
    view->shape[i] = buffer->shape[i];
    if (set_byte_stride(argument, view, i, buffer->strides[i]) < 0) return -1;
  }
  return check_view(argument, view);
}

// 1: object.dtype.name is "bfloat16"; 0: not; errors count as not.
static bool is_named_bfloat16(PyObject* object) {
  PyObject* dtype = PyObject_GetAttrString(object, "dtype");
  PyObject* name = dtype == NULL ? NULL : PyObject_GetAttrString(dtype, "name");
  bool named = name != NULL && PyUnicode_Check(name) &&
               PyUnicode_CompareWithASCIIString(name, "bfloat16") == 0;
  Py_XDECREF(dtype);
  Py_XDECREF(name);
  PyErr_Clear();
  return named;
}

// What NumPy's documentation, "The array interface protocol", version 3, has in the dictionary. New
// references, for the dictionary is the caller's: what a number's or a flag's own code, or another
// thread, does to it must not take away what is being read.
typedef struct {
  PyObject *shape, *strides, *data, *type;
} ArrayInterface;

// *value: a new reference, or NULL when there is none. -1: an error.
static int dictionary_item(PyObject* dictionary, const char* name, PyObject** value) {
#if PY_VERSION_HEX >= 0x030D0000
  return PyDict_GetItemStringRef(dictionary, name, value) < 0 ? -1 : 0;
#else
  *value = NULL;
  PyObject* key = PyUnicode_FromString(name);
  if (key == NULL) return -1;
  *value = Py_XNewRef(PyDict_GetItemWithError(dictionary, key));
  Py_DECREF(key);
  return *value == NULL && PyErr_Occurred() ? -1 : 0;
#endif
}

static void release_interface(ArrayInterface* interface) {
  Py_CLEAR(interface->shape);
  Py_CLEAR(interface->strides);
  Py_CLEAR(interface->data);
  Py_CLEAR(interface->type);
}

static bool describes_16_bits(const ArrayInterface* interface) {
  const PyObject *shape = interface->shape, *data = interface->data;
  PyObject* type = interface->type;
  return type != NULL && PyUnicode_Check(type) && PyUnicode_GetLength(type) == 3 &&
         PyUnicode_ReadChar(type, 2) == '2' && PyUnicode_ReadChar(type, 0) != '>' &&
         shape != NULL && PyTuple_Check(shape) && data != NULL && PyTuple_Check(data) &&
         PyTuple_GET_SIZE(data) == 2;
}

static int read_strides(const char* argument, PyObject* strides, View* view) {
  if (!PyTuple_Check(strides) || PyTuple_GET_SIZE(strides) != view->ndim) {
    PyErr_Format(PyExc_TypeError,
                 "%s: its __array_interface__ has strides that do not fit its shape", argument);
    return -1;
  }
  for (int i = 0; i < view->ndim; i++) {
    Py_ssize_t bytes = PyLong_AsSsize_t(PyTuple_GET_ITEM(strides, i));
    if (PyErr_Occurred() || set_byte_stride(argument, view, i, bytes) < 0) return -1;
  }
  return 0;
}

static int read_interface(const char* argument, const ArrayInterface* interface, View* view) {
  PyObject *shape = interface->shape, *flag;
  view->dtype = DTYPE_BF16;
  if (!describes_16_bits(interface)) {
    PyErr_Format(PyExc_TypeError,
                 "%s: its __array_interface__ does not describe 16-bit elements in memory",
                 argument);
    return -1;
  }
  // A flag whose truth is code of the caller's could free the memory that was looked at before.
  flag = PyTuple_GET_ITEM(interface->data, 1);
  if (!PyBool_Check(flag) && !PyLong_CheckExact(flag)) {
    PyErr_Format(PyExc_TypeError,
                 "%s: its __array_interface__ says by a %s whether it is read-only; a bool is "
                 "needed",
                 argument, Py_TYPE(flag)->tp_name);
    return -1;
  }
  view->readonly = PyObject_IsTrue(flag) != 0;
  view->data = PyLong_AsVoidPtr(PyTuple_GET_ITEM(interface->data, 0));
  if (PyErr_Occurred() || set_dims(argument, view, PyTuple_GET_SIZE(shape)) < 0) return -1;
  for (int i = 0; i < view->ndim; i++)
    view->shape[i] = PyLong_AsSsize_t(PyTuple_GET_ITEM(shape, i));
  if (PyErr_Occurred()) return -1;
  if (check_element_count(argument, view->ndim, view->shape) < 0) return -1;
  set_compact_strides(view);
  const bool strided = interface->strides != NULL && interface->strides != Py_None;
  if (strided && read_strides(argument, interface->strides, view) < 0) return -1;
  return check_view(argument, view);
}

static int from_array_interface(const char* argument, PyObject* dictionary, View* view) {
  ArrayInterface interface = {NULL, NULL, NULL, NULL};
  int status = -1;
  if (dictionary_item(dictionary, "shape", &interface.shape) == 0 &&
      dictionary_item(dictionary, "strides", &interface.strides) == 0 &&
      dictionary_item(dictionary, "data", &interface.data) == 0 &&
      dictionary_item(dictionary, "typestr", &interface.type) == 0)
    status = read_interface(argument, &interface, view);
  release_interface(&interface);
  return status;
}

static int from_tensor(const char* argument, const DLTensor* tensor, View* view) {
  if (tensor->device.device_type != kDLCPU) {
    PyErr_Format(PyExc_BufferError,
                 "%s: is on device type %d of DLPack, only CPU memory is supported", argument,
                 (int)tensor->device.device_type);
    return -1;
  }
  if (tensor->dtype.code == kDLFloat && tensor->dtype.bits == 32 && tensor->dtype.lanes == 1) {
    view->dtype = DTYPE_F32;
  } else if (tensor->dtype.code == kDLBfloat && tensor->dtype.bits == 16 &&
             tensor->dtype.lanes == 1) {
    view->dtype = DTYPE_BF16;
  } else {
    PyErr_Format(PyExc_TypeError,
                 "%s: elements of DLPack type %d with %d bits and %d lanes are not supported, only "
                 "float32 and bf16",
                 argument, (int)tensor->dtype.code, (int)tensor->dtype.bits,
                 (int)tensor->dtype.lanes);
    return -1;
  }
  if (set_dims(argument, view, tensor->ndim) < 0) return -1;
  for (int i = 0; i < view->ndim; i++) view->shape[i] = (Py_ssize_t)tensor->shape[i];
  if (check_element_count(argument, view->ndim, view->shape) < 0) return -1;
  set_compact_strides(view);
  if (tensor->strides != NULL)
    for (int i = 0; i < view->ndim; i++) view->strides[i] = (Py_ssize_t)tensor->strides[i];
  view->data = tensor->data == NULL ? NULL : (char*)tensor->data + tensor->byte_offset;
  return check_view(argument, view);
}

static void release_unversioned(void* tensor) {
  DLManagedTensor* managed = tensor;
  if (managed->deleter != NULL) managed->deleter(managed);
}

static void release_versioned(void* tensor) {
  DLManagedTensorVersioned* managed = tensor;
  if (managed->deleter != NULL) managed->deleter(managed);
}

static int check_device(const char* argument, PyObject* object) {
  PyObject* device = PyObject_CallMethod(object, "__dlpack_device__", NULL);
  if (device == NULL) return -1;
  long type = -1;
  if (PyTuple_Check(device) && PyTuple_GET_SIZE(device) == 2) {
    PyObject* number = PyNumber_Long(PyTuple_GET_ITEM(device, 0));
    if (number != NULL) type = PyLong_AsLong(number);
    Py_XDECREF(number);
  }
  Py_DECREF(device);
  if (PyErr_Occurred()) return -1;
  if (type == kDLCPU) return 0;
  PyErr_Format(PyExc_BufferError,
               "%s: is on device type %ld of DLPack, only CPU memory is supported", argument, type);
  return -1;
}

static PyObject* call_dlpack(PyObject* object) {
  PyObject* method = PyObject_GetAttrString(object, "__dlpack__");
  if (method == NULL) return NULL;
  PyObject *none = PyTuple_New(0), *version = Py_BuildValue("{s:(ii)}", "max_version", 1, 0),
           *capsule = NULL;
  if (none != NULL && version != NULL) {
    capsule = PyObject_Call(method, none, version);
    // Producers from before DLPack 1.0 do not know the argument.
    if (capsule == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
      PyErr_Clear();
      capsule = PyObject_CallNoArgs(method);
    }
  }
  Py_DECREF(method);
  Py_XDECREF(none);
  Py_XDECREF(version);
  return capsule;
}

static int from_dlpack(const char* argument, PyObject* object, View* view) {
  if (check_device(argument, object) < 0) return -1;
  PyObject* capsule = call_dlpack(object);
  if (capsule == NULL) return -1;
  int status = -1;
  if (PyCapsule_IsValid(capsule, "dltensor_versioned")) {
    DLManagedTensorVersioned* managed = PyCapsule_GetPointer(capsule, "dltensor_versioned");
    if (managed->major != 1) {
      PyErr_Format(PyExc_BufferError, "%s: version %u of DLPack is not supported", argument,
                   (unsigned)managed->major);
    } else if (PyCapsule_SetName(capsule, "used_dltensor_versioned") == 0) {
      view->tensor = managed;
      view->release_tensor = release_versioned;
      view->readonly = (managed->flags & kDLReadOnly) != 0;
      status = from_tensor(argument, &managed->dl_tensor, view);
    }
  } else if (PyCapsule_IsValid(capsule, "dltensor")) {
    DLManagedTensor* managed = PyCapsule_GetPointer(capsule, "dltensor");
    if (PyCapsule_SetName(capsule, "used_dltensor") == 0) {
      view->tensor = managed;
      view->release_tensor = release_unversioned;
      status = from_tensor(argument, &managed->dl_tensor, view);
    }
  } else {
    PyErr_Format(PyExc_TypeError, "%s: its __dlpack__ did not return a DLPack capsule", argument);
  }
  Py_DECREF(capsule);
  return status;
}

int acquire_view(ModuleState* state, const char* argument, PyObject* object, bool bf16_buffers,
                 View* view) {
  view->data = NULL;
  view->dtype = DTYPE_F32;
  view->readonly = false;  // DLPack before 1.0 does not say
  view->ndim = 0;
  view->buffer.obj = NULL;
  view->owner = NULL;
  view->tensor = NULL;
  if (Py_IS_TYPE(object, state->array_type)) {
    view_of_array((Array*)object, view);
    view->owner = Py_NewRef(object);
    return 0;
  }
  int status;
  if (PyObject_CheckBuffer(object)) {
    if (PyObject_GetBuffer(object, &view->buffer, PyBUF_STRIDES | PyBUF_FORMAT) == 0) {
      status = from_buffer(argument, bf16_buffers, view);
      if (status < 0) release_view(view);
      return status;
    }
    // NumPy has no letter for bf16 and refuses.
    view->buffer.obj = NULL;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    bool is_bfloat16 = is_named_bfloat16(object);
    if (!is_bfloat16)
      PyErr_Format(PyExc_TypeError, "%s: its memory cannot be read as an array: %S", argument,
                   value ? value : type);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    if (!is_bfloat16) return -1;
  }
  PyObject* interface =
      is_named_bfloat16(object) ? PyObject_GetAttrString(object, "__array_interface__") : NULL;
  if (interface != NULL && PyDict_Check(interface)) {
    status = from_array_interface(argument, interface, view);
    Py_DECREF(interface);
    if (status == 0) view->owner = Py_NewRef(object);
    return status;
  }
  Py_XDECREF(interface);
  PyErr_Clear();
  int has_dlpack = PyObject_HasAttrString(object, "__dlpack__") &&
                   PyObject_HasAttrString(object, "__dlpack_device__");
  if (!has_dlpack) {
    PyErr_Format(PyExc_TypeError, "%s: %s is no array: it has neither a buffer nor __dlpack__",
                 argument, Py_TYPE(object)->tp_name);
    return -1;
  }
  status = from_dlpack(argument, object, view);
  if (status < 0)
    release_view(view);
  else
    view->owner = Py_NewRef(object);
  return status;
}

void release_view(View* view) {
  if (view->buffer.obj != NULL) PyBuffer_Release(&view->buffer);
  if (view->tensor != NULL) {
    // A producer's deleter may run Python code, which must not see an exception of ours.
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    view->release_tensor(view->tensor);
    PyErr_Restore(type, value, traceback);
  }
  Py_CLEAR(view->owner);
  view->buffer.obj = NULL;
  view->tensor = NULL;
}

// [*low, *high): bytes from the first to past the last element, whatever the signs of the strides.
static void byte_range(const View* view, uintptr_t* low, uintptr_t* high) {
  Py_ssize_t before = 0, after = 0;
  for (int i = 0; i < view->ndim; i++) {
    Py_ssize_t span = (view->shape[i] - 1) * view->strides[i];
    if (span < 0)
      before += span;
    else
      after += span;
  }
  Py_ssize_t bytes = dtype_bytes(view->dtype);
  *low = (uintptr_t)view->data + (uintptr_t)(before * bytes);
  *high = (uintptr_t)view->data + (uintptr_t)((after + 1) * bytes);
}

bool views_may_overlap(const View* x, const View* y) {
  if (view_elements(x) == 0 || view_elements(y) == 0) return false;
  uintptr_t x_low, x_high, y_low, y_high;
  byte_range(x, &x_low, &x_high);
  byte_range(y, &y_low, &y_high);
  return x_low < y_high && y_low < x_high;
}

// True unless the strides nest: each as large as all that lies within it. Dimensions are few: a
// sort by selection.
bool view_overlaps_itself(const View* view) {
  if (view_elements(view) <= 1) return false;
  bool used[kMaxDims] = {false};
  Py_ssize_t reach = 0;  // of the dimensions so far, in elements
  for (int round = 0; round < view->ndim; round++) {
    int smallest = -1;
    for (int i = 0; i < view->ndim; i++)
      if (!used[i] && view->shape[i] > 1 &&
          (smallest < 0 || Py_ABS(view->strides[i]) < Py_ABS(view->strides[smallest])))
        smallest = i;
    if (smallest < 0) return false;
    used[smallest] = true;
    Py_ssize_t stride = Py_ABS(view->strides[smallest]);
    if (stride <= reach) return true;
    reach += (view->shape[smallest] - 1) * stride;
  }
  return false;
}
