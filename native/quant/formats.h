// One row for each tensor format that a model file may hold: its block layout, its reference
// dequantization and, where Kinglet quantizes, its reference quantization.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kinglet {

/// GGUF's tensor types (the numbers are GGUF's own), of which safetensors uses f32, f16 and bf16.
enum class Format : uint32_t {
  f32 = 0,
  f16 = 1,
  q4_0 = 2,
  q4_1 = 3,
  q5_0 = 6,
  q5_1 = 7,
  q8_0 = 8,
  q2_k = 10,
  q3_k = 11,
  q4_k = 12,
  q5_k = 13,
  q6_k = 14,
  iq2_xxs = 16,
  iq2_xs = 17,
  iq3_xxs = 18,
  iq1_s = 19,
  iq4_nl = 20,
  iq3_s = 21,
  iq2_s = 22,
  iq4_xs = 23,
  bf16 = 30,
  tq1_0 = 34,
  tq2_0 = 35,
  mxfp4 = 39,
};

/// What is known of a format.
struct FormatInfo {
  Format format;
  std::string_view name;  // as in addon.ts: "q4_0"
  size_t block_values;    // weights of one block
  size_t block_bytes;

  /// The format that kernels compute in; equal to `format` where it is computed as it is.
  Format computed_as;

  /// Writes `values` floats (a multiple of block_values) that the blocks at `in` mean. `in` needs
  /// no alignment. This is the oracle: held to gguf-py's dequantization.
  void (*dequantize)(float* out, const std::byte* in, size_t values);

  /// Whether the `values` weights of the blocks at `in` are finite numbers, or small integers under
  /// scales that are.
  bool (*finite)(const std::byte* in, size_t values);

  /// Rounds `values` floats to blocks, or null where Kinglet never writes this format.
  void (*quantize)(std::byte* out, const float* in, size_t values);

  /// Rewrites `values` weights as blocks of `computed_as` with no rounding but that of scales (and
  /// minima) to halves. Null where the format is computed as it is, and where its weights fit no
  /// computed format and are rounded.
  void (*convert)(std::byte* out, const std::byte* in, size_t values);
};

/// The row of a format, or null for a number that is not built.
const FormatInfo* find_format(uint32_t number);
/// The row of a format name such as "q4_0", or null.
const FormatInfo* find_format(std::string_view name);
/// The row of a format of the enumeration.
const FormatInfo& format_info(Format format);

/// Bytes of one row of `cols` weights; `cols` is a multiple of the format's block_values.
static inline size_t row_bytes(const FormatInfo& info, size_t cols) {
  return cols / info.block_values * info.block_bytes;
}

/// Rewrites one row from a file format into the format it is computed in (`from.computed_as`): by
/// `from.convert`, or where that is null by rounding. Rounding is left to formats of 2 bits: next
/// to what these have lost already, what q8_0 loses is nothing. `scratch` holds `cols` floats. A
/// scale that is too large for the target's halves becomes infinite: see FormatInfo::finite.
void convert_row(std::byte* out, const FormatInfo& from, const std::byte* in, size_t cols,
                 float* scratch);

}  // namespace kinglet
