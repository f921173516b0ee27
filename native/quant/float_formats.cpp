#include "quant/float_formats.h"

#include "quant/little_endian.h"

namespace kinglet::quant {

void dequantize_f32(float* out, const std::byte* in, size_t values) {
  std::memcpy(out, in, values * sizeof(float));
}

void dequantize_f16(float* out, const std::byte* in, size_t values) {
  for (size_t i = 0; i < values; ++i) out[i] = load_half(in + 2 * i);
}

void dequantize_bf16(float* out, const std::byte* in, size_t values) {
  for (size_t i = 0; i < values; ++i) out[i] = bfloat_to_float(load_u16(in + 2 * i));
}

}  // namespace kinglet::quant
