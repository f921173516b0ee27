// Block formats as kernels compute in them: small integers under scales.
//
//   weight i of 32 = unit * d * scales[i / 16] * value(codes[i]) + m * minima[i / 16]
//
// d and m are halves; scales and minima are integers of the formats that have such, else ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/format_list.h"
#include "quant/half.h"

namespace kinglet::quant {

/// Columns of a CodeBlock.
inline constexpr size_t code_columns = 32;

/// 32 weights of a row.
struct CodeBlock {
  uint8_t codes[code_columns];
  int8_t scales[2];   // of 16 weights each
  uint8_t minima[2];  // likewise
  uint16_t d, m;      // m is zero where the format has no minima
};

/// How the 32 weights of a format are made up.
struct CodeLayout {
  unsigned bits = 0;        // of a code; 0 where a format has no layout
  int offset = 0;           // value(code) = code - offset
  bool has_values = false;  // then value(code) = values[code]
  int8_t values[16] = {};
  // A power of two. It is not in d, which may have no bits to spare for it.
  float unit = 1;
  size_t integer_scales = 0;  // and as many integer minima: none, one for 32 weights, or two
  bool has_minima = false;

  /// Reads one block of a file, in CodeBlocks one after the other. Any bytes are a block.
  void (*read)(CodeBlock* out, const std::byte* in) = nullptr;
};

/// The layout of each block format that kernels compute in, beside the declarations of its
/// functions.
template <Format format>
inline constexpr CodeLayout code_layout = {};

/// The largest magnitude of a layout's values.
static inline consteval int largest_value(const CodeLayout& layout) {
  int largest = 0;
  for (const int8_t value : layout.values) {
    const int magnitude = value < 0 ? -value : value;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/// The integer that a code stands for.
template <Format format>
static inline int code_value(uint8_t code) {
  // A copy of its own for each source: instruction sets must share no symbol.
  static constexpr CodeLayout layout = code_layout<format>;
  if constexpr (layout.has_values) return layout.values[code];
  return int{code} - layout.offset;
}

/// Writes the 32 floats that a CodeBlock means.
template <Format format>
static inline void dequantize_codes(float* out, const CodeBlock& block) {
  const float d = half_to_float(block.d) * code_layout<format>.unit, m = half_to_float(block.m);
  for (size_t i = 0; i < code_columns; ++i) {
    const size_t half = i / 16;
    const float scale = d * static_cast<float>(block.scales[half]);
    out[i] = scale * static_cast<float>(code_value<format>(block.codes[i]));
    if constexpr (code_layout<format>.has_minima) {
      out[i] += m * static_cast<float>(block.minima[half]);
    }
  }
}

/// Writes the `values` floats that the blocks at `in` mean.
template <Format format>
void dequantize_blocks(float* out, const std::byte* in, size_t values) {
  static_assert(code_layout<format>.bits > 0, "the format has no code_layout");
  CodeBlock blocks[format_values<format> / code_columns];
  for (; values > 0; values -= format_values<format>, in += format_bytes<format>) {
    code_layout<format>.read(blocks, in);
    for (const CodeBlock& block : blocks) {
      dequantize_codes<format>(out, block);
      out += code_columns;
    }
  }
}

}  // namespace kinglet::quant
