#include "quant/block32.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/little_endian.h"

namespace kinglet::quant {
namespace {

constexpr size_t block_values = 32;
constexpr size_t half_block = 16;
static_assert(q4_0_values == block_values && q4_1_values == block_values &&
              q5_0_values == block_values && q5_1_values == block_values &&
              q8_0_values == block_values);

// Low nibbles are the first half of the weights.
void read_nibbles(uint8_t* out, const std::byte* packed) {
  for (size_t j = 0; j < half_block; ++j) {
    out[j] = load_u8(packed + j) & 0x0f;
    out[j + half_block] = load_u8(packed + j) >> 4;
  }
}

void read_five_bits(uint8_t* out, const std::byte* packed, uint32_t high_bits) {
  read_nibbles(out, packed);
  for (size_t i = 0; i < block_values; ++i) {
    out[i] |= static_cast<uint8_t>(((high_bits >> i) & 1u) << 4);
  }
}

// All but the codes.
void read_scale(CodeBlock* out, const std::byte* in) {
  *out = {.codes = {}, .scales = {1, 1}, .minima = {}, .d = load_u16(in), .m = 0};
}

void read_scale_and_minimum(CodeBlock* out, const std::byte* in) {
  *out = {.codes = {},
          .scales = {1, 1},
          .minima = {1, 1},
          .d = load_u16(in),
          .m = load_u16(in + sizeof(uint16_t))};
}

bool all_finite(const float* in) {
  return std::all_of(in, in + block_values, [](float x) { return std::isfinite(x); });
}

// A block whose scale says that its weights were not numbers.
void write_not_finite(std::byte* out, size_t bytes) {
  std::fill(out, out + bytes, std::byte{0});
  store_half(out, std::numeric_limits<float>::quiet_NaN());
}

float inverse_or_zero(float d) { return d != 0 ? 1.0f / d : 0.0f; }

// trunc(x) within 0..15. A tiny d has an infinite inverse, and 0 * infinity is a NaN: that is 0.
uint8_t to_nibble(float x) {
  if (!(x > 0)) return 0;
  return x >= 15 ? 15 : static_cast<uint8_t>(x);
}

template <typename Code>
void write_nibbles(std::byte* out, Code code) {
  for (size_t j = 0; j < half_block; ++j) {
    out[j] = static_cast<std::byte>(code(j) | code(j + half_block) << 4);
  }
}

}  // namespace

void read_q4_0(CodeBlock* out, const std::byte* in) {
  read_scale(out, in);
  read_nibbles(out->codes, in + 2);
}

void read_q4_1(CodeBlock* out, const std::byte* in) {
  read_scale_and_minimum(out, in);
  read_nibbles(out->codes, in + 4);
}

void read_q5_0(CodeBlock* out, const std::byte* in) {
  read_scale(out, in);
  read_five_bits(out->codes, in + 6, load_u32(in + 2));
}

void read_q5_1(CodeBlock* out, const std::byte* in) {
  read_scale_and_minimum(out, in);
  read_five_bits(out->codes, in + 8, load_u32(in + 4));
}

void read_q8_0(CodeBlock* out, const std::byte* in) {
  read_scale(out, in);
  // Two's complement plus 128.
  for (size_t i = 0; i < block_values; ++i) out->codes[i] = load_u8(in + 2 + i) ^ 0x80;
}

void dequantize_q4_0(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q4_0>(out, in, values);
}

void dequantize_q4_1(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q4_1>(out, in, values);
}

void dequantize_q5_0(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q5_0>(out, in, values);
}

void dequantize_q5_1(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q5_1>(out, in, values);
}

void dequantize_q8_0(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q8_0>(out, in, values);
}

void quantize_q4_0(std::byte* out, const float* in, size_t values) {
  for (; values > 0; values -= block_values, in += block_values, out += q4_0_bytes) {
    if (!all_finite(in)) {
      write_not_finite(out, q4_0_bytes);
      continue;
    }
    const float extreme = *std::max_element(
        in, in + block_values, [](float a, float b) { return std::fabs(a) < std::fabs(b); });
    const float d = extreme / -8;
    const float inverse = inverse_or_zero(d);
    store_half(out, d);
    write_nibbles(out + 2, [&](size_t i) { return to_nibble(in[i] * inverse + 8.5f); });
  }
}

void quantize_q4_1(std::byte* out, const float* in, size_t values) {
  for (; values > 0; values -= block_values, in += block_values, out += q4_1_bytes) {
    if (!all_finite(in)) {
      write_not_finite(out, q4_1_bytes);
      continue;
    }
    const float min = *std::min_element(in, in + block_values);
    const float d = (*std::max_element(in, in + block_values) - min) / 15;
    const float inverse = inverse_or_zero(d);
    store_half(out, d);
    store_half(out + 2, min);
    write_nibbles(out + 4, [&](size_t i) { return to_nibble((in[i] - min) * inverse + 0.5f); });
  }
}

void quantize_q8_0(std::byte* out, const float* in, size_t values) {
  for (; values > 0; values -= block_values, in += block_values, out += q8_0_bytes) {
    if (!all_finite(in)) {
      write_not_finite(out, q8_0_bytes);
      continue;
    }
    float amax = 0;
    for (size_t i = 0; i < block_values; ++i) amax = std::max(amax, std::fabs(in[i]));
    const float d = amax / 127;
    const float inverse = inverse_or_zero(d);
    store_half(out, d);
    for (size_t i = 0; i < block_values; ++i) {
      // A subnormal d has an infinite inverse; its half is 0, and so any code means 0.
      const float code = std::isinf(inverse) ? 0.0f : std::round(in[i] * inverse);
      out[2 + i] = static_cast<std::byte>(static_cast<int8_t>(code));
    }
  }
}

}  // namespace kinglet::quant
