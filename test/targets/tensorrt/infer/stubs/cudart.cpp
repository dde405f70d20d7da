/*
 * The CUDA runtime that programs are rehearsed on without a GPU: device memory is memory of the process. As on a device, fresh memory
 * holds anything, a stream does its work only once it is waited for, and what is captured is not done. Says what was not freed.
 */
#include "device.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

typedef std::vector<std::function<void()>> Tasks;

struct CUstream_st {
  Tasks waiting, captured;
  bool capturing, broken;
};
struct CUevent_st {
  cudaStream_t stream;
  std::chrono::steady_clock::time_point at;
};
struct CUgraph_st {
  Tasks tasks;
};
struct CUgraphExec_st {
  Tasks tasks;
};

namespace {
struct Live {
  int count = 0;
  ~Live() {
    if (count != 0) std::fprintf(stderr, "stub: %d things of CUDA were not freed\n", count);
  }
} live;
} // namespace

static const bool has_no_memory = std::getenv("STUB_NO_MEMORY") != nullptr;

bool stub_start(cudaStream_t stream, std::function<void()> task, bool may_be_captured) {
  if (stream->capturing && !may_be_captured) stream->broken = true;
  if (stream->capturing && !may_be_captured) return false;
  (stream->capturing ? stream->captured : stream->waiting).push_back(task);
  return true;
}

template <typename Thing> static cudaError_t make(Thing **made) {
  *made = new Thing();
  live.count++;
  return cudaSuccess;
}
template <typename Thing> static cudaError_t destroy(Thing *thing) {
  delete thing;
  live.count--;
  return cudaSuccess;
}

const char *cudaGetErrorString(cudaError_t error) { return error == cudaErrorMemoryAllocation ? "out of memory" : "stub"; }
cudaError_t cudaGetLastError(void) { return cudaSuccess; }

cudaError_t cudaMalloc(void **made, size_t bytes) {
  if (has_no_memory) return cudaErrorMemoryAllocation;
  *made = std::malloc(bytes);
  std::memset(*made, 0x7f, bytes);
  live.count++;
  return cudaSuccess;
}
cudaError_t cudaFree(void *at) {
  if (at == nullptr) return cudaSuccess;
  std::free(at);
  live.count--;
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind, cudaStream_t stream) {
  stub_start(stream, [=] { std::memcpy(to, from, bytes); }, true);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t *made) { return make(made); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return destroy(stream); }
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  for (const std::function<void()> &task : stream->waiting) task();
  stream->waiting.clear();
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode) {
  stream->capturing = true;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *made) {
  stream->capturing = false;
  if (stream->broken) return cudaErrorStreamCaptureUnsupported;
  make(made);
  (*made)->tasks.swap(stream->captured);
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *made) { return make(made); }
cudaError_t cudaEventDestroy(cudaEvent_t event) { return destroy(event); }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  event->stream = stream;
  stub_start(stream, [=] { event->at = std::chrono::steady_clock::now(); }, true);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) { return cudaStreamSynchronize(event->stream); }
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
  *milliseconds = std::chrono::duration<float, std::milli>(end->at - start->at).count();
  return cudaSuccess;
}

#if CUDA_STUB >= 12
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *made, cudaGraph_t graph, unsigned long long) {
#else
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *made, cudaGraph_t graph, cudaGraphNode_t *, char *, size_t) {
#endif
  make(made);
  (*made)->tasks = graph->tasks;
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t runnable, cudaStream_t stream) {
  for (const std::function<void()> &task : runnable->tasks) stub_start(stream, task, true);
  std::fprintf(stderr, "stub: graph\n");
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return destroy(graph); }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t runnable) { return destroy(runnable); }
