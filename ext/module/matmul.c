// matmul(): shapes, batches, and the result's place.
#include <string.h>

#include "module/module.h"

enum { kA, kB, kOut, kOutDtype, kBias, kActivation, kPrecision, kDtype, kArguments };
static const char* const names[kArguments] = {"a",    "b",          "out",       "out_dtype",
                                              "bias", "activation", "precision", "dtype"};

// One call: its operands as (batch...) x rows x columns.
typedef struct {
  View a, b, out;
  const Packed* packed;     // instead of b
  Array* result;            // what out is a view of, where none was given
  bool a_vector, b_vector;  // one-dimensional: no row, or no column, in the result
  int batch_dims;
  Py_ssize_t batch[kMaxDims];
  Py_ssize_t m, n, k;
  CallEpilogue epilogue;
} Call;

static Py_ssize_t from_end(const Py_ssize_t* values, int ndim, int i) { return values[ndim - i]; }

static int check_dims(const char* argument, int ndim) {
  if (ndim > 0) return 0;
  PyErr_Format(PyExc_ValueError, "%s: must have at least one dimension", argument);
  return -1;
}

static int set_matrix_sizes(Call* call) {
  View *a = &call->a, *b = &call->b;
  if (check_dims("a", a->ndim) < 0) return -1;
  call->a_vector = a->ndim == 1;
  call->k = from_end(a->shape, a->ndim, 1);
  call->m = call->a_vector ? 1 : from_end(a->shape, a->ndim, 2);
  Py_ssize_t rows_of_b;
  if (call->packed != NULL) {
    rows_of_b = (Py_ssize_t)call->packed->operand.k;
    call->n = (Py_ssize_t)call->packed->operand.n;
  } else {
    if (check_dims("b", b->ndim) < 0) return -1;
    call->b_vector = b->ndim == 1;
    rows_of_b = call->b_vector ? b->shape[0] : from_end(b->shape, b->ndim, 2);
    call->n = call->b_vector ? 1 : from_end(b->shape, b->ndim, 1);
  }
  if (rows_of_b == call->k) return 0;
  PyErr_Format(PyExc_ValueError, "b: has %zd rows, but a has %zd columns", rows_of_b, call->k);
  return -1;
}

// The broadcast batch shape of a and b.
static int set_batch(Call* call) {
  int a_dims = call->a_vector ? 0 : call->a.ndim - 2;
  int b_dims = call->packed != NULL || call->b_vector ? 0 : call->b.ndim - 2;
  call->batch_dims = a_dims > b_dims ? a_dims : b_dims;
  for (int i = 1; i <= call->batch_dims; i++) {
    Py_ssize_t x = i <= a_dims ? call->a.shape[a_dims - i] : 1,
               y = i <= b_dims ? call->b.shape[b_dims - i] : 1;
    if (x != y && x != 1 && y != 1) {
      PyErr_Format(PyExc_ValueError,
                   "b: its batch dimension of size %zd does not go with a's of size %zd", y, x);
      return -1;
    }
    call->batch[call->batch_dims - i] = x == 1 ? y : x;
  }
  return 0;
}

static int result_shape(const Call* call, Py_ssize_t* shape) {
  int ndim = call->batch_dims;
  memcpy(shape, call->batch, (size_t)ndim * sizeof *shape);
  if (!call->a_vector) shape[ndim++] = call->m;
  if (!call->b_vector) shape[ndim++] = call->n;
  return ndim;
}

static int check_out(const Call* call, const Py_ssize_t* shape, int ndim) {
  const View* out = &call->out;
  bool same = out->ndim == ndim;
  for (int i = 0; same && i < ndim; i++) same = out->shape[i] == shape[i];
  if (!same) {
    PyErr_SetString(PyExc_ValueError, "out: does not have the shape of the result");
  } else if (out->readonly) {
    PyErr_SetString(PyExc_ValueError, "out: is read-only");
  } else if (view_overlaps_itself(out)) {
    PyErr_SetString(PyExc_ValueError, "out: some of its elements are the same memory");
  } else if (views_may_overlap(out, &call->a)) {
    PyErr_SetString(PyExc_ValueError, "out: may overlap a");
  } else if (call->packed == NULL && views_may_overlap(out, &call->b)) {
    PyErr_SetString(PyExc_ValueError, "out: may overlap b");
  } else if (call->epilogue.epilogue.bias != NULL &&
             views_may_overlap(out, &call->epilogue.bias_view)) {
    PyErr_SetString(PyExc_ValueError, "out: may overlap bias");
  } else {
    return 0;
  }
  return -1;
}

static int set_out(ModuleState* state, Call* call, PyObject* out, PyObject* dtype,
                   bool bf16_buffers) {
  Dtype wanted = DTYPE_F32;
  if (parse_dtype("out_dtype", dtype, &wanted) < 0) return -1;
  Py_ssize_t shape[kMaxDims + 2];
  int ndim = result_shape(call, shape);
  if (out == NULL || out == Py_None) {
    call->result = new_array(state, "result", wanted, ndim, shape);
    if (call->result == NULL) return -1;
    view_of_array(call->result, &call->out);
    return 0;
  }
  if (acquire_view(state, "out", out, bf16_buffers, &call->out) < 0) return -1;
  if (dtype != NULL && dtype != Py_None && wanted != call->out.dtype) {
    PyErr_SetString(PyExc_ValueError, "out_dtype: differs from the dtype of out");
    return -1;
  }
  return check_out(call, shape, ndim);
}

// --- from batches to products ---

// A stride of a batch dimension, counted from the last; none where the operand has no such
// dimension or broadcasts it.
static Py_ssize_t batch_stride(const View* view, int matrix_dims, int i) {
  int at = view->ndim - matrix_dims - i;
  return at < 0 || view->shape[at] == 1 ? 0 : view->strides[at];
}

typedef struct {
  Py_ssize_t a[kMaxDims], b[kMaxDims], out[kMaxDims];  // strides of the batch dimensions
} BatchStrides;

static void set_strides(const Call* call, Gemm* g, BatchStrides* batch) {
  const View *a = &call->a, *b = &call->b, *out = &call->out;
  g->a.matrix = (Source){.data = a->data,
                         .dtype = a->dtype,
                         .lane_stride = call->a_vector ? call->k : from_end(a->strides, a->ndim, 2),
                         .k_stride = from_end(a->strides, a->ndim, 1)};
  if (call->packed != NULL)
    g->packed = &call->packed->operand;
  else
    g->b.matrix =
        (Source){.data = b->data,
                 .dtype = b->dtype,
                 .lane_stride = call->b_vector ? 1 : from_end(b->strides, b->ndim, 1),
                 .k_stride = call->b_vector ? b->strides[0] : from_end(b->strides, b->ndim, 2)};
  int out_dims = out->ndim - call->batch_dims;
  g->out = (Destination){.data = out->data,
                         .dtype = out->dtype,
                         .row_stride = call->a_vector ? call->n : out->strides[call->batch_dims],
                         .col_stride = call->b_vector ? 1 : out->strides[out->ndim - 1]};
  // A result that is one column is as good as one with consecutive columns.
  if (call->n == 1) g->out.col_stride = 1;
  for (int i = 1; i <= call->batch_dims; i++) {
    int at = call->batch_dims - i;
    batch->a[at] = batch_stride(a, call->a_vector ? 1 : 2, i);
    batch->b[at] = call->packed != NULL ? 0 : batch_stride(b, call->b_vector ? 1 : 2, i);
    batch->out[at] = out->strides[out->ndim - out_dims - i];
  }
}

// Batches of A against one B are one tall product where the rows follow each other evenly in A and
// in the result.
static int merge_batches(const Call* call, Gemm* g, const BatchStrides* batch) {
  int dims = call->batch_dims;
  Py_ssize_t rows = call->m;
  while (dims > 0) {
    int last = dims - 1;
    if (call->batch[last] != 1 &&
        (batch->b[last] != 0 || batch->a[last] != rows * g->a.matrix.lane_stride ||
         batch->out[last] != rows * g->out.row_stride))
      break;
    rows *= call->batch[last];
    dims = last;
  }
  g->m = (size_t)rows;
  return dims;
}

static void advance(Gemm* g, const BatchStrides* batch, const Py_ssize_t* index, int dims) {
  Py_ssize_t a = 0, b = 0, out = 0;
  for (int i = 0; i < dims; i++) {
    a += index[i] * batch->a[i];
    b += index[i] * batch->b[i];
    out += index[i] * batch->out[i];
  }
  g->a.matrix.data = (const char*)g->a.matrix.data + a * dtype_bytes(g->a.matrix.dtype);
  if (g->packed == NULL)
    g->b.matrix.data = (const char*)g->b.matrix.data + b * dtype_bytes(g->b.matrix.dtype);
  g->out.data = (char*)g->out.data + out * dtype_bytes(g->out.dtype);
}

static int multiply(const Call* call, const Choice* choice) {
  Gemm first = {.kernel = choice->kernel,
                .product = choice->product,
                .m = (size_t)call->m,
                .n = (size_t)call->n,
                .k = (size_t)call->k,
                .epilogue = call->epilogue.epilogue};
  BatchStrides batch;
  set_strides(call, &first, &batch);
  int dims = merge_batches(call, &first, &batch);
  if (dims == 0) return run_products(&first, 1);
  size_t count = 1;
  for (int i = 0; i < dims; i++) count *= (size_t)call->batch[i];
  if (count == 0 || first.m == 0 || first.n == 0) return 0;
  // Some at a time: a batch may have millions of small products.
  enum { kAtOnce = 256 };
  Gemm* products = PyMem_New(Gemm, count < kAtOnce ? count : kAtOnce);
  if (products == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  Py_ssize_t index[kMaxDims] = {0};
  int status = 0;
  for (size_t done = 0; done < count && status == 0;) {
    size_t now = 0;
    for (; now < kAtOnce && done < count; now++, done++) {
      products[now] = first;
      advance(&products[now], &batch, index, dims);
      for (int i = dims - 1; i >= 0 && ++index[i] == call->batch[i]; i--) index[i] = 0;
    }
    status = run_products(products, now);
  }
  PyMem_Free(products);
  return status;
}

int run_products(const Gemm* gemms, size_t count) {
  GemmStatus status;
  // Giving the lock away and taking it back costs as much as a product of this size.
  if (count == 1 && gemms->m * gemms->n * gemms->k < 20000) {
    status = gemm(gemms);
  } else {
    Py_BEGIN_ALLOW_THREADS
    status = gemm_batch(gemms, count);
    Py_END_ALLOW_THREADS
  }
  if (status == GEMM_DONE) return 0;
  PyErr_Format(PyExc_MemoryError, "no memory for a product of %zu x %zu x %zu", gemms->m, gemms->n,
               gemms->k);
  return -1;
}

// --- the call ---

static int choose_for(ModuleState* state, const Call* call, PyObject* precision_argument,
                      Choice* choice) {
  Precision precision = state->precision;
  if (parse_precision(precision_argument, &precision) < 0) return -1;
  if (call->packed == NULL)
    return choose(state, precision, call->a.dtype == DTYPE_BF16 && call->b.dtype == DTYPE_BF16,
                  choice);
  const Packed* packed = call->packed;
  if (precision_argument != NULL && precision_argument != Py_None &&
      precision != packed->precision) {
    PyErr_Format(PyExc_ValueError, "precision: is %s, but b was packed for %s",
                 precision_names[precision], precision_names[packed->precision]);
    return -1;
  }
  const Backend* demanded;
  if (demanded_backend(state, &demanded) < 0) return -1;
  Choice would_be;
  if (demanded != NULL) {
    if (choose(state, packed->precision, false, &would_be) < 0) return -1;
    if (would_be.kernel != packed->operand.kernel) {
      PyErr_Format(PyExc_ValueError, "b: was packed for backend %s, but %s is demanded",
                   packed->operand.kernel->name, demanded->kernel->name);
      return -1;
    }
  }
  *choice = (Choice){packed->operand.kernel, packed->operand.product};
  return 0;
}

static int fill_call(ModuleState* state, PyObject* const* values, Call* call, Choice* choice) {
  Dtype buffers = DTYPE_F32;
  if (parse_dtype("dtype", values[kDtype], &buffers) < 0) return -1;
  bool bf16_buffers = buffers == DTYPE_BF16;
  if (acquire_view(state, "a", values[kA], bf16_buffers, &call->a) < 0) return -1;
  if (Py_IS_TYPE(values[kB], state->packed_type))
    call->packed = (const Packed*)values[kB];
  else if (acquire_view(state, "b", values[kB], bf16_buffers, &call->b) < 0)
    return -1;
  if (set_matrix_sizes(call) < 0 || set_batch(call) < 0 ||
      choose_for(state, call, values[kPrecision], choice) < 0)
    return -1;
  if (parse_epilogue(state, values[kBias], values[kActivation], bf16_buffers, call->n, false,
                     &call->epilogue) < 0)
    return -1;
  return set_out(state, call, values[kOut], values[kOutDtype], bf16_buffers);
}

// Not zeroed as a whole: four views are some kilobytes, more than a small product.
static void empty_view(View* view) {
  view->buffer.obj = NULL;
  view->owner = NULL;
  view->tensor = NULL;
}

PyObject* module_matmul(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames) {
  ModuleState* state = module_state(module);
  PyObject* values[kArguments];
  if (sort_arguments("matmul", names, kArguments, 2, 2, args, nargs, kwnames, values) < 0)
    return NULL;
  Call call;
  empty_view(&call.a);
  empty_view(&call.b);
  empty_view(&call.out);
  empty_view(&call.epilogue.bias_view);
  call.packed = NULL;
  call.result = NULL;
  call.a_vector = call.b_vector = false;
  Choice choice;
  PyObject* result = NULL;
  if (fill_call(state, values, &call, &choice) == 0 && multiply(&call, &choice) == 0)
    result = call.result != NULL ? Py_NewRef((PyObject*)call.result) : Py_NewRef(values[kOut]);
  release_view(&call.a);
  release_view(&call.b);
  release_view(&call.out);
  release_view(&call.epilogue.bias_view);
  Py_XDECREF(call.result);
  return result;
}
