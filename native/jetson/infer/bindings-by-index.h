// Inputs and outputs of an engine as TensorRT 8.2 knows them: by index. Made by tinyml.
#ifndef INFER_BINDINGS_H
#define INFER_BINDINGS_H

#include "common.h"

#include <cuda_runtime_api.h>

class Bindings {
public:
  Bindings(nvinfer1::ICudaEngine &engine, nvinfer1::IExecutionContext &context)
      : engine_(engine), context_(context), addresses_(static_cast<std::size_t>(engine.getNbBindings())) {}

  std::vector<Binding> list() const {
    std::vector<Binding> all;
    for (std::int32_t i = 0; i < engine_.getNbBindings(); i++) {
      all.push_back({engine_.getBindingName(i), engine_.bindingIsInput(i), engine_.getBindingDataType(i),
                     engine_.getBindingDimensions(i), engine_.getBindingFormat(i) == nvinfer1::TensorFormat::kLINEAR});
    }
    return all;
  }

  bool bind(const char *name, void *address) {
    const std::int32_t index = engine_.getBindingIndex(name);
    if (index < 0) return false;
    addresses_[static_cast<std::size_t>(index)] = address;
    return true;
  }

  bool enqueue(cudaStream_t stream) { return context_.enqueueV2(addresses_.data(), stream, nullptr); }

private:
  nvinfer1::ICudaEngine &engine_;
  nvinfer1::IExecutionContext &context_;
  std::vector<void *> addresses_;
};

#endif
