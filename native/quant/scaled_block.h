// Formats whose weights are small integers under one scale for 32 of them, however the file packs
// the integers and the scale. Such a format is a function that reads one of its blocks; to
// dequantize and to convert to q8_0 follow from it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/block32.h"

namespace kinglet::quant {

inline constexpr size_t scaled_values = 32;

/// 32 weights, each scale * code with |code| <= 127.
struct ScaledBlock {
  float scale;
  int8_t codes[scaled_values];
};

/// Reads one block of a format as block_values / 32 scaled blocks.
using ReadScaled = void (*)(ScaledBlock* out, const std::byte* in);

/// Writes one q8_0 block. Nothing is rounded but the scale, to a half. Where a half cannot hold the
/// scale, a power of two moves between it and the codes if they have room for it; a scale that is
/// beyond the largest half even then has the weights rounded anew, as quantize_q8_0 does.
void write_q8_0(std::byte* out, ScaledBlock block);

template <ReadScaled read, size_t block_values, size_t block_bytes>
void dequantize_scaled(float* out, const std::byte* in, size_t values) {
  ScaledBlock blocks[block_values / scaled_values];
  for (; values > 0; values -= block_values, in += block_bytes) {
    read(blocks, in);
    for (const ScaledBlock& block : blocks) {
      for (const int8_t code : block.codes) *out++ = block.scale * static_cast<float>(code);
    }
  }
}

template <ReadScaled read, size_t block_values, size_t block_bytes>
void scaled_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  ScaledBlock blocks[block_values / scaled_values];
  for (; values > 0; values -= block_values, in += block_bytes) {
    read(blocks, in);
    for (const ScaledBlock& block : blocks) {
      write_q8_0(out, block);
      out += q8_0_bytes;
    }
  }
}

}  // namespace kinglet::quant
