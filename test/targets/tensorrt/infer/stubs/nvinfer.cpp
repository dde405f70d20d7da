/*
 * The runtime of TensorRT that programs are rehearsed on. An engine is a text of lines:
 *   stub-engine RELEASE                          first; that of another release is refused, as real ones are
 *   port input|output HEX TYPE LINEAR D,D,...    name in hexadecimal, number of its DataType, 1 or 0
 *   case FILE ...                                inputs and outputs of a run, in the order of the ports
 *   offset NUMBER                                added to the first float of each output
 *   uncapturable                                 may be in no CUDA graph, as work of a DLA
 * A run whose inputs are those of a case gives its outputs; any other gives zeros.
 */
#include "device.h"

#include <NvInfer.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>

using namespace nvinfer1;

// Not seen by what this library is linked to.
namespace {

struct Live {
  int count = 0;
  ~Live() {
    if (count != 0) std::fprintf(stderr, "stub: %d things of TensorRT were not freed\n", count);
  }
} live;

struct Counted {
  Counted() { live.count++; }
  ~Counted() { live.count--; }
};

struct StubPort {
  std::string name;
  bool is_input;
  DataType type;
  bool is_linear;
  Dims shape;

  std::size_t bytes() const {
    std::size_t count = type == DataType::kFLOAT || type == DataType::kINT32 ? 4 : 1;
#if TENSORRT_STUB >= 1000
    if (type == DataType::kINT64) count = 8;
#endif
    for (int i = 0; i < shape.nbDims; i++) count *= static_cast<std::size_t>(shape.d[i]);
    return count;
  }
};

struct Plan {
  std::vector<StubPort> ports;
  std::vector<std::vector<std::string>> cases;
  float offset = 0;
  bool capturable = true;

  int index_of(const char *name) const {
    for (std::size_t i = 0; i < ports.size(); i++) {
      if (ports[i].name == name) return static_cast<int>(i);
    }
    return -1;
  }
};

std::string from_hex(const std::string &hex) {
  std::string text;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return text;
}

StubPort read_port(std::istringstream &line) {
  std::string direction, hex, shape;
  int type = 0, linear = 0;
  line >> direction >> hex >> type >> linear >> shape;
  StubPort port = {from_hex(hex), direction == "input", static_cast<DataType>(type), linear == 1, {}};
  std::istringstream sizes(shape);
  for (std::string size; std::getline(sizes, size, ',');) port.shape.d[port.shape.nbDims++] = std::stoi(size);
  return port;
}

std::shared_ptr<Plan> read_plan(const std::string &text) {
  std::istringstream lines(text);
  std::string first;
  std::getline(lines, first);
  if (first != "stub-engine " + std::to_string(TENSORRT_STUB)) return nullptr;
  std::shared_ptr<Plan> plan = std::make_shared<Plan>();
  for (std::string text_line; std::getline(lines, text_line);) {
    std::istringstream line(text_line);
    std::string kind;
    line >> kind;
    if (kind == "port") plan->ports.push_back(read_port(line));
    if (kind == "case") plan->cases.emplace_back(std::istream_iterator<std::string>(line), std::istream_iterator<std::string>());
    if (kind == "offset") line >> plan->offset;
    if (kind == "uncapturable") plan->capturable = false;
  }
  return plan;
}

std::string contents_of(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

bool is_case(const Plan &plan, const std::vector<std::string> &files, const std::vector<void *> &addresses) {
  for (std::size_t i = 0; i < plan.ports.size(); i++) {
    if (!plan.ports[i].is_input) continue;
    const std::string want = contents_of(files[i]);
    if (want.size() != plan.ports[i].bytes() || std::memcmp(want.data(), addresses[i], want.size()) != 0) return false;
  }
  return true;
}

void execute(const Plan &plan, const std::vector<void *> &addresses) {
  for (std::size_t i = 0; i < plan.ports.size(); i++) {
    if (!plan.ports[i].is_input) std::memset(addresses[i], 0, plan.ports[i].bytes());
  }
  for (const std::vector<std::string> &files : plan.cases) {
    if (!is_case(plan, files, addresses)) continue;
    for (std::size_t i = 0; i < plan.ports.size(); i++) {
      if (plan.ports[i].is_input) continue;
      const std::string bytes = contents_of(files[i]);
      std::memcpy(addresses[i], bytes.data(), bytes.size());
      float first;
      std::memcpy(&first, addresses[i], sizeof(first));
      first += plan.offset;
      if (plan.ports[i].type == DataType::kFLOAT) std::memcpy(addresses[i], &first, sizeof(first));
    }
    return;
  }
}

class Context : public IExecutionContext, Counted {
public:
  explicit Context(std::shared_ptr<Plan> plan) : plan_(plan), addresses_(plan->ports.size()) {}

#if TENSORRT_STUB < 1000
  bool enqueueV2(void *const *bindings, cudaStream_t stream, cudaEvent_t *) noexcept override {
    return start(std::vector<void *>(bindings, bindings + plan_->ports.size()), stream);
  }
#endif
#if TENSORRT_STUB >= 805
  bool setTensorAddress(const char *name, void *address) noexcept override {
    const int index = plan_->index_of(name);
    if (index >= 0) addresses_[static_cast<std::size_t>(index)] = address;
    return index >= 0;
  }
  bool enqueueV3(cudaStream_t stream) noexcept override { return start(addresses_, stream); }
#endif

private:
  bool start(const std::vector<void *> &addresses, cudaStream_t stream) {
    for (void *address : addresses) {
      if (address == nullptr) return false;
    }
    const std::shared_ptr<Plan> plan = plan_;
    return stub_start(stream, [=] { execute(*plan, addresses); }, plan_->capturable);
  }

  std::shared_ptr<Plan> plan_;
  std::vector<void *> addresses_;
};

class Engine : public ICudaEngine, Counted {
public:
  explicit Engine(std::shared_ptr<Plan> plan) : plan_(plan) {}
  IExecutionContext *createExecutionContext() noexcept override { return new Context(plan_); }

#if TENSORRT_STUB < 1000
  int32_t getNbBindings() const noexcept override { return static_cast<int32_t>(plan_->ports.size()); }
  int32_t getBindingIndex(const char *name) const noexcept override { return plan_->index_of(name); }
  const char *getBindingName(int32_t index) const noexcept override { return at(index).name.c_str(); }
  bool bindingIsInput(int32_t index) const noexcept override { return at(index).is_input; }
  DataType getBindingDataType(int32_t index) const noexcept override { return at(index).type; }
  Dims getBindingDimensions(int32_t index) const noexcept override { return at(index).shape; }
  TensorFormat getBindingFormat(int32_t index) const noexcept override { return format(at(index)); }
#endif
#if TENSORRT_STUB >= 805
  int32_t getNbIOTensors() const noexcept override { return static_cast<int32_t>(plan_->ports.size()); }
  const char *getIOTensorName(int32_t index) const noexcept override { return at(index).name.c_str(); }
  TensorIOMode getTensorIOMode(const char *name) const noexcept override {
    return at(plan_->index_of(name)).is_input ? TensorIOMode::kINPUT : TensorIOMode::kOUTPUT;
  }
  DataType getTensorDataType(const char *name) const noexcept override { return at(plan_->index_of(name)).type; }
  Dims getTensorShape(const char *name) const noexcept override { return at(plan_->index_of(name)).shape; }
  TensorFormat getTensorFormat(const char *name) const noexcept override { return format(at(plan_->index_of(name))); }
#endif

private:
  const StubPort &at(int32_t index) const { return plan_->ports[static_cast<std::size_t>(index)]; }
  static TensorFormat format(const StubPort &port) { return port.is_linear ? TensorFormat::kLINEAR : TensorFormat::kCHW2; }
  std::shared_ptr<Plan> plan_;
};

class Runtime : public IRuntime, Counted {
public:
  explicit Runtime(ILogger &logger) : logger_(logger) {}
  ICudaEngine *deserializeCudaEngine(const void *blob, std::size_t size) noexcept override {
    const std::shared_ptr<Plan> plan = read_plan(std::string(static_cast<const char *>(blob), size));
    if (plan) return new Engine(plan);
    logger_.log(ILogger::Severity::kERROR, "the engine is not of this release");
    return nullptr;
  }
  void setDLACore(int32_t core) noexcept override { std::fprintf(stderr, "stub: DLA core %d\n", core); }

private:
  ILogger &logger_;
};

} // namespace

IRuntime *nvinfer1::createInferRuntime(ILogger &logger) noexcept { return new Runtime(logger); }

/* Another release than that of the headers where STUB_VERSION says so. */
int32_t getInferLibVersion() noexcept {
  const char *version = std::getenv("STUB_VERSION");
  if (version != nullptr) return std::atoi(version);
  return (TENSORRT_STUB / 100) * (TENSORRT_STUB >= 1000 ? 10000 : 1000) + (TENSORRT_STUB % 100) * 100 + 1;
}
