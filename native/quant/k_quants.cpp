#include "quant/k_quants.h"

#include "quant/little_endian.h"

namespace kinglet::quant {
namespace {

static_assert(q2_k_values == k_block && q3_k_values == k_block && q4_k_values == k_block &&
              q5_k_values == k_block && q6_k_values == k_block);

// The 6-bit scale and minimum of one of the 8 sub-blocks of q4_k and q5_k. Bytes 0-3 hold scales
// 0-3 and bytes 4-7 minima 0-3 in their low 6 bits; bytes 8-11 hold the low nibbles of scales and
// minima 4-7, whose top 2 bits lie in the top bits of bytes 0-7.
struct ScaleMin {
  int8_t scale;
  uint8_t min;
};
ScaleMin scale_min(const std::byte* scales, size_t sub_block) {
  if (sub_block < 4) {
    return {static_cast<int8_t>(load_u8(scales + sub_block) & 0x3f),
            static_cast<uint8_t>(load_u8(scales + sub_block + 4) & 0x3f)};
  }
  const uint8_t low = load_u8(scales + sub_block + 4);
  const uint8_t scale_top = load_u8(scales + sub_block - 4) >> 6;
  const uint8_t min_top = load_u8(scales + sub_block) >> 6;
  return {static_cast<int8_t>((low & 0x0f) | scale_top << 4),
          static_cast<uint8_t>((low >> 4) | min_top << 4)};
}

// The nibble of weight i: each 32 bytes hold 32 weights in low nibbles, then 32 in high ones.
uint8_t k_nibble(const std::byte* qs, size_t i) {
  const uint8_t byte = load_u8(qs + i / 64 * 32 + i % 32);
  return i % 64 < 32 ? byte & 0x0f : byte >> 4;
}

// The 2 bits of weight i: each 32 bytes hold 4 runs of 32 weights, from the low bits up.
uint8_t k_crumb(const std::byte* qs, size_t i) {
  return (load_u8(qs + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2)) & 3;
}

// The scale of 16 weights: its low nibble in byte s % 8 (low half for s < 8), its top 2 bits in
// byte 8 + s % 4, at bit 2 * (s / 4).
int8_t q3_k_scale(const std::byte* block, size_t s) {
  const std::byte* scales = block + 96;
  const int low = (load_u8(scales + s % 8) >> (s < 8 ? 0 : 4)) & 0x0f;
  const int top = (load_u8(scales + 8 + s % 4) >> (s / 4 * 2)) & 3;
  return static_cast<int8_t>((low | top << 4) - 32);
}

// The mask has the upper bits.
uint8_t q3_k_code(const std::byte* block, size_t i) {
  const int high = (load_u8(block + i % 32) >> (i / 32)) & 1;
  return static_cast<uint8_t>(k_crumb(block + 32, i) | high << 2);
}

uint8_t q5_k_code(const std::byte* block, size_t i) {
  const int high = (load_u8(block + 16 + i % 32) >> (i / 32)) & 1;
  return static_cast<uint8_t>(k_nibble(block + 48, i) | high << 4);
}

uint8_t q6_k_code(const std::byte* block, size_t i) {
  // Each 64 bytes of ql hold 64 weights in low nibbles, then 64 in high ones.
  const uint8_t byte = load_u8(block + i / 128 * 64 + i % 64);
  const int low = i % 128 < 64 ? byte & 0x0f : byte >> 4;
  return static_cast<uint8_t>(low | k_crumb(block + 128, i) << 4);
}

constexpr uint16_t half_sign = 0x8000;

// Calls code(i) for the codes of a block, and sub(s) for the scale and the minimum of 16 weights.
template <class Code, class Sub>
void read_block(CodeBlock* out, uint16_t d, uint16_t m, Code code, Sub sub) {
  for (size_t b = 0; b < k_block / code_columns; ++b, ++out) {
    out->d = d;
    out->m = m;
    for (size_t half = 0; half < 2; ++half) {
      const ScaleMin integers = sub(2 * b + half);
      out->scales[half] = integers.scale;
      out->minima[half] = integers.min;
    }
    for (size_t i = 0; i < code_columns; ++i) out->codes[i] = code(code_columns * b + i);
  }
}

}  // namespace

void read_q2_k(CodeBlock* out, const std::byte* in) {
  read_block(
      out, load_u16(in + 80), load_u16(in + 82) ^ half_sign,
      [in](size_t i) { return k_crumb(in + 16, i); },
      [in](size_t s) -> ScaleMin {
        const uint8_t both = load_u8(in + s);
        return {static_cast<int8_t>(both & 0x0f), static_cast<uint8_t>(both >> 4)};
      });
}

void read_q3_k(CodeBlock* out, const std::byte* in) {
  read_block(
      out, load_u16(in + 108), 0, [in](size_t i) { return q3_k_code(in, i); },
      [in](size_t s) -> ScaleMin { return {q3_k_scale(in, s), 0}; });
}

void read_q4_k(CodeBlock* out, const std::byte* in) {
  read_block(
      out, load_u16(in), load_u16(in + 2) ^ half_sign,
      [in](size_t i) { return k_nibble(in + 16, i); },
      [in](size_t s) { return scale_min(in + 4, s / 2); });
}

void read_q5_k(CodeBlock* out, const std::byte* in) {
  read_block(
      out, load_u16(in), load_u16(in + 2) ^ half_sign, [in](size_t i) { return q5_k_code(in, i); },
      [in](size_t s) { return scale_min(in + 4, s / 2); });
}

void read_q6_k(CodeBlock* out, const std::byte* in) {
  read_block(
      out, load_u16(in + 208), 0, [in](size_t i) { return q6_k_code(in, i); },
      [in](size_t s) -> ScaleMin { return {static_cast<int8_t>(load_u8(in + 192 + s)), 0}; });
}

void dequantize_q2_k(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q2_k>(out, in, values);
}

void dequantize_q3_k(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q3_k>(out, in, values);
}

void dequantize_q4_k(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q4_k>(out, in, values);
}

void dequantize_q5_k(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q5_k>(out, in, values);
}

void dequantize_q6_k(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::q6_k>(out, in, values);
}

}  // namespace kinglet::quant
