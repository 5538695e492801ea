#include <string.h>

#include "module/module.h"

int sort_arguments(const char* function, const char* const* names, int count, int positional,
                   int required, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                   PyObject** values) {
  for (int i = 0; i < count; i++) values[i] = NULL;
  if (nargs > positional) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %d positional arguments, not %zd", function,
                 positional, nargs);
    return -1;
  }
  for (Py_ssize_t i = 0; i < nargs; i++) values[i] = args[i];
  Py_ssize_t keywords = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
  for (Py_ssize_t keyword = 0; keyword < keywords; keyword++) {
    PyObject* name = PyTuple_GET_ITEM(kwnames, keyword);
    int i = 0;
    while (i < count && PyUnicode_CompareWithASCIIString(name, names[i]) != 0) i++;
    if (i == count) {
      PyErr_Format(PyExc_TypeError, "%s() has no argument '%U'", function, name);
      return -1;
    }
    if (values[i] != NULL) {
      PyErr_Format(PyExc_TypeError, "%s() got argument '%U' twice", function, name);
      return -1;
    }
    values[i] = args[nargs + keyword];
  }
  for (int i = 0; i < required; i++) {
    if (values[i] == NULL) {
      PyErr_Format(PyExc_TypeError, "%s() misses argument '%s'", function, names[i]);
      return -1;
    }
  }
  return 0;
}

// The index of a word, -1 with an exception that lists them. NULL and None: *found stays.
static int parse_word(const char* argument, PyObject* value, const char* const* words, int count,
                      int* found) {
  if (value == NULL || value == Py_None) return 0;
  if (!PyUnicode_Check(value)) {
    PyErr_Format(PyExc_TypeError, "%s: must be a string or None, not %s", argument,
                 Py_TYPE(value)->tp_name);
    return -1;
  }
  for (int i = 0; i < count; i++) {
    if (PyUnicode_CompareWithASCIIString(value, words[i]) == 0) {
      *found = i;
      return 0;
    }
  }
  PyObject* list = PyUnicode_FromString(words[0]);
  for (int i = 1; i < count && list != NULL; i++) {
    PyObject* longer = PyUnicode_FromFormat("%U, %s", list, words[i]);
    Py_SETREF(list, longer);
  }
  if (list != NULL)
    PyErr_Format(PyExc_ValueError, "%s: %R is not one of %U", argument, value, list);
  Py_XDECREF(list);
  return -1;
}

const char* const precision_names[3] = {"highest", "high", "medium"};

int parse_precision(PyObject* argument, Precision* value) {
  int found = (int)*value;
  if (parse_word("precision", argument, precision_names, 3, &found) < 0) return -1;
  *value = (Precision)found;
  return 0;
}

int parse_activation(PyObject* argument, Activation* value) {
  static const char* const words[] = {"relu", "gelu", "gelu_tanh"};
  int found = -1;
  if (parse_word("activation", argument, words, 3, &found) < 0) return -1;
  *value = (Activation)(found + 1);
  return 0;
}

int parse_dtype(const char* name, PyObject* argument, Dtype* value) {
  static const char* const words[] = {"float32", "bfloat16"};
  int found = (int)*value;
  if (parse_word(name, argument, words, 2, &found) < 0) return -1;
  *value = (Dtype)found;
  return 0;
}

int parse_epilogue(ModuleState* state, PyObject* bias, PyObject* activation, bool bf16_buffers,
                   Py_ssize_t length, bool per_row, CallEpilogue* call) {
  call->epilogue = (Epilogue){.bias_per_row = per_row};
  if (parse_activation(activation, &call->epilogue.activation) < 0) return -1;
  if (bias == NULL || bias == Py_None) return 0;
  View* view = &call->bias_view;
  if (acquire_view(state, "bias", bias, bf16_buffers, view) < 0) return -1;
  if (view->ndim != 1 || view->shape[0] != length) {
    if (view->ndim != 1)
      PyErr_Format(PyExc_ValueError, "bias: must have one dimension, not %d", view->ndim);
    else
      PyErr_Format(PyExc_ValueError, "bias: has %zd elements, the result has %zd %s",
                   view->shape[0], length, per_row ? "channels" : "columns");
    return -1;
  }
  call->epilogue.bias = view->data;
  call->epilogue.bias_dtype = view->dtype;
  call->epilogue.bias_stride = view->strides[0];
  return 0;
}
