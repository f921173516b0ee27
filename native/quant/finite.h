// Whether weights are numbers. A block of integers is as finite as its scales.
#pragma once

#include "quant/little_endian.h"

namespace kinglet::quant {

/// Blocks whose scales (and minima) are the halves at `offsets`; a half is a block of its own.
template <size_t block_values, size_t block_bytes, size_t... offsets>
bool halves_finite(const std::byte* in, size_t values) {
  // An exponent of ones carries into the top bit. Collected in integers of the same width, so that
  // compilers make vectors of it.
  uint16_t carries = 0;
  for (size_t i = 0; i < values / block_values; ++i) {
    const std::byte* block = in + i * block_bytes;
    carries |= static_cast<uint16_t>((((load_u16(block + offsets) & 0x7c00u) + 0x0400u) | ...));
  }
  return (carries & 0x8000u) == 0;
}

bool f32_finite(const std::byte* in, size_t values);
bool bf16_finite(const std::byte* in, size_t values);
/// The largest code, 12, must be finite under the block's power of two.
bool mxfp4_finite(const std::byte* in, size_t values);

}  // namespace kinglet::quant
