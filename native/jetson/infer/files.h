// Files of values and engines. Made by tinyml.
#ifndef INFER_FILES_H
#define INFER_FILES_H

#include "common.h"

#include <fstream>

inline std::vector<char> read_file(const std::string &path, const std::string &hint) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff bytes = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  // A folder can be opened, too: its end is nowhere.
  if (bytes < 0 || bytes > (std::streamoff(1) << 40)) throw Fault("cannot read " + path, hint);
  std::vector<char> contents(static_cast<std::size_t>(bytes));
  file.seekg(0);
  if (!file.read(contents.data(), bytes)) throw Fault("cannot read " + path, hint);
  return contents;
}

inline std::vector<char> read_values(const std::string &path, const Port &port) {
  std::vector<char> contents = read_file(path, "it holds the values of " + shown(port.name) + ", little-endian, row by row");
  if (contents.size() != bytes_of(port)) {
    throw Fault(path + " has " + std::to_string(contents.size()) + " bytes; " + shown(port.name) + " takes " +
                    std::to_string(bytes_of(port)),
                "copy it again if it was cut short; types and shapes are in README.md");
  }
  return contents;
}

// All of it or nothing.
inline void write_file(const std::string &path, const std::vector<char> &contents) {
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0) {
    (void)std::remove(part.c_str());
    throw Fault("cannot write " + path, "is there room, and may you write there?");
  }
}

#endif
