#include "quant/iq_quants.h"

#include "quant/iq_grids.h"
#include "quant/little_endian.h"
#include "quant/scaled_block.h"

namespace kinglet::quant {
namespace {

constexpr size_t k_block = 256;
static_assert(iq1_s_values == k_block && iq2_xxs_values == k_block && iq2_xs_values == k_block &&
              iq2_s_values == k_block && iq3_xxs_values == k_block && iq3_s_values == k_block &&
              iq4_xs_values == k_block && iq4_nl_values == scaled_values);

// Integers; a format's scale has what they are multiples of. Code 3 of iq2 does not occur.
constexpr int8_t iq2_magnitudes[4] = {8, 25, 43, 0};
constexpr int8_t iq3_xxs_magnitudes[8] = {2, 6, 10, 14, 18, 22, 26, 31};
constexpr int8_t iq3_s_magnitudes[8] = {1, 3, 5, 7, 9, 11, 13, 15};

// 7 bits are the signs of 7 weights; the eighth makes the number of minuses even.
uint8_t even_signs(uint32_t seven_bits) {
  uint32_t parity = seven_bits ^ (seven_bits >> 4);
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return static_cast<uint8_t>(seven_bits | (parity & 1u) << 7);
}

int8_t* read_point8(int8_t* out, uint16_t point, uint8_t signs) {
  for (size_t i = 0; i < 8; ++i) {
    const int8_t value = iq2_magnitudes[(point >> (2 * i)) & 3];
    *out++ = static_cast<int8_t>((signs >> i) & 1 ? -value : value);
  }
  return out;
}

int8_t* read_point4(int8_t* out, uint16_t point, const int8_t* values, uint8_t signs) {
  for (size_t i = 0; i < 4; ++i) {
    const int8_t value = values[(point >> (4 * i)) & 7];
    *out++ = static_cast<int8_t>((signs >> i) & 1 ? -value : value);
  }
  return out;
}

// 8 weights under a scale of their own: iq2_xs and iq2_s change it every 16 weights.
float* write_point8(float* out, uint16_t point, uint8_t signs, float d) {
  int8_t codes[8];
  read_point8(codes, point, signs);
  for (const int8_t code : codes) *out++ = d * static_cast<float>(code);
  return out;
}

// The first half of 32 codes are low nibbles.
void read_nibbles(uint8_t* out, const std::byte* nibbles) {
  for (size_t j = 0; j < 16; ++j) {
    const uint8_t byte = load_u8(nibbles + j);
    out[j] = byte & 0x0f;
    out[j + 16] = byte >> 4;
  }
}

void read_iq1_s(ScaledBlock* out, const std::byte* in) {
  const float d = load_half(in);
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint16_t qh = load_u16(in + 34 + 2 * sub_block);
    // A weight is a trit and an eighth, or less an eighth.
    out->scale = d * static_cast<float>(2 * ((qh >> 12) & 7) + 1) * 0.125f;
    const int delta = qh & 0x8000 ? -1 : 1;
    for (size_t group = 0; group < 4; ++group) {
      const size_t high = (qh >> (3 * group)) & 7;
      const uint16_t point = iq1_s_grid[load_u8(in + 2 + 4 * sub_block + group) | high << 8];
      for (size_t i = 0; i < 8; ++i) {
        const int trit = ((point >> (2 * i)) & 3) - 1;
        out->codes[8 * group + i] = static_cast<int8_t>(8 * trit + delta);
      }
    }
  }
}

void read_iq2_xxs(ScaledBlock* out, const std::byte* in) {
  const float d = load_half(in);
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const std::byte* points = in + 2 + 8 * sub_block;
    const uint32_t signs_scale = load_u32(points + 4);
    out->scale = d * (0.5f + static_cast<float>(signs_scale >> 28)) * 0.25f;
    int8_t* codes = out->codes;
    for (size_t group = 0; group < 4; ++group) {
      const uint8_t signs = even_signs((signs_scale >> (7 * group)) & 0x7f);
      codes = read_point8(codes, iq2_xxs_grid[load_u8(points + group)], signs);
    }
  }
}

void read_iq3_xxs(ScaledBlock* out, const std::byte* in) {
  const float d = load_half(in);
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint32_t signs_scale = load_u32(in + 66 + 4 * sub_block);
    out->scale = d * (0.5f + static_cast<float>(signs_scale >> 28));
    int8_t* codes = out->codes;
    for (size_t group = 0; group < 8; ++group) {  // of 4 weights
      const uint8_t pair_signs = even_signs((signs_scale >> (7 * (group / 2))) & 0x7f);
      const auto signs = static_cast<uint8_t>(pair_signs >> (4 * (group % 2)));
      const uint8_t point = load_u8(in + 2 + 8 * sub_block + group);
      codes = read_point4(codes, iq3_xxs_grid[point], iq3_xxs_magnitudes, signs);
    }
  }
}

void read_iq3_s(ScaledBlock* out, const std::byte* in) {
  const float d = load_half(in);
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const int scale = (load_u8(in + 106 + sub_block / 2) >> (sub_block % 2 * 4)) & 0x0f;
    out->scale = d * static_cast<float>(1 + 2 * scale);
    int8_t* codes = out->codes;
    for (size_t i = 0; i < 8; ++i) {  // groups of 4 weights
      const size_t group = 8 * sub_block + i;
      const size_t high = (load_u8(in + 66 + sub_block) >> i) & 1;
      const auto signs = static_cast<uint8_t>(load_u8(in + 74 + group / 2) >> (4 * (group % 2)));
      const uint16_t point = iq3_s_grid[load_u8(in + 2 + group) | high << 8];
      codes = read_point4(codes, point, iq3_s_magnitudes, signs);
    }
  }
}

}  // namespace

void dequantize_iq1_s(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_iq1_s, k_block, iq1_s_bytes>(out, in, values);
}

void iq1_s_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_iq1_s, k_block, iq1_s_bytes>(out, in, values);
}

void dequantize_iq2_xxs(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_iq2_xxs, k_block, iq2_xxs_bytes>(out, in, values);
}

void iq2_xxs_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_iq2_xxs, k_block, iq2_xxs_bytes>(out, in, values);
}

void dequantize_iq2_xs(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq2_xs_bytes) {
    const float d = load_half(in);
    for (size_t group = 0; group < 32; ++group) {  // of 8 weights; 2 groups share a scale
      const uint16_t code = load_u16(in + 2 + 2 * group);
      const int scale = (load_u8(in + 66 + group / 4) >> (group / 2 % 2 * 4)) & 0x0f;
      const float sub_d = d * (0.5f + static_cast<float>(scale)) * 0.25f;
      out = write_point8(out, iq2_xs_grid[code & 511], even_signs(code >> 9), sub_d);
    }
  }
}

void dequantize_iq2_s(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq2_s_bytes) {
    const float d = load_half(in);
    for (size_t group = 0; group < 32; ++group) {
      const int scale = (load_u8(in + 74 + group / 4) >> (group / 2 % 2 * 4)) & 0x0f;
      const float sub_d = d * (0.5f + static_cast<float>(scale)) * 0.25f;
      const size_t high = (load_u8(in + 66 + group / 4) >> (2 * (group % 4))) & 3;
      const uint16_t point = iq2_s_grid[load_u8(in + 2 + group) | high << 8];
      out = write_point8(out, point, load_u8(in + 34 + group), sub_d);
    }
  }
}

void dequantize_iq3_xxs(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_iq3_xxs, k_block, iq3_xxs_bytes>(out, in, values);
}

void iq3_xxs_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_iq3_xxs, k_block, iq3_xxs_bytes>(out, in, values);
}

void dequantize_iq3_s(float* out, const std::byte* in, size_t values) {
  dequantize_scaled<read_iq3_s, k_block, iq3_s_bytes>(out, in, values);
}

void iq3_s_to_q8_0(std::byte* out, const std::byte* in, size_t values) {
  scaled_to_q8_0<read_iq3_s, k_block, iq3_s_bytes>(out, in, values);
}

void read_iq4_nl(CodeBlock* out, const std::byte* in) {
  *out = {.codes = {}, .scales = {1, 1}, .minima = {}, .d = load_u16(in), .m = 0};
  read_nibbles(out->codes, in + 2);
}

void read_iq4_xs(CodeBlock* out, const std::byte* in) {
  const uint16_t scales_high = load_u16(in + 2);
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const int low = (load_u8(in + 4 + sub_block / 2) >> (sub_block % 2 * 4)) & 0x0f;
    const int high = (scales_high >> (2 * sub_block)) & 3;
    const auto scale = static_cast<int8_t>((low | high << 4) - 32);
    *out = {.codes = {}, .scales = {scale, scale}, .minima = {}, .d = load_u16(in), .m = 0};
    read_nibbles(out->codes, in + 8 + 16 * sub_block);
  }
}

void dequantize_iq4_nl(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq4_nl>(out, in, values);
}

void dequantize_iq4_xs(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq4_xs>(out, in, values);
}

}  // namespace kinglet::quant
