// Inputs and outputs of an engine as TensorRT 8.5 and later know them: by name. Made by tinyml.
#ifndef INFER_BINDINGS_H
#define INFER_BINDINGS_H

#include "common.h"

#include <cuda_runtime_api.h>

class Bindings {
public:
  Bindings(nvinfer1::ICudaEngine &engine, nvinfer1::IExecutionContext &context) : engine_(engine), context_(context) {}

  std::vector<Binding> list() const {
    std::vector<Binding> all;
    for (std::int32_t i = 0; i < engine_.getNbIOTensors(); i++) {
      const char *name = engine_.getIOTensorName(i);
      all.push_back({name, engine_.getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT, engine_.getTensorDataType(name),
                     engine_.getTensorShape(name), engine_.getTensorFormat(name) == nvinfer1::TensorFormat::kLINEAR});
    }
    return all;
  }

  bool bind(const char *name, void *address) { return context_.setTensorAddress(name, address); }

  bool enqueue(cudaStream_t stream) { return context_.enqueueV3(stream); }

private:
  nvinfer1::ICudaEngine &engine_;
  nvinfer1::IExecutionContext &context_;
};

#endif
