/*
 * Stands in for the runtime of TensorRT: of each release, those names that a program like ours may use, and none that the release has
 * not. TENSORRT_STUB is the release, e.g. 802 for 8.2 and 1003 for 10.3.
 */
#ifndef STUB_NVINFER_H
#define STUB_NVINFER_H

#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>

#define NV_TENSORRT_MAJOR (TENSORRT_STUB / 100)
#define NV_TENSORRT_MINOR (TENSORRT_STUB % 100)

extern "C" int32_t getInferLibVersion() noexcept;

namespace nvinfer1 {

enum class DataType : int32_t {
  kFLOAT = 0,
  kHALF = 1,
  kINT8 = 2,
  kINT32 = 3,
  kBOOL = 4,
#if TENSORRT_STUB >= 805
  kUINT8 = 5,
#endif
#if TENSORRT_STUB >= 1000
  kINT64 = 8,
#endif
};

enum class TensorFormat : int32_t { kLINEAR = 0, kCHW2 = 1 };

struct Dims {
  int32_t nbDims;
#if TENSORRT_STUB >= 1000
  int64_t d[8];
#else
  int32_t d[8];
#endif
};

class ILogger {
public:
  enum class Severity : int32_t { kINTERNAL_ERROR = 0, kERROR = 1, kWARNING = 2, kINFO = 3, kVERBOSE = 4 };
  virtual void log(Severity severity, const char *message) noexcept = 0;
  virtual ~ILogger() = default;
};

#if TENSORRT_STUB >= 805
enum class TensorIOMode : int32_t { kNONE = 0, kINPUT = 1, kOUTPUT = 2 };
#endif

class IExecutionContext {
public:
  virtual ~IExecutionContext() noexcept = default;
#if TENSORRT_STUB < 1000
  virtual bool enqueueV2(void *const *bindings, cudaStream_t stream, cudaEvent_t *consumed) noexcept = 0;
#endif
#if TENSORRT_STUB >= 805
  virtual bool setTensorAddress(const char *name, void *address) noexcept = 0;
  virtual bool enqueueV3(cudaStream_t stream) noexcept = 0;
#endif
};

class ICudaEngine {
public:
  virtual ~ICudaEngine() noexcept = default;
  virtual IExecutionContext *createExecutionContext() noexcept = 0;
#if TENSORRT_STUB < 1000
  virtual int32_t getNbBindings() const noexcept = 0;
  virtual int32_t getBindingIndex(const char *name) const noexcept = 0;
  virtual const char *getBindingName(int32_t index) const noexcept = 0;
  virtual bool bindingIsInput(int32_t index) const noexcept = 0;
  virtual DataType getBindingDataType(int32_t index) const noexcept = 0;
  virtual Dims getBindingDimensions(int32_t index) const noexcept = 0;
  virtual TensorFormat getBindingFormat(int32_t index) const noexcept = 0;
#endif
#if TENSORRT_STUB >= 805
  virtual int32_t getNbIOTensors() const noexcept = 0;
  virtual const char *getIOTensorName(int32_t index) const noexcept = 0;
  virtual TensorIOMode getTensorIOMode(const char *name) const noexcept = 0;
  virtual DataType getTensorDataType(const char *name) const noexcept = 0;
  virtual Dims getTensorShape(const char *name) const noexcept = 0;
  virtual TensorFormat getTensorFormat(const char *name) const noexcept = 0;
#endif
};

class IRuntime {
public:
  virtual ~IRuntime() noexcept = default;
  virtual ICudaEngine *deserializeCudaEngine(const void *blob, std::size_t size) noexcept = 0;
  virtual void setDLACore(int32_t core) noexcept = 0;
};

IRuntime *createInferRuntime(ILogger &logger) noexcept;

} // namespace nvinfer1

#endif
