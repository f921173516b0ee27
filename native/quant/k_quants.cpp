#include "quant/k_quants.h"

#include <algorithm>
#include <cstring>

#include "quant/block32.h"
#include "quant/little_endian.h"

namespace kinglet::quant {
namespace {

static_assert(q2_k_values == k_block && q3_k_values == k_block && q4_k_values == k_block &&
              q5_k_values == k_block && q6_k_values == k_block);

// The 6-bit scale and minimum of one of the 8 sub-blocks of q4_k and q5_k. Bytes 0-3 hold scales
// 0-3 and bytes 4-7 minima 0-3 in their low 6 bits; bytes 8-11 hold the low nibbles of scales and
// minima 4-7, whose top 2 bits lie in the top bits of bytes 0-7.
struct ScaleMin {
  uint8_t scale;
  uint8_t min;
};
ScaleMin scale_min(const std::byte* scales, size_t sub_block) {
  if (sub_block < 4) {
    return {static_cast<uint8_t>(load_u8(scales + sub_block) & 0x3f),
            static_cast<uint8_t>(load_u8(scales + sub_block + 4) & 0x3f)};
  }
  const uint8_t low = load_u8(scales + sub_block + 4);
  const uint8_t scale_top = load_u8(scales + sub_block - 4) >> 6;
  const uint8_t min_top = load_u8(scales + sub_block) >> 6;
  return {static_cast<uint8_t>((low & 0x0f) | scale_top << 4),
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

// -4..3: a clear bit of the mask subtracts 4.
int q3_k_code(const std::byte* block, size_t i) {
  const bool high = (load_u8(block + i % 32) >> (i / 32)) & 1;
  return k_crumb(block + 32, i) - (high ? 0 : 4);
}

uint8_t q5_k_code(const std::byte* block, size_t i) {
  const int high = (load_u8(block + 16 + i % 32) >> (i / 32)) & 1;
  return static_cast<uint8_t>(k_nibble(block + 48, i) | high << 4);
}

// The d and m of a q4_1 or q5_1 block that is a sub-block of q4_k or q5_k.
void store_scale_min(std::byte* out, float d, float dmin, ScaleMin sub) {
  store_half(out, d * static_cast<float>(sub.scale));
  store_half(out + 2, -dmin * static_cast<float>(sub.min));
}

}  // namespace

void dequantize_q2_k(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, out += k_block, in += q2_k_bytes) {
    const std::byte* scales = in;
    const std::byte* qs = in + 16;
    const float d = load_half(in + 80);
    const float dmin = load_half(in + 82);
    for (size_t i = 0; i < k_block; ++i) {
      const uint8_t scale = load_u8(scales + i / 16);
      const float sub_d = d * static_cast<float>(scale & 0x0f);
      const float sub_min = dmin * static_cast<float>(scale >> 4);
      out[i] = sub_d * static_cast<float>(k_crumb(qs, i)) - sub_min;
    }
  }
}

void dequantize_q3_k(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, out += k_block, in += q3_k_bytes) {
    const float d = load_half(in + 108);
    for (size_t i = 0; i < k_block; ++i) {
      out[i] =
          d * static_cast<float>(q3_k_scale(in, i / 16)) * static_cast<float>(q3_k_code(in, i));
    }
  }
}

void dequantize_q4_k(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, out += k_block, in += q4_k_bytes) {
    const float d = load_half(in);
    const float dmin = load_half(in + 2);
    for (size_t i = 0; i < k_block; ++i) {
      const ScaleMin sub = scale_min(in + 4, i / 32);
      const float sub_d = d * static_cast<float>(sub.scale);
      const float sub_min = dmin * static_cast<float>(sub.min);
      out[i] = sub_d * static_cast<float>(k_nibble(in + 16, i)) - sub_min;
    }
  }
}

void dequantize_q5_k(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, out += k_block, in += q5_k_bytes) {
    const float d = load_half(in);
    const float dmin = load_half(in + 2);
    for (size_t i = 0; i < k_block; ++i) {
      const ScaleMin sub = scale_min(in + 4, i / 32);
      const float sub_d = d * static_cast<float>(sub.scale);
      const float sub_min = dmin * static_cast<float>(sub.min);
      out[i] = sub_d * static_cast<float>(q5_k_code(in, i)) - sub_min;
    }
  }
}

void dequantize_q6_k(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, out += k_block, in += q6_k_bytes) {
    const float d = load_half(in + q6_k_d_at);
    int8_t codes[k_block];
    q6_k_codes(codes, in);
    for (size_t i = 0; i < k_block; ++i) {
      const auto scale = static_cast<int8_t>(load_u8(in + q6_k_scales_at + i / 16));
      out[i] = d * static_cast<float>(scale) * static_cast<float>(codes[i]);
    }
  }
}

void q6_k_codes(int8_t* out, const std::byte* block) {
  for (size_t i = 0; i < k_block; ++i) {
    // Each 64 bytes of ql hold 64 weights in low nibbles, then 64 in high ones.
    const uint8_t byte = load_u8(block + i / 128 * 64 + i % 64);
    const int low = i % 128 < 64 ? byte & 0x0f : byte >> 4;
    out[i] = static_cast<int8_t>((low | k_crumb(block + q6_k_high_at, i) << 4) - 32);
  }
}

void q3_k_to_q6_k(std::byte* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += q3_k_bytes, out += q6_k_bytes) {
    std::fill(out, out + q6_k_bytes, std::byte{0});
    for (size_t i = 0; i < k_block; ++i) {
      const auto code = static_cast<uint8_t>(q3_k_code(in, i) + 32);
      out[i / 128 * 64 + i % 64] |= static_cast<std::byte>((code & 0x0f) << (i % 128 < 64 ? 0 : 4));
      out[q6_k_high_at + i / 128 * 32 + i % 32] |=
          static_cast<std::byte>(code >> 4 << (i % 128 / 32 * 2));
    }
    for (size_t s = 0; s < k_block / 16; ++s) {
      out[q6_k_scales_at + s] = static_cast<std::byte>(q3_k_scale(in, s));
    }
    std::memcpy(out + q6_k_d_at, in + 108, sizeof(uint16_t));
  }
}

void q4_k_to_q4_1(std::byte* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += q4_k_bytes) {
    const float d = load_half(in);
    const float dmin = load_half(in + 2);
    for (size_t sub_block = 0; sub_block < 8; ++sub_block, out += q4_1_bytes) {
      store_scale_min(out, d, dmin, scale_min(in + 4, sub_block));
      for (size_t j = 0; j < 16; ++j) {
        const uint8_t low = k_nibble(in + 16, sub_block * 32 + j);
        const uint8_t high = k_nibble(in + 16, sub_block * 32 + j + 16);
        out[4 + j] = static_cast<std::byte>(low | high << 4);
      }
    }
  }
}

void q5_k_to_q5_1(std::byte* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += q5_k_bytes) {
    const float d = load_half(in);
    const float dmin = load_half(in + 2);
    for (size_t sub_block = 0; sub_block < 8; ++sub_block, out += q5_1_bytes) {
      store_scale_min(out, d, dmin, scale_min(in + 4, sub_block));
      uint32_t high_bits = 0;
      for (size_t j = 0; j < 16; ++j) {
        const uint32_t first = q5_k_code(in, sub_block * 32 + j);
        const uint32_t second = q5_k_code(in, sub_block * 32 + j + 16);
        out[8 + j] = static_cast<std::byte>((first & 0x0f) | (second & 0x0f) << 4);
        high_bits |= first >> 4 << j | second >> 4 << (j + 16);
      }
      std::memcpy(out + 4, &high_bits, sizeof high_bits);
    }
  }
}

}  // namespace kinglet::quant
