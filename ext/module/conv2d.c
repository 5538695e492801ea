// conv2d(): one product per image, weights (O x C KH KW) by patches (C KH KW x OH OW). The patches
// exist only as the panels they are packed into.
#include <string.h>

#include "kernels/bf16.h"
#include "module/module.h"

enum {
  kX,
  kWeight,
  kBias,
  kStride,
  kPadding,
  kDilation,
  kOutDtype,
  kActivation,
  kPrecision,
  kDtype,
  kArguments
};
static const char* const names[kArguments] = {"x",         "weight",   "bias",      "stride",
                                              "padding",   "dilation", "out_dtype", "activation",
                                              "precision", "dtype"};

typedef struct {
  Py_ssize_t y, x;
} Pair;

// One image and how patches lie in it. Strides in elements.
typedef struct {
  const void* data;
  Dtype dtype;
  Py_ssize_t height, width;
  Py_ssize_t channel_stride, row_stride, col_stride;
  Pair kernel, stride, padding, dilation, out;
} Image;

static float element(const Image* image, Py_ssize_t at) {
  return image->dtype == DTYPE_F32 ? ((const float*)image->data)[at]
                                   : bf16_to_float(((const bf16*)image->data)[at]);
}

// `count` pixels of one output row, from column ox: element i is at input column first + i *
// stride.
static void gather_row(const Image* image, Py_ssize_t row, Py_ssize_t first, Py_ssize_t count,
                       float* out) {
  Py_ssize_t step = image->stride.x;
  for (Py_ssize_t i = 0; i < count; i++) {
    Py_ssize_t x = first + i * step;
    out[i] = x >= 0 && x < image->width ? element(image, row + x * image->col_stride) : 0;
  }
}

// The common case: no gaps, within the image.
static void copy_row(const Image* image, Py_ssize_t row, Py_ssize_t first, Py_ssize_t count,
                     float* out) {
  memcpy(out, (const float*)image->data + row + first, (size_t)count * sizeof *out);
}

// Lanes are output pixels, k is (channel, kernel row, kernel column).
static void gather_patches(const void* context, size_t lane, int used, size_t k, size_t depth,
                           float* out) {
  const Image* image = context;
  bool plain = image->dtype == DTYPE_F32 && image->col_stride == 1 && image->stride.x == 1;
  for (size_t i = 0; i < depth; i++, out += used) {
    Py_ssize_t tap = (Py_ssize_t)(k + i);
    Py_ssize_t kx = tap % image->kernel.x, ky = tap / image->kernel.x % image->kernel.y;
    Py_ssize_t channel = tap / (image->kernel.x * image->kernel.y);
    Py_ssize_t oy = (Py_ssize_t)lane / image->out.x, ox = (Py_ssize_t)lane % image->out.x;
    for (Py_ssize_t done = 0; done < used;) {
      Py_ssize_t count = image->out.x - ox < used - done ? image->out.x - ox : used - done;
      Py_ssize_t y = oy * image->stride.y - image->padding.y + ky * image->dilation.y;
      Py_ssize_t x = ox * image->stride.x - image->padding.x + kx * image->dilation.x;
      Py_ssize_t row = channel * image->channel_stride + y * image->row_stride;
      if (y < 0 || y >= image->height)
        memset(out + done, 0, (size_t)count * sizeof *out);
      else if (plain && x >= 0 && x + count <= image->width)
        copy_row(image, row, x, count, out + done);
      else
        gather_row(image, row, x, count, out + done);
      done += count;
      ox = 0;
      oy++;
    }
  }
}

// --- arguments ---

// A number, or a pair of them (vertical, horizontal).
static int parse_pair(const char* argument, PyObject* value, Py_ssize_t least, Pair* pair) {
  if (value == NULL) return 0;
  if (PyLong_Check(value)) {
    pair->y = pair->x = PyLong_AsSsize_t(value);
  } else if (PyTuple_Check(value) && PyTuple_GET_SIZE(value) == 2 &&
             PyLong_Check(PyTuple_GET_ITEM(value, 0)) && PyLong_Check(PyTuple_GET_ITEM(value, 1))) {
    pair->y = PyLong_AsSsize_t(PyTuple_GET_ITEM(value, 0));
    if (!PyErr_Occurred()) pair->x = PyLong_AsSsize_t(PyTuple_GET_ITEM(value, 1));
  } else {
    PyErr_Format(PyExc_TypeError, "%s: must be an integer or a pair of them", argument);
    return -1;
  }
  if (PyErr_Occurred()) return -1;
  if (pair->y >= least && pair->x >= least && pair->y <= kMaxElements && pair->x <= kMaxElements)
    return 0;
  PyErr_Format(PyExc_ValueError, "%s: must be from %zd to %zd", argument, least, kMaxElements);
  return -1;
}

static int check_four(const char* argument, const View* view, const char* meaning) {
  if (view->ndim == 4) return 0;
  PyErr_Format(PyExc_ValueError, "%s: must have four dimensions, %s, not %d", argument, meaning,
               view->ndim);
  return -1;
}

// Output size along one direction; 0 or less: the kernel does not fit.
static Py_ssize_t out_size(Py_ssize_t size, Py_ssize_t kernel, Py_ssize_t stride,
                           Py_ssize_t padding, Py_ssize_t dilation) {
  Py_ssize_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

typedef struct {
  View x, weight;
  CallEpilogue epilogue;
  Image image;  // all but data
  Array* result;
} Call;

static int fill_call(ModuleState* state, PyObject* const* values, Call* call, Choice* choice) {
  Dtype buffers = DTYPE_F32, out_dtype = DTYPE_F32;
  Precision precision = state->precision;
  Image* image = &call->image;
  image->stride = image->dilation = (Pair){1, 1};
  image->padding = (Pair){0, 0};
  if (parse_dtype("dtype", values[kDtype], &buffers) < 0 ||
      parse_dtype("out_dtype", values[kOutDtype], &out_dtype) < 0 ||
      parse_precision(values[kPrecision], &precision) < 0 ||
      parse_pair("stride", values[kStride], 1, &image->stride) < 0 ||
      parse_pair("padding", values[kPadding], 0, &image->padding) < 0 ||
      parse_pair("dilation", values[kDilation], 1, &image->dilation) < 0)
    return -1;
  bool bf16_buffers = buffers == DTYPE_BF16;
  View *x = &call->x, *weight = &call->weight;
  if (acquire_view(state, "x", values[kX], bf16_buffers, x) < 0 ||
      check_four("x", x, "(N, C, H, W)") < 0 ||
      acquire_view(state, "weight", values[kWeight], bf16_buffers, weight) < 0 ||
      check_four("weight", weight, "(O, C, KH, KW)") < 0)
    return -1;
  if (weight->shape[1] != x->shape[1]) {
    PyErr_Format(PyExc_ValueError, "weight: is for %zd channels, but x has %zd", weight->shape[1],
                 x->shape[1]);
    return -1;
  }
  image->dtype = x->dtype;
  image->height = x->shape[2];
  image->width = x->shape[3];
  image->channel_stride = x->strides[1];
  image->row_stride = x->strides[2];
  image->col_stride = x->strides[3];
  image->kernel = (Pair){weight->shape[2], weight->shape[3]};
  if (image->kernel.y == 0 || image->kernel.x == 0) {
    PyErr_SetString(PyExc_ValueError, "weight: has no rows or columns");
    return -1;
  }
  image->out = (Pair){out_size(image->height, image->kernel.y, image->stride.y, image->padding.y,
                               image->dilation.y),
                      out_size(image->width, image->kernel.x, image->stride.x, image->padding.x,
                               image->dilation.x)};
  if (image->out.y == 0 || image->out.x == 0) {
    PyErr_SetString(PyExc_ValueError, "weight: is larger than x with its padding");
    return -1;
  }
  Py_ssize_t shape[4] = {x->shape[0], weight->shape[0], image->out.y, image->out.x};
  if (choose(state, precision, x->dtype == DTYPE_BF16 && weight->dtype == DTYPE_BF16, choice) < 0 ||
      parse_epilogue(state, values[kBias], values[kActivation], bf16_buffers, weight->shape[0],
                     true, &call->epilogue) < 0)
    return -1;
  call->result = new_array(state, "result", out_dtype, 4, shape);
  return call->result == NULL ? -1 : 0;
}

// --- products ---

// Weights as a matrix: channels, rows and columns of the kernel must be one run of memory, or are
// copied into one.
static void* weight_matrix(const View* weight, Source* source) {
  Py_ssize_t taps = weight->shape[2] * weight->shape[3], depth = taps * weight->shape[1];
  *source = (Source){.data = weight->data,
                     .dtype = weight->dtype,
                     .lane_stride = weight->strides[0],
                     .k_stride = 1};
  bool run = (weight->shape[3] == 1 || weight->strides[3] == 1) &&
             (weight->shape[2] == 1 || weight->strides[2] == weight->shape[3]) &&
             (weight->shape[1] == 1 || weight->strides[1] == taps);
  if (run) return NULL;
  size_t bytes = dtype_bytes(weight->dtype);
  char* copy = PyMem_RawMalloc((size_t)(weight->shape[0] * depth) * bytes + 1);
  source->data = copy;
  source->lane_stride = depth;
  char* out = copy;
  for (Py_ssize_t o = 0; copy != NULL && o < weight->shape[0]; o++)
    for (Py_ssize_t c = 0; c < weight->shape[1]; c++)
      for (Py_ssize_t y = 0; y < weight->shape[2]; y++)
        for (Py_ssize_t x = 0; x < weight->shape[3]; x++, out += bytes) {
          const Py_ssize_t* s = weight->strides;
          memcpy(out,
                 (const char*)weight->data +
                     (o * s[0] + c * s[1] + y * s[2] + x * s[3]) * (Py_ssize_t)bytes,
                 bytes);
        }
  return copy;
}

// A kernel of one pixel without stride and padding: the image itself is the matrix.
static bool is_matrix(const Image* image) {
  return image->kernel.y == 1 && image->kernel.x == 1 && image->stride.y == 1 &&
         image->stride.x == 1 && image->padding.y == 0 && image->padding.x == 0 &&
         image->row_stride == image->width * image->col_stride;
}

static int convolve(const Call* call, const Choice* choice) {
  const View *x = &call->x, *weight = &call->weight;
  size_t images = (size_t)x->shape[0];
  Py_ssize_t pixels = call->image.out.y * call->image.out.x;
  if (images == 0 || weight->shape[0] == 0) return 0;
  Gemm first = {.kernel = choice->kernel,
                .product = choice->product,
                .m = (size_t)weight->shape[0],
                .n = (size_t)pixels,
                .k = (size_t)(weight->shape[1] * call->image.kernel.y * call->image.kernel.x),
                .epilogue = call->epilogue.epilogue,
                .out = {.dtype = call->result->dtype, .row_stride = pixels, .col_stride = 1}};
  void* copy = weight_matrix(weight, &first.a.matrix);
  Gemm* products = PyMem_New(Gemm, images);
  Image* all = PyMem_New(Image, images);
  int status = -1;
  if (first.a.matrix.data == NULL || products == NULL || all == NULL) {
    if (view_elements(weight) > 0 || products == NULL || all == NULL) {
      PyErr_NoMemory();
      goto done;
    }
  }
  Py_ssize_t in_bytes = dtype_bytes(x->dtype), out_bytes = dtype_bytes(call->result->dtype);
  for (size_t i = 0; i < images; i++) {
    all[i] = call->image;
    all[i].data = (const char*)x->data + (Py_ssize_t)i * x->strides[0] * in_bytes;
    products[i] = first;
    products[i].out.data =
        (char*)array_data(call->result) + (Py_ssize_t)i * weight->shape[0] * pixels * out_bytes;
    if (is_matrix(&all[i]))
      products[i].b.matrix = (Source){.data = all[i].data,
                                      .dtype = x->dtype,
                                      .lane_stride = all[i].col_stride,
                                      .k_stride = all[i].channel_stride};
    else
      products[i].b = (Operand){.gather = gather_patches, .context = &all[i]};
  }
  status = run_products(products, images);
done:
  PyMem_RawFree(copy);
  PyMem_Free(products);
  PyMem_Free(all);
  return status;
}

PyObject* module_conv2d(PyObject* module, PyObject* const* args, Py_ssize_t nargs,
                        PyObject* kwnames) {
  ModuleState* state = module_state(module);
  PyObject* values[kArguments];
  if (sort_arguments("conv2d", names, kArguments, 2, 2, args, nargs, kwnames, values) < 0)
    return NULL;
  Call call = {0};
  Choice choice;
  bool good = fill_call(state, values, &call, &choice) == 0 && convolve(&call, &choice) == 0;
  release_view(&call.x);
  release_view(&call.weight);
  release_view(&call.epilogue.bias_view);
  if (!good) Py_CLEAR(call.result);
  return (PyObject*)call.result;
}
