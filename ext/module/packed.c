// pack(): a right-hand side made ready once.
#include <stdlib.h>

#include "gemm/blocking.h"
#include "module/module.h"

static int parse_pack(ModuleState* state, PyObject* const* args, Py_ssize_t nargs,
                      PyObject* kwnames, View* b, Precision* precision) {
  static const char* const names[] = {"b", "precision", "dtype"};
  PyObject* values[3];
  Dtype buffers = DTYPE_F32;
  *precision = state->precision;
  if (sort_arguments("pack", names, 3, 1, 1, args, nargs, kwnames, values) < 0 ||
      parse_precision(values[1], precision) < 0 || parse_dtype("dtype", values[2], &buffers) < 0)
    return -1;
  if (acquire_view(state, "b", values[0], buffers == DTYPE_BF16, b) < 0) return -1;
  if (b->ndim == 2) return 0;
  PyErr_Format(PyExc_ValueError, "b: must have two dimensions, not %d", b->ndim);
  release_view(b);
  return -1;
}

PyObject* module_pack(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                      PyObject* kwnames) {
  ModuleState* state = module_state(module);
  View b;
  Precision precision;
  Choice choice;
  if (parse_pack(state, args, nargs, kwnames, &b, &precision) < 0) return NULL;
  Packed* packed = NULL;
  if (choose(state, precision, false, &choice) == 0)
    packed = PyObject_New(Packed, state->packed_type);
  if (packed == NULL) {
    release_view(&b);
    return NULL;
  }
  packed->precision = precision;
  packed->operand = (PackedOperand){.kernel = choice.kernel,
                                    .product = choice.product,
                                    .k = (size_t)b.shape[0],
                                    .n = (size_t)b.shape[1]};
  packed->operand.depth =
      choose_depth(choice.kernel, packed->operand.k, choice.product == PRODUCT_SPLIT ? 3 : 1);
  size_t bytes = packed_bytes(&packed->operand);
  packed->operand.panels = bytes > SIZE_MAX / 2 ? NULL : aligned_alloc(64, bytes == 0 ? 64 : bytes);
  Operand operand = {
      .matrix = {
          .data = b.data, .dtype = b.dtype, .lane_stride = b.strides[1], .k_stride = b.strides[0]}};
  GemmStatus status = GEMM_NO_MEMORY;
  if (packed->operand.panels != NULL) {
    Py_BEGIN_ALLOW_THREADS
    status = pack_operand(&packed->operand, &operand, 0);
    Py_END_ALLOW_THREADS
  }
  release_view(&b);
  if (status == GEMM_DONE) return (PyObject*)packed;
  PyErr_Format(PyExc_MemoryError, "b: no memory to pack %zu x %zu elements", packed->operand.k,
               packed->operand.n);
  Py_DECREF(packed);
  return NULL;
}

static void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  free(((Packed*)self)->operand.panels);
  PyObject_Free(self);
  Py_DECREF(type);
}

static PyObject* get_shape(PyObject* self, void* unused) {
  (void)unused;
  const PackedOperand* operand = &((Packed*)self)->operand;
  return Py_BuildValue("(nn)", (Py_ssize_t)operand->k, (Py_ssize_t)operand->n);
}

static PyObject* get_backend(PyObject* self, void* unused) {
  (void)unused;
  return PyUnicode_FromString(((Packed*)self)->operand.kernel->name);
}

static PyObject* get_precision(PyObject* self, void* unused) {
  (void)unused;
  return PyUnicode_FromString(precision_names[((Packed*)self)->precision]);
}

static PyObject* get_nbytes(PyObject* self, void* unused) {
  (void)unused;
  return PyLong_FromSize_t(packed_bytes(&((Packed*)self)->operand));
}

static PyObject* represent(PyObject* self) {
  const Packed* packed = (const Packed*)self;
  return PyUnicode_FromFormat("<bf16mm.Packed of %zu x %zu for %s, precision %s>",
                              packed->operand.k, packed->operand.n, packed->operand.kernel->name,
                              precision_names[packed->precision]);
}

static PyGetSetDef attributes[] = {
    {"shape", get_shape, NULL, PyDoc_STR("Rows and columns of what was packed."), NULL},
    {"backend", get_backend, NULL, PyDoc_STR("Name of the backend it was packed for."), NULL},
    {"precision", get_precision, NULL, PyDoc_STR("The precision it was packed for."), NULL},
    {"nbytes", get_nbytes, NULL, PyDoc_STR("Bytes of memory."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, deallocate},
    {Py_tp_repr, represent},
    {Py_tp_getset, attributes},
    {Py_tp_doc, "A right-hand side ready for matmul(), made by pack()."},
    {0, NULL},
};

PyType_Spec packed_spec = {
    .name = "bf16mm.Packed",
    .basicsize = sizeof(Packed),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};
