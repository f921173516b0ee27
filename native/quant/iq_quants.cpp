#include "iq_quants.h"

#include "iq_grids.h"
#include "little_endian.h"

namespace kinglet::quant {
namespace {

constexpr size_t k_block = 256;

constexpr float iq2_values[4] = {8, 25, 43, 0};  // code 3 does not occur
constexpr float iq3_xxs_values[8] = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr float iq3_s_values[8] = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr float iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                  1,    13,   25,  38,  53,  69,  89,  113};

// 7 bits are the signs of 7 weights; the eighth makes the number of minuses even.
uint8_t even_signs(uint32_t seven_bits) {
  uint32_t parity = seven_bits ^ (seven_bits >> 4);
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return static_cast<uint8_t>(seven_bits | (parity & 1u) << 7);
}

float* write_point8(float* out, uint16_t point, uint8_t signs, float d) {
  for (size_t i = 0; i < 8; ++i) {
    const float value = d * iq2_values[(point >> (2 * i)) & 3];
    *out++ = (signs >> i) & 1 ? -value : value;
  }
  return out;
}

float* write_point4(float* out, uint16_t point, const float* values, uint8_t signs, float d) {
  for (size_t i = 0; i < 4; ++i) {
    const float value = d * values[(point >> (4 * i)) & 7];
    *out++ = (signs >> i) & 1 ? -value : value;
  }
  return out;
}

}  // namespace

void dequantize_iq1_s(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq1_s_bytes) {
    const float d = load_half(in);
    for (size_t group = 0; group < 32; ++group) {  // of 8 weights; 4 groups share a qh
      const uint16_t qh = load_u16(in + 34 + group / 4 * 2);
      const float sub_d = d * static_cast<float>(2 * ((qh >> 12) & 7) + 1);
      const float delta = qh & 0x8000 ? -0.125f : 0.125f;
      const size_t high = (qh >> (3 * (group % 4))) & 7;
      const uint16_t point = iq1_s_grid[load_u8(in + 2 + group) | high << 8];
      for (size_t i = 0; i < 8; ++i) {
        const int trit = ((point >> (2 * i)) & 3) - 1;
        *out++ = sub_d * (static_cast<float>(trit) + delta);
      }
    }
  }
}

void dequantize_iq2_xxs(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq2_xxs_bytes) {
    const float d = load_half(in);
    for (size_t sub_block = 0; sub_block < 8; ++sub_block) {
      const std::byte* points = in + 2 + 8 * sub_block;
      const uint32_t signs_scale = load_u32(points + 4);
      const float sub_d = d * (0.5f + static_cast<float>(signs_scale >> 28)) * 0.25f;
      for (size_t group = 0; group < 4; ++group) {
        const uint8_t signs = even_signs((signs_scale >> (7 * group)) & 0x7f);
        out = write_point8(out, iq2_xxs_grid[load_u8(points + group)], signs, sub_d);
      }
    }
  }
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
  for (; values > 0; values -= k_block, in += iq3_xxs_bytes) {
    const float d = load_half(in);
    for (size_t group = 0; group < 64; ++group) {  // of 4 weights; 8 groups share a scale
      const uint32_t signs_scale = load_u32(in + 66 + group / 8 * 4);
      const float sub_d = d * (0.5f + static_cast<float>(signs_scale >> 28)) * 0.5f;
      const uint8_t pair_signs = even_signs((signs_scale >> (7 * (group % 8 / 2))) & 0x7f);
      const auto signs = static_cast<uint8_t>(pair_signs >> (4 * (group % 2)));
      out = write_point4(out, iq3_xxs_grid[load_u8(in + 2 + group)], iq3_xxs_values, signs, sub_d);
    }
  }
}

void dequantize_iq3_s(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq3_s_bytes) {
    const float d = load_half(in);
    for (size_t group = 0; group < 64; ++group) {
      const int scale = (load_u8(in + 106 + group / 16) >> (group / 8 % 2 * 4)) & 0x0f;
      const float sub_d = d * static_cast<float>(1 + 2 * scale);
      const size_t high = (load_u8(in + 66 + group / 8) >> (group % 8)) & 1;
      const auto signs = static_cast<uint8_t>(load_u8(in + 74 + group / 2) >> (4 * (group % 2)));
      const uint16_t point = iq3_s_grid[load_u8(in + 2 + group) | high << 8];
      out = write_point4(out, point, iq3_s_values, signs, sub_d);
    }
  }
}

void dequantize_iq4_nl(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= 32, out += 32, in += iq4_nl_bytes) {
    const float d = load_half(in);
    for (size_t j = 0; j < 16; ++j) {
      const uint8_t byte = load_u8(in + 2 + j);
      out[j] = d * iq4_values[byte & 0x0f];
      out[j + 16] = d * iq4_values[byte >> 4];
    }
  }
}

void dequantize_iq4_xs(float* out, const std::byte* in, size_t values) {
  for (; values > 0; values -= k_block, in += iq4_xs_bytes) {
    const float d = load_half(in);
    const uint16_t scales_high = load_u16(in + 2);
    for (size_t sub_block = 0; sub_block < 8; ++sub_block, out += 32) {
      const int low = (load_u8(in + 4 + sub_block / 2) >> (sub_block % 2 * 4)) & 0x0f;
      const int high = (scales_high >> (2 * sub_block)) & 3;
      const float sub_d = d * static_cast<float>((low | high << 4) - 32);
      for (size_t j = 0; j < 16; ++j) {
        const uint8_t byte = load_u8(in + 8 + 16 * sub_block + j);
        out[j] = sub_d * iq4_values[byte & 0x0f];
        out[j + 16] = sub_d * iq4_values[byte >> 4];
      }
    }
  }
}

}  // namespace kinglet::quant
