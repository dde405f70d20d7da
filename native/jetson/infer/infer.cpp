// Runs the engine of this bundle from C++: golden cases within their tolerances, files of one's own, times on the GPU. It is
// also where to start from for a program of one's own. Made by tinyml.
#include "settings.h"

#include "compare.h"
#include "engine.h"
#include "files.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

static const char USAGE[] =
    "usage: infer [--golden] [--bundle DIR] [--engine FILE] [--iterations N] [--cuda-graph] [--force]\n"
    "       infer --input FILE ... [--output FILE ...] [the same options]\n"
    "\n"
    "--golden        runs the golden cases and compares (done where no --input is given)\n"
    "--input FILE    values of an input, as bound, little-endian, row by row; one for each, in the order of README.md\n"
    "--output FILE   where the values of an output go; one for each, in the order of README.md\n"
    "--bundle DIR    folder of the bundle (default: .)\n"
    "--engine FILE   default: that which build.sh makes\n"
    "--iterations N  measures N runs on the inputs that were run last, after 20 that are not measured\n"
    "--cuda-graph    measures runs that are started as a CUDA graph, where the engine may be in one\n"
    "--force         goes on where TensorRT is not that of the bundle\n"
    "\n"
    "Ends with 0, with 1 where a golden output is not within its tolerance, with 2 where it could not be found out.\n";

struct Options {
  std::string bundle = ".", engine;
  std::vector<std::string> inputs, outputs;
  bool golden = false, as_graph = false, force = false, help = false;
  int iterations = 0;
};

static int count_of(const std::string &text) {
  char *end = nullptr;
  const long count = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || count < 1 || count > 1000000) {
    throw Fault("--iterations " + text + " is not a number from 1 to 1000000", "see infer --help");
  }
  return static_cast<int>(count);
}

static Options read_options(const std::vector<std::string> &args) {
  Options options;
  for (std::size_t i = 0; i < args.size(); i++) {
    const std::string &name = args[i];
    const auto value = [&]() -> const std::string & {
      if (i + 1 == args.size()) throw Fault(name + " needs a value", "see infer --help");
      return args[++i];
    };
    if (name == "--golden") options.golden = true;
    else if (name == "--cuda-graph") options.as_graph = true;
    else if (name == "--force") options.force = true;
    else if (name == "--help") options.help = true;
    else if (name == "--bundle") options.bundle = value();
    else if (name == "--engine") options.engine = value();
    else if (name == "--input") options.inputs.push_back(value());
    else if (name == "--output") options.outputs.push_back(value());
    else if (name == "--iterations") options.iterations = count_of(value());
    else throw Fault("there is no option " + shown(name), "see infer --help");
  }
  if (options.inputs.empty()) options.golden = true;
  else if (options.inputs.size() != INPUTS.size()) {
    throw Fault(std::to_string(options.inputs.size()) + " --input; the model has " + std::to_string(INPUTS.size()),
                "one for each, in the order of README.md");
  }
  if (!options.outputs.empty() && (options.inputs.empty() || options.outputs.size() != OUTPUTS.size())) {
    throw Fault(std::to_string(options.outputs.size()) + " --output; the model has " + std::to_string(OUTPUTS.size()),
                "one for each, in the order of README.md, and with --input");
  }
  if (options.engine.empty()) options.engine = options.bundle + "/" + ENGINE;
  return options;
}

// An engine of another release is not what was checked.
static void check_release(bool force) {
  const int found = getInferLibVersion();
  if (found / 100 == TENSORRT_RELEASE) return;
  const std::string message =
      "this bundle is for TensorRT " + std::string(TENSORRT) + "; the library here is of version " + std::to_string(found);
  if (!force) throw Fault(message, "make a bundle for the JetPack of this board, or go on with --force");
  std::fprintf(stderr, "note: %s (going on: --force)\n", message.c_str());
}

// Whether all outputs of all golden cases are within tolerance.
static bool run_golden(Engine &engine, const std::string &bundle) {
  bool all = true;
  for (const GoldenCase &one : GOLDEN) {
    std::vector<std::vector<char>> inputs;
    for (std::size_t i = 0; i < INPUTS.size(); i++) inputs.push_back(read_values(bundle + "/" + one.inputs[i], INPUTS[i]));
    const std::vector<std::vector<char>> outputs = engine.run(inputs);
    for (std::size_t i = 0; i < OUTPUTS.size(); i++) {
      const std::vector<char> want = read_values(bundle + "/" + one.outputs[i], OUTPUTS[i]);
      const Difference worst = difference_of(OUTPUTS[i], outputs[i], want);
      const bool within = worst.largest <= one.tolerances[i];
      std::printf("golden %s output %s: off by %g at %zu (got %g, want %g), may be off by %g: %s\n", one.name,
                  shown(OUTPUTS[i].name).c_str(), worst.largest, worst.at, worst.got, worst.want, one.tolerances[i],
                  within ? "pass" : "FAIL");
      all = all && within;
    }
  }
  return all;
}

static void run_files(Engine &engine, const Options &options) {
  std::vector<std::vector<char>> inputs;
  for (std::size_t i = 0; i < INPUTS.size(); i++) inputs.push_back(read_values(options.inputs[i], INPUTS[i]));
  const std::vector<std::vector<char>> outputs = engine.run(inputs);
  for (std::size_t i = 0; i < options.outputs.size(); i++) write_file(options.outputs[i], outputs[i]);
}

static void print_times(std::vector<float> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double part) {
    const std::size_t index = static_cast<std::size_t>(part * static_cast<double>(times.size()));
    return static_cast<double>(times[std::min(times.size() - 1, index)]);
  };
  const double mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  std::printf("runs %zu, ms on the GPU: min %.4f mean %.4f median %.4f p90 %.4f p99 %.4f max %.4f\n", times.size(), at(0),
              mean, at(0.5), at(0.9), at(0.99), at(1));
}

static int run(const std::vector<std::string> &args) {
  const Options options = read_options(args);
  if (options.help) {
    std::fputs(USAGE, stdout);
    return 0;
  }
  check_release(options.force);
  Engine engine(options.engine, DLA_CORE, INPUTS, OUTPUTS);
  const bool passed = !options.golden || run_golden(engine, options.bundle);
  if (!options.inputs.empty()) run_files(engine, options);
  if (options.iterations > 0) print_times(engine.measure(20, options.iterations, options.as_graph));
  return passed ? 0 : 1;
}

int main(int argc, char **argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const Fault &fault) {
    std::fprintf(stderr, "error: %s\nhint: %s\n", fault.what(), fault.hint.c_str());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  }
  return 2;
}
