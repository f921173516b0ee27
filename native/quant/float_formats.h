// F32, F16 and BF16: one value a block.
#pragma once

#include <cstddef>

namespace kinglet::quant {

void dequantize_f32(float* out, const std::byte* in, size_t values);
void dequantize_f16(float* out, const std::byte* in, size_t values);
void dequantize_bf16(float* out, const std::byte* in, size_t values);

}  // namespace kinglet::quant
