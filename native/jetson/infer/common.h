// What the parts of infer.cpp share: ports, golden cases, errors with a hint. Made by tinyml.
#ifndef INFER_COMMON_H
#define INFER_COMMON_H

#include <NvInfer.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

enum class Type { float32, int8, uint8, int32, int64, boolean };

struct Port {
  const char *name; // as in the ONNX file, in UTF-8
  Type type;
  nvinfer1::DataType bound;
  std::vector<std::int64_t> shape; // batch included
};

struct GoldenCase {
  const char *name;
  std::vector<const char *> inputs, outputs; // files, relative to the folder of the bundle
  std::vector<double> tolerances;            // per output: |got - want| <= it
};

// An input or output as an engine says it is.
struct Binding {
  std::string name;
  bool is_input;
  nvinfer1::DataType type;
  nvinfer1::Dims shape;
  bool is_linear;
};

class Fault : public std::runtime_error {
public:
  Fault(const std::string &message, const std::string &hint) : std::runtime_error(message), hint(hint) {}
  const std::string hint;
};

inline std::size_t bytes_of(Type type) {
  switch (type) {
  case Type::float32:
  case Type::int32:
    return 4;
  case Type::int64:
    return 8;
  case Type::int8:
  case Type::uint8:
  case Type::boolean:
    return 1;
  }
  return 0;
}

inline std::size_t bytes_of(const Port &port) {
  std::size_t bytes = bytes_of(port.type);
  for (const std::int64_t size : port.shape) bytes *= static_cast<std::size_t>(size);
  return bytes;
}

// A name as it can be shown: what a terminal would act on is written in hexadecimal, and long names are cut.
inline std::string shown(const std::string &name) {
  std::string text = "\"";
  for (const char character : name) {
    if (text.size() > 200) return text + "...\"";
    const unsigned char byte = static_cast<unsigned char>(character);
    char escaped[8];
    std::snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned>(byte));
    if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') text += escaped;
    else text += character;
  }
  return text + "\"";
}

#endif
