// Weights of any computed format, random or as a test asks.
#pragma once

#include <algorithm>
#include <utility>

#include "quant/code_block.h"
#include "quant/formats.h"
#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {

/// At least `cols` columns that the format can have.
inline size_t whole_blocks(const FormatInfo& info, size_t cols) {
  return (cols + info.block_values - 1) / info.block_values * info.block_values;
}

/// Where a block has integer scales and minima: from a byte to another. Codes, or their signs, may
/// lie among these.
inline std::pair<size_t, size_t> scale_bytes(Format format) {
  switch (format) {
    case Format::q2_k: return {0, 16};
    case Format::q3_k: return {96, 108};
    case Format::q4_k:
    case Format::q5_k: return {4, 16};
    case Format::q6_k: return {192, 208};
    case Format::iq1_s: return {34, 50};
    case Format::iq2_xxs: return {2, 66};
    case Format::iq2_xs: return {66, 74};
    case Format::iq2_s: return {74, 82};
    case Format::iq3_xxs: return {66, 98};
    case Format::iq3_s: return {106, 110};
    case Format::iq4_xs: return {2, 8};
    default: return {0, 0};
  }
}

/// A weight matrix in its file format.
struct Weights {
  const FormatInfo& info;
  size_t rows;
  size_t cols;
  std::vector<std::byte> bytes;

  Weights(const FormatInfo& info, size_t rows, size_t cols)
      : info(info), rows(rows), cols(cols), bytes(rows * row_bytes(info, cols)) {}

  size_t row_size() const { return row_bytes(info, cols); }
  const std::byte* row(size_t r) const { return bytes.data() + r * row_size(); }

  /// The first `count` rows.
  Weights first(size_t count) const {
    Weights fewer(info, count, cols);
    std::copy_n(bytes.begin(), fewer.bytes.size(), fewer.bytes.begin());
    return fewer;
  }

  /// Sets the scale (and minimum) of every block.
  void set_halves(float scale, float min) {
    for (size_t at = 0; at < bytes.size(); at += info.block_bytes) set_halves(at, scale, min);
  }
  void set_halves(size_t block, float scale, float min) {
    const uint16_t halves[2] = {float_to_half(scale), float_to_half(min)};
    for (size_t i = 0; i < info.halves; ++i) {
      std::memcpy(&bytes[block + info.halves_at[i]], &halves[i], sizeof halves[i]);
    }
  }

  /// Sets every byte of codes, and where there are integer scales, the bytes of these.
  void fill(std::byte codes, std::byte scales) {
    std::fill(bytes.begin(), bytes.end(), codes);
    const auto [begin, end] = scale_bytes(info.format);
    for (size_t at = 0; at < bytes.size(); at += info.block_bytes) {
      std::fill(&bytes[at] + begin, &bytes[at] + end, scales);
    }
  }
};

/// Random bytes, drawn again until the block's weights are numbers of a likely size.
inline void fill_random_block(std::mt19937& random, const FormatInfo& info, std::byte* block) {
  std::vector<float> values(info.block_values);
  double square = 0;
  while (!(square > 1e-4 && square < 1)) {
    std::generate_n(block, info.block_bytes, [&] { return static_cast<std::byte>(random()); });
    info.dequantize(values.data(), block, info.block_values);
    square = 0;
    for (const float x : values) square += double{x} * x / static_cast<double>(info.block_values);
  }
}

/// Random codes under normal scales, normal floats, or what fill_random_block gives for a format
/// that says nothing of where its scales are.
inline Weights random_weights(std::mt19937& random, const FormatInfo& info, size_t rows,
                              size_t cols) {
  Weights weights(info, rows, cols);
  std::normal_distribution<float> normal(0, 0.1f);
  for (size_t at = 0; at < weights.bytes.size(); at += info.block_bytes) {
    std::byte* block = &weights.bytes[at];
    if (info.halves > 0) {
      const float scale = normal(random);
      std::generate_n(block, info.block_bytes, [&] { return static_cast<std::byte>(random()); });
      weights.set_halves(at, scale, normal(random));
    } else if (info.is_float()) {
      // f32, or its upper bytes.
      const float x = normal(random);
      std::memcpy(block, reinterpret_cast<const std::byte*>(&x) + sizeof x - info.block_bytes,
                  info.block_bytes);
    } else {
      fill_random_block(random, info, block);
    }
  }
  return weights;
}

}  // namespace kinglet::test
