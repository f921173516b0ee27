#include "quant/small_floats.h"

#include <algorithm>

#include "quant/little_endian.h"
#include "quant/scaled_block.h"

namespace kinglet::quant {
namespace {

constexpr size_t ternary_block = 256;
static_assert(tq1_0_values == ternary_block && tq2_0_values == ternary_block &&
              mxfp4_values == scaled_values);

// A byte is ceil(256 * 0.t0t1t2t3t4 in base 3): multiplying by 3^n in 8 bits drops the digits
// before t_n, and the top of one more product with 3 is t_n.
int trit(uint8_t byte, size_t n) {
  constexpr uint8_t powers[] = {1, 3, 9, 27, 81};
  const auto shifted = static_cast<uint8_t>(byte * powers[n]);
  return (shifted * 3) >> 8;
}

// Runs of `width` bytes that hold `digits` runs of `width` weights.
int8_t* read_trits(int8_t* out, const std::byte* in, size_t width, size_t digits) {
  for (size_t n = 0; n < digits; ++n) {
    for (size_t j = 0; j < width; ++j) *out++ = static_cast<int8_t>(trit(load_u8(in + j), n) - 1);
  }
  return out;
}

void set_ternary(ScaledBlock* out, const int8_t* trits, float d) {
  for (size_t i = 0; i < ternary_block; i += scaled_values, ++out) {
    out->scale = d;
    std::copy_n(trits + i, scaled_values, out->codes);
  }
}

void read_tq1_0(ScaledBlock* out, const std::byte* in) {
  int8_t trits[ternary_block];
  int8_t* end = read_trits(trits, in, 32, 5);
  end = read_trits(end, in + 32, 16, 5);
  read_trits(end, in + 48, 4, 4);
  set_ternary(out, trits, load_half(in + 52));
}

void read_tq2_0(ScaledBlock* out, const std::byte* in) {
  int8_t trits[ternary_block];
  for (size_t i = 0; i < ternary_block; ++i) {
    const int code = (load_u8(in + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2)) & 3;
    trits[i] = static_cast<int8_t>(code - 1);
  }
  set_ternary(out, trits, load_half(in + 64));
}

void read_mxfp4(ScaledBlock* out, const std::byte* in) {
  // Twice the e2m1 values, so that they are integers; the scale is halved for it.
  constexpr int8_t doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  // 2^(e - 128); the two smallest are subnormal.
  const uint32_t e = load_u8(in);
  out->scale = bits_float(e < 2 ? 0x00200000u << e : (e - 1) << 23);
  for (size_t j = 0; j < 16; ++j) {
    const uint8_t byte = load_u8(in + 1 + j);
    out->codes[j] = doubled[byte & 0x0f];
    out->codes[j + 16] = doubled[byte >> 4];
  }
}

}  // namespace

void dequantize_tq1_0(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_tq1_0, ternary_block, tq1_0_bytes>(out, in, values);
}

void tq1_0_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_tq1_0, ternary_block, tq1_0_bytes>(out, in, values);
}

void dequantize_tq2_0(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_tq2_0, ternary_block, tq2_0_bytes>(out, in, values);
}

void tq2_0_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_tq2_0, ternary_block, tq2_0_bytes>(out, in, values);
}

void dequantize_mxfp4(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_mxfp4, scaled_values, mxfp4_bytes>(out, in, values);
}

void mxfp4_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_mxfp4, scaled_values, mxfp4_bytes>(out, in, values);
}

}  // namespace kinglet::quant
