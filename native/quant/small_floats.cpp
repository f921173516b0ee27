#include "small_floats.h"

#include "little_endian.h"

namespace kinglet::quant {
namespace {

constexpr size_t ternary_block = 256;

// A byte is ceil(256 * 0.t0t1t2t3t4 in base 3): multiplying by 3^n in 8 bits drops the digits
// before t_n, and the top of one more product with 3 is t_n.
int trit(uint8_t byte, size_t n) {
  constexpr uint8_t powers[] = {1, 3, 9, 27, 81};
  const auto shifted = static_cast<uint8_t>(byte * powers[n]);
  return (shifted * 3) >> 8;
}

// Runs of `width` bytes that hold `digits` runs of `width` weights.
float* write_trits(float* out, const std::byte* in, size_t width, size_t digits, float d) {
  for (size_t n = 0; n < digits; ++n) {
    for (size_t j = 0; j < width; ++j) {
      *out++ = d * static_cast<float>(trit(load_u8(in + j), n) - 1);
    }
  }
  return out;
}

}  // namespace

void dequantize_tq1_0(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= ternary_block, in += tq1_0_bytes) {
    const float d = load_half(in + 52);
    out = write_trits(out, in, 32, 5, d);
    out = write_trits(out, in + 32, 16, 5, d);
    out = write_trits(out, in + 48, 4, 4, d);
  }
}

void dequantize_tq2_0(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= ternary_block, out += ternary_block, in += tq2_0_bytes) {
    const float d = load_half(in + 64);
    for (size_t i = 0; i < ternary_block; ++i) {
      const int code = (load_u8(in + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2)) & 3;
      out[i] = d * static_cast<float>(code - 1);
    }
  }
}

void dequantize_mxfp4(float* out, const std::byte* in, size_t values) {
  // Twice the e2m1 values, so that they are integers; the scale is halved for it.
  constexpr int8_t doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  for (; values > 0; values -= 32, out += 32, in += mxfp4_bytes) {
    // 2^(e - 128); the two smallest are subnormal.
    const uint32_t e = load_u8(in);
    const float d = bits_float(e < 2 ? 0x00200000u << e : (e - 1) << 23);
    for (size_t j = 0; j < 16; ++j) {
      const uint8_t byte = load_u8(in + 1 + j);
      out[j] = d * static_cast<float>(doubled[byte & 0x0f]);
      out[j + 16] = d * static_cast<float>(doubled[byte >> 4]);
    }
  }
}

}  // namespace kinglet::quant
