/* What the stand-ins of TensorRT and CUDA have between them. */
#ifndef STUB_DEVICE_H
#define STUB_DEVICE_H

#include <cuda_runtime_api.h>

#include <functional>
#include <vector>

/* Something that the device is to do; false where it may not be captured and the stream captures. */
bool stub_start(cudaStream_t stream, std::function<void()> task, bool may_be_captured);

#endif
