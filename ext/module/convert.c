// to_bf16() and from_bf16(): element by element, any strides.
#include "kernels/bf16.h"
#include "module/module.h"

// The last dimension of one row: contiguous output, strided input.
static void convert_row(void* out, const void* in, Dtype from, Py_ssize_t stride,
                        Py_ssize_t count) {
  if (from == DTYPE_F32) {
    const float* x = in;
    bf16* y = out;
    if (stride == 1) {
      for (Py_ssize_t i = 0; i < count; i++) y[i] = float_to_bf16(x[i]);
    } else {
      for (Py_ssize_t i = 0; i < count; i++) y[i] = float_to_bf16(x[i * stride]);
    }
  } else {
    const bf16* x = in;
    float* y = out;
    for (Py_ssize_t i = 0; i < count; i++) y[i] = bf16_to_float(x[i * stride]);
  }
}

static void convert(Array* to, const View* from) {
  if (to->elements == 0) return;
  Py_ssize_t in_bytes = dtype_bytes(from->dtype), out_bytes = 6 - in_bytes;
  int last = from->ndim - 1;
  Py_ssize_t count = last < 0 ? 1 : from->shape[last], stride = last < 0 ? 1 : from->strides[last];
  Py_ssize_t index[kMaxDims] = {0};
  char* out = array_data(to);
  for (Py_ssize_t done = 0; done < to->elements; done += count) {
    Py_ssize_t at = 0;
    for (int i = 0; i < last; i++) at += index[i] * from->strides[i];
    convert_row(out + done * out_bytes, (const char*)from->data + at * in_bytes, from->dtype,
                stride, count);
    for (int i = last - 1; i >= 0 && ++index[i] == from->shape[i]; i--) index[i] = 0;
  }
}

static PyObject* converted(ModuleState* state, PyObject* object, bool bf16_buffers, Dtype from) {
  View x;
  if (acquire_view(state, "x", object, bf16_buffers, &x) < 0) return NULL;
  Array* result = NULL;
  if (x.dtype != from)
    PyErr_Format(PyExc_TypeError, "x: must be %s", from == DTYPE_F32 ? "float32" : "bf16");
  else
    result = new_array(state, "x", from == DTYPE_F32 ? DTYPE_BF16 : DTYPE_F32, x.ndim, x.shape);
  if (result != NULL) {
    Py_BEGIN_ALLOW_THREADS
    convert(result, &x);
    Py_END_ALLOW_THREADS
  }
  release_view(&x);
  return (PyObject*)result;
}

PyObject* module_to_bf16(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                         PyObject* kwnames) {
  static const char* const names[] = {"x"};
  PyObject* values[1];
  if (sort_arguments("to_bf16", names, 1, 1, 1, args, nargs, kwnames, values) < 0) return NULL;
  return converted(module_state(module), values[0], false, DTYPE_F32);
}

PyObject* module_from_bf16(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                           PyObject* kwnames) {
  static const char* const names[] = {"x", "dtype"};
  PyObject* values[2];
  Dtype buffers = DTYPE_F32;
  if (sort_arguments("from_bf16", names, 2, 1, 1, args, nargs, kwnames, values) < 0 ||
      parse_dtype("dtype", values[1], &buffers) < 0)
    return NULL;
  return converted(module_state(module), values[0], buffers == DTYPE_BF16, DTYPE_BF16);
}
