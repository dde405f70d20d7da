// Device memory, streams, events and graphs of CUDA that are freed where they go out of scope. Made by tinyml.
#ifndef INFER_CUDA_H
#define INFER_CUDA_H

#include "settings.h"

#include <cuda_runtime_api.h>

inline void check(cudaError_t error, const char *what, const char *hint) {
  if (error != cudaSuccess) throw Fault(std::string(what) + ": " + cudaGetErrorString(error), hint);
}

class DeviceBuffer {
public:
  explicit DeviceBuffer(std::size_t bytes) : bytes_(bytes) {
    check(cudaMalloc(&at_, bytes), "no device memory",
          "CPU and GPU share the memory: close what else runs; see free -m and tegrastats");
  }
  ~DeviceBuffer() { (void)cudaFree(at_); }
  DeviceBuffer(const DeviceBuffer &) = delete;
  DeviceBuffer &operator=(const DeviceBuffer &) = delete;
  void *at() const { return at_; }
  std::size_t bytes() const { return bytes_; }

private:
  void *at_ = nullptr;
  std::size_t bytes_;
};

class Stream {
public:
  Stream() { check(cudaStreamCreate(&stream_), "no CUDA stream", "is this a Jetson, and is its driver loaded? See dmesg"); }
  ~Stream() { (void)cudaStreamDestroy(stream_); }
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;
  operator cudaStream_t() const { return stream_; }
  void wait() const { check(cudaStreamSynchronize(stream_), "the GPU failed", "see dmesg, and build the engine again"); }

private:
  cudaStream_t stream_ = nullptr;
};

class Event {
public:
  Event() { check(cudaEventCreate(&event_), "no CUDA event", "see dmesg"); }
  ~Event() { (void)cudaEventDestroy(event_); }
  Event(const Event &) = delete;
  Event &operator=(const Event &) = delete;
  void record(const Stream &stream) const { check(cudaEventRecord(event_, stream), "no CUDA event", "see dmesg"); }
  // Milliseconds from another event to this one; waits for it.
  float since(const Event &start) const {
    float milliseconds = 0;
    check(cudaEventSynchronize(event_), "the GPU failed", "see dmesg, and build the engine again");
    check(cudaEventElapsedTime(&milliseconds, start.event_, event_), "no time was measured", "see dmesg");
    return milliseconds;
  }

private:
  cudaEvent_t event_ = nullptr;
};

// What a stream is given to do, kept to be started at once. Empty until it was captured.
class Graph {
public:
  Graph() = default;
  ~Graph() {
    if (runnable_ != nullptr) (void)cudaGraphExecDestroy(runnable_);
    if (graph_ != nullptr) (void)cudaGraphDestroy(graph_);
  }
  Graph(const Graph &) = delete;
  Graph &operator=(const Graph &) = delete;

  // Whether all of it may be in a graph: work of a DLA, for one, may not.
  template <typename Work> bool capture(const Stream &stream, Work work) {
    if (cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess) return false;
    const bool started = work();
    const bool ended = cudaStreamEndCapture(stream, &graph_) == cudaSuccess;
    const bool captured = started && ended && graph_ != nullptr && instantiate_graph(&runnable_, graph_) == cudaSuccess;
    (void)cudaGetLastError(); // what failed in a capture is not an error of what comes
    return captured;
  }
  bool launch(const Stream &stream) const { return cudaGraphLaunch(runnable_, stream) == cudaSuccess; }

private:
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t runnable_ = nullptr;
};

#endif
