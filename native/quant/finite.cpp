#include "quant/finite.h"

#include "quant/small_floats.h"

namespace kinglet::quant {

bool f32_finite(const std::byte* in, size_t values) {
  uint32_t carries = 0;
  for (size_t i = 0; i < values; ++i) {
    carries |= (load_u32(in + sizeof(uint32_t) * i) & 0x7f800000u) + 0x00800000u;
  }
  return (carries & 0x80000000u) == 0;
}

bool bf16_finite(const std::byte* in, size_t values) {
  uint16_t carries = 0;
  for (size_t i = 0; i < values; ++i) {
    carries |= static_cast<uint16_t>((load_u16(in + sizeof(uint16_t) * i) & 0x7f80u) + 0x0080u);
  }
  return (carries & 0x8000u) == 0;
}

bool mxfp4_finite(const std::byte* in, size_t values) {
  // 12 * 2^(e - 128) < 2^128.
  constexpr uint8_t largest = 252;
  bool finite = true;
  for (; values > 0; values -= 32, in += mxfp4_bytes) finite &= load_u8(in) <= largest;
  return finite;
}

}  // namespace kinglet::quant
