// An engine that was read from a file, held against what the bundle says of it, with its inputs and outputs in device memory.
// Made by tinyml.
#ifndef INFER_ENGINE_H
#define INFER_ENGINE_H

#include "bindings.h"
#include "cuda.h"
#include "files.h"

#include <memory>

// Warnings and errors of TensorRT, as they come.
class Logger : public nvinfer1::ILogger {
  void log(Severity severity, const char *message) noexcept override {
    if (severity <= Severity::kWARNING) std::fprintf(stderr, "TensorRT: %s\n", message);
  }
};

class Engine {
public:
  // dla_core: that the engine was built for; negative for the GPU
  Engine(const std::string &path, int dla_core, const std::vector<Port> &inputs, const std::vector<Port> &outputs)
      : runtime_(nvinfer1::createInferRuntime(logger_)) {
    if (!runtime_) throw Fault("TensorRT does not start", "see what it says above; is this the JetPack of the bundle?");
    if (dla_core >= 0) runtime_->setDLACore(dla_core);
    const std::vector<char> bytes = read_file(path, "build it with ./build.sh on this board");
    engine_.reset(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()));
    if (!engine_) {
      throw Fault("TensorRT does not take " + path,
                  "engines run only on the module and release that built them: ./build.sh --again on this board");
    }
    context_.reset(engine_->createExecutionContext());
    if (!context_) throw Fault("no memory for the engine to run in", "close what else runs; see free -m and tegrastats");
    bindings_.reset(new Bindings(*engine_, *context_));
    check_ports(path, inputs, outputs);
    for (const Port &port : inputs) add(inputs_, port);
    for (const Port &port : outputs) add(outputs_, port);
  }

  // Copies to the device, runs, copies back; waits for it.
  std::vector<std::vector<char>> run(const std::vector<std::vector<char>> &inputs) {
    for (std::size_t i = 0; i < inputs_.size(); i++) {
      check(cudaMemcpyAsync(inputs_[i]->at(), inputs[i].data(), inputs_[i]->bytes(), cudaMemcpyHostToDevice, stream_),
            "an input was not copied", "see dmesg");
    }
    enqueue();
    std::vector<std::vector<char>> outputs;
    for (const std::unique_ptr<DeviceBuffer> &buffer : outputs_) {
      outputs.emplace_back(buffer->bytes());
      check(cudaMemcpyAsync(outputs.back().data(), buffer->at(), buffer->bytes(), cudaMemcpyDeviceToHost, stream_),
            "an output was not copied", "see dmesg");
    }
    stream_.wait();
    return outputs;
  }

  // Milliseconds on the GPU of each of `runs` runs, copies left out, on the inputs that were run last.
  std::vector<float> measure(int warm_up, int runs, bool as_graph) {
    for (int i = 0; i < warm_up; i++) enqueue();
    stream_.wait();
    Graph graph;
    const bool captured = as_graph && graph.capture(stream_, [this] { return bindings_->enqueue(stream_); });
    if (as_graph && !captured) {
      std::fprintf(stderr, "note: this engine does what no CUDA graph may hold: it is run without one\n");
    }
    const Event start, end;
    std::vector<float> times;
    for (int i = 0; i < runs; i++) {
      start.record(stream_);
      if (!captured) enqueue();
      else if (!graph.launch(stream_)) throw Fault("the CUDA graph did not start", "measure without --cuda-graph");
      end.record(stream_);
      times.push_back(end.since(start));
    }
    return times;
  }

private:
  void enqueue() {
    if (!bindings_->enqueue(stream_)) throw Fault("the engine did not start", "see what TensorRT says above");
  }

  void add(std::vector<std::unique_ptr<DeviceBuffer>> &buffers, const Port &port) {
    buffers.emplace_back(new DeviceBuffer(bytes_of(port)));
    if (!bindings_->bind(port.name, buffers.back()->at())) {
      throw Fault("the engine takes no memory for " + shown(port.name), "./build.sh --again on this board");
    }
  }

  // Every difference at once.
  void check_ports(const std::string &path, const std::vector<Port> &inputs, const std::vector<Port> &outputs) const {
    const std::vector<Binding> found = bindings_->list();
    std::string faults;
    for (const Port &port : inputs) faults += fault_of(port, true, found);
    for (const Port &port : outputs) faults += fault_of(port, false, found);
    if (found.size() != inputs.size() + outputs.size()) {
      faults += "\n  " + std::to_string(found.size()) + " inputs and outputs; the bundle has " +
                std::to_string(inputs.size() + outputs.size());
    }
    if (!faults.empty()) throw Fault(path + " is not an engine of this bundle:" + faults, "build it again: ./build.sh --again");
  }

  static std::string fault_of(const Port &port, bool is_input, const std::vector<Binding> &found) {
    const std::string what = std::string("\n  ") + (is_input ? "input " : "output ") + shown(port.name);
    for (const Binding &one : found) {
      if (one.name != port.name) continue;
      if (one.is_input != is_input) return what + " goes the other way";
      if (one.type != port.bound) return what + " is of another type";
      if (!one.is_linear) return what + " is not in row-major order";
      if (!same_shape(one.shape, port.shape)) return what + " has another shape";
      return "";
    }
    return what + " is not there";
  }

  static bool same_shape(const nvinfer1::Dims &found, const std::vector<std::int64_t> &shape) {
    if (found.nbDims != static_cast<std::int32_t>(shape.size())) return false;
    for (std::int32_t i = 0; i < found.nbDims; i++) {
      if (found.d[i] != shape[static_cast<std::size_t>(i)]) return false;
    }
    return true;
  }

  // Freed from the last to the first.
  Logger logger_;
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  std::unique_ptr<Bindings> bindings_;
  Stream stream_;
  std::vector<std::unique_ptr<DeviceBuffer>> inputs_, outputs_;
};

#endif
