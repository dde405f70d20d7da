// Values of an output against those that are expected. Made by tinyml.
#ifndef INFER_COMPARE_H
#define INFER_COMPARE_H

#include "common.h"

#include <cmath>
#include <cstring>
#include <limits>

struct Difference {
  double largest; // infinite where one of both is not a number, or infinite
  std::size_t at;
  double got, want;
};

template <typename Element> double element_of(const std::vector<char> &bytes, std::size_t index) {
  Element element;
  std::memcpy(&element, bytes.data() + index * sizeof(Element), sizeof(Element));
  return static_cast<double>(element);
}

inline double value_of(Type type, const std::vector<char> &bytes, std::size_t index) {
  switch (type) {
  case Type::float32:
    return element_of<float>(bytes, index);
  case Type::int8:
    return element_of<std::int8_t>(bytes, index);
  case Type::uint8:
  case Type::boolean:
    return element_of<std::uint8_t>(bytes, index);
  case Type::int32:
    return element_of<std::int32_t>(bytes, index);
  case Type::int64:
    return element_of<std::int64_t>(bytes, index);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

inline Difference difference_of(const Port &port, const std::vector<char> &got, const std::vector<char> &want) {
  Difference worst = {-1, 0, 0, 0};
  for (std::size_t i = 0; i < bytes_of(port) / bytes_of(port.type); i++) {
    const double a = value_of(port.type, got, i), b = value_of(port.type, want, i);
    const double apart = std::fabs(a - b);
    const double error = std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
    if (error > worst.largest) worst = {error, i, a, b};
  }
  return worst;
}

#endif
