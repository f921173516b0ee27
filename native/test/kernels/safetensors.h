// Just enough of a safetensors reader for the reference files in test/golden: flat names, no
// metadata, little endian (https://github.com/huggingface/safetensors#format).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace kinglet::test {

using Tensors = std::map<std::string, std::vector<std::byte>>;

inline Tensors read_safetensors(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  uint64_t header_bytes = 0;
  if (bytes.size() < 8) throw std::runtime_error(path + " is too short");
  std::memcpy(&header_bytes, bytes.data(), 8);
  if (header_bytes > bytes.size() - 8) throw std::runtime_error(path + ": bad header size");
  const std::string header = bytes.substr(8, header_bytes);
  const std::string data = bytes.substr(8 + header_bytes);

  // "NAME":{"dtype":…,"shape":…,"data_offsets":[begin,end]}, one after another.
  Tensors tensors;
  const std::string offsets = "\"data_offsets\":[";
  for (size_t at = 0; (at = header.find(offsets, at)) != std::string::npos; ++at) {
    const size_t entry = header.rfind("\":{", at);
    const size_t name = header.rfind('"', entry - 1) + 1;
    size_t comma = 0;
    const std::string numbers = header.substr(at + offsets.size());
    const size_t begin = std::stoull(numbers, &comma);
    const size_t end = std::stoull(numbers.substr(comma + 1));
    if (begin > end || end > data.size()) throw std::runtime_error(path + ": bad offsets");
    const auto* first = reinterpret_cast<const std::byte*>(data.data());
    tensors[header.substr(name, entry - name)].assign(first + begin, first + end);
  }
  return tensors;
}

}  // namespace kinglet::test
