// Blocks of each format and what they mean, written by another program (test/golden/reference).
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "quant/formats.h"
#include "test/kernels/safetensors.h"

namespace kinglet::test {

struct ReferenceBlocks {
  std::vector<std::byte> raw;
  std::vector<float> values;
};

/// Columns of a row of reference blocks.
inline constexpr size_t reference_cols = 512;

/// gguf/dequant.safetensors is gguf-py's; formats/NAME.safetensors is another program's, for a
/// format that gguf-py does not have. Both hold NAME.raw and NAME.values; here in lower case.
inline const Tensors& reference_tensors() {
  static const Tensors tensors = [] {
    const std::filesystem::path folder = std::string(KINGLET_GOLDEN) + "/reference";
    std::vector<std::filesystem::path> files{folder / "gguf" / "dequant.safetensors"};
    if (std::filesystem::exists(folder / "formats")) {
      for (const auto& entry : std::filesystem::directory_iterator(folder / "formats")) {
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
      }
    }
    Tensors all;
    for (const auto& file : files) {
      for (auto& [key, bytes] : read_safetensors(file.string())) {
        std::string name = key;
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        all[name] = bytes;
      }
    }
    return all;
  }();
  return tensors;
}

/// The formats that have a reference.
inline std::vector<std::string> reference_names() {
  std::vector<std::string> names;
  for (const auto& [key, bytes] : reference_tensors()) {
    if (key.ends_with(".raw")) names.push_back(key.substr(0, key.size() - 4));
  }
  return names;
}

/// The reference of a format; where there is none, the test fails and both parts are empty.
inline ReferenceBlocks reference_blocks(const FormatInfo& info) {
  const std::string name(info.name);
  const auto raw = reference_tensors().find(name + ".raw");
  const auto values = reference_tensors().find(name + ".values");
  ReferenceBlocks blocks;
  if (info.format == Format::f32) {  // its blocks are their own values
    blocks.values.assign(3 * reference_cols, 0.0f);
    for (size_t i = 0; i < blocks.values.size(); ++i) {
      blocks.values[i] = 0.1f * static_cast<float>(i) - 70.0f;
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(blocks.values.data());
    blocks.raw.assign(bytes, bytes + blocks.values.size() * sizeof(float));
  } else if (raw == reference_tensors().end() || values == reference_tensors().end()) {
    FAIL_CHECK("format ", name, " has no reference blocks: expected ", name, ".raw and ", name,
               ".values in test/golden/reference/gguf/dequant.safetensors or in "
               "test/golden/reference/formats/",
               name, ".safetensors");
  } else {
    blocks.raw = raw->second;
    blocks.values.resize(values->second.size() / sizeof(float));
    std::memcpy(blocks.values.data(), values->second.data(), values->second.size());
  }
  return blocks;
}

}  // namespace kinglet::test
