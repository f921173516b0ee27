// What is known of each tensor format that a model file may hold: its block layout, its reference
// dequantization and, where Kinglet quantizes, its reference quantization. formats.json has the
// rows; a format's functions are in this folder and are found by their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "quant/format_list.h"

namespace kinglet {

namespace quant {
struct CodeLayout;
}

/// What a conversion to the computed format rounds, if anything: scales, to halves. Codes keep
/// their values.
enum class Rounding : uint8_t { nothing, scales };

/// What is known of a format.
struct FormatInfo {
  Format format;
  std::string_view name;  // as in addon.ts: "q4_0"
  size_t block_values;    // weights of one block
  size_t block_bytes;

  /// Offsets of the halves in a block: its scale, then its minimum where it has one; of f16, the
  /// weight. None where a block is finite or not by other rules.
  size_t halves;
  size_t halves_at[2];

  /// The format that kernels compute in; equal to `format` where it is computed as it is.
  Format computed_as;
  size_t computed_index;  // of computed_as, in KernelTable::units
  Rounding rounds;        // of the conversion to it

  /// How the blocks that kernels compute in are made up (quant/code_block.h); null where weights
  /// are floats, and where they are converted.
  const quant::CodeLayout* layout;

  /// Writes `values` floats (a multiple of block_values) that the blocks at `in` mean. `in` needs
  /// no alignment. This is the oracle: held to gguf-py's dequantization.
  void (*dequantize)(float* out, const std::byte* in, size_t values);

  /// Whether the `values` weights of the blocks at `in` are finite numbers, or small integers under
  /// scales that are.
  bool (*finite)(const std::byte* in, size_t values);

  /// Rounds `values` floats to blocks, or null where Kinglet never writes this format.
  void (*quantize)(std::byte* out, const float* in, size_t values);

  /// Rewrites `values` weights as blocks of `computed_as` with no rounding but that of `rounds`. A
  /// scale that is too large for halves becomes infinite there: see `finite`. Null where the format
  /// is computed as it is.
  void (*convert)(std::byte* out, const std::byte* in, size_t values);

  bool is_computed() const { return computed_as == format; }
  /// Whether its weights are floats, each a block of its own.
  bool is_float() const { return block_values == 1; }
};

/// All rows.
std::span<const FormatInfo> formats();

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

}  // namespace kinglet
