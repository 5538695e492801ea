// The structures of DLPack 1.0 (https://dmlc.github.io/dlpack/latest/c_api.html), as far as they
// are used here.
#ifndef BF16MM_MODULE_DLPACK_H
#define BF16MM_MODULE_DLPACK_H

#include <stdint.h>

enum { kDLCPU = 1 };
enum { kDLFloat = 2, kDLBfloat = 4 };
enum { kDLReadOnly = 1 };  // bit of DLManagedTensorVersioned.flags

typedef struct {
  int32_t device_type, device_id;
} DLDevice;

typedef struct {
  uint8_t code, bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape, *strides;  // strides in elements; NULL: C order
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(struct DLManagedTensor* self);
} DLManagedTensor;

typedef struct DLManagedTensorVersioned {
  uint32_t major, minor;
  void* manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned* self);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

#endif
