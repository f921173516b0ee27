// sample_q3, the recipe's format: 32 codes of 3 bits, the lowest bits first, then their scale:
// d * (code - 4).
#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet::quant {

/// The 32 weights of a block under the scale 1: -4 to 3.
void sample_q3_codes(int8_t* codes, const std::byte* block);

void dequantize_sample_q3(float* out, const std::byte* in, size_t values);

}  // namespace kinglet::quant
