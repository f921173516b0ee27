#include "quant/iq_quants.h"

#include "quant/iq_grids.h"
#include "quant/little_endian.h"

namespace kinglet::quant {
namespace {

constexpr size_t k_block = 256;
static_assert(iq1_s_values == k_block && iq2_xxs_values == k_block && iq2_xs_values == k_block &&
              iq2_s_values == k_block && iq3_xxs_values == k_block && iq3_s_values == k_block &&
              iq4_xs_values == k_block && iq4_nl_values == code_columns);

// 7 bits are the signs of 7 weights; the eighth makes the number of minuses even.
uint8_t even_signs(uint32_t seven_bits) {
  uint32_t parity = seven_bits ^ (seven_bits >> 4);
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return static_cast<uint8_t>(seven_bits | (parity & 1u) << 7);
}

// Writes the codes of a point of `weights` weights: see grid_layout.
template <size_t weights>
uint8_t* read_point(uint8_t* out, uint16_t point, uint8_t signs) {
  constexpr size_t bits = 16 / weights;
  for (size_t i = 0; i < weights; ++i) {
    const unsigned magnitude = (point >> (bits * i)) & ((1u << bits) - 1);
    *out++ = static_cast<uint8_t>(magnitude | ((signs >> i) & 1u) << 3);
  }
  return out;
}

// A block of such codes under scales of 2 * n + 1.
CodeBlock block_of(uint16_t d, int n, int second_n) {
  return {.codes = {},
          .scales = {static_cast<int8_t>(2 * n + 1), static_cast<int8_t>(2 * second_n + 1)},
          .minima = {},
          .d = d,
          .m = 0};
}

// The first half of 32 codes are low nibbles.
void read_nibbles(uint8_t* out, const std::byte* nibbles) {
  for (size_t j = 0; j < 16; ++j) {
    const uint8_t byte = load_u8(nibbles + j);
    out[j] = byte & 0x0f;
    out[j + 16] = byte >> 4;
  }
}

}  // namespace

void read_iq1_s(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint16_t qh = load_u16(in + 34 + 2 * sub_block);
    const int scale = (qh >> 12) & 7;
    *out = block_of(load_u16(in), scale, scale);
    uint8_t* codes = out->codes;
    for (size_t group = 0; group < 4; ++group) {
      const size_t high = (qh >> (3 * group)) & 7;
      const uint16_t point = iq1_s_grid[load_u8(in + 2 + 4 * sub_block + group) | high << 8];
      codes = read_point<8>(codes, point, qh & 0x8000 ? 0xff : 0);
    }
  }
}

void read_iq2_xxs(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const std::byte* points = in + 2 + 8 * sub_block;
    const uint32_t signs_scale = load_u32(points + 4);
    const auto scale = static_cast<int>(signs_scale >> 28);
    *out = block_of(load_u16(in), scale, scale);
    uint8_t* codes = out->codes;
    for (size_t group = 0; group < 4; ++group) {
      const uint8_t signs = even_signs((signs_scale >> (7 * group)) & 0x7f);
      codes = read_point<8>(codes, iq2_xxs_grid[load_u8(points + group)], signs);
    }
  }
}

void read_iq2_xs(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint8_t scales = load_u8(in + 66 + sub_block);
    *out = block_of(load_u16(in), scales & 0x0f, scales >> 4);
    uint8_t* codes = out->codes;
    for (size_t group = 4 * sub_block; group < 4 * sub_block + 4; ++group) {
      const uint16_t code = load_u16(in + 2 + 2 * group);
      codes = read_point<8>(codes, iq2_xs_grid[code & 511], even_signs(code >> 9));
    }
  }
}

void read_iq2_s(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint8_t scales = load_u8(in + 74 + sub_block);
    *out = block_of(load_u16(in), scales & 0x0f, scales >> 4);
    uint8_t* codes = out->codes;
    for (size_t i = 0; i < 4; ++i) {  // groups of 8 weights
      const size_t group = 4 * sub_block + i;
      const size_t high = (load_u8(in + 66 + sub_block) >> (2 * i)) & 3;
      const uint16_t point = iq2_s_grid[load_u8(in + 2 + group) | high << 8];
      codes = read_point<8>(codes, point, load_u8(in + 34 + group));
    }
  }
}

void read_iq3_xxs(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const uint32_t signs_scale = load_u32(in + 66 + 4 * sub_block);
    const auto scale = static_cast<int>(signs_scale >> 28);
    *out = block_of(load_u16(in), scale, scale);
    uint8_t* codes = out->codes;
    for (size_t group = 0; group < 8; ++group) {  // of 4 weights
      const uint8_t pair_signs = even_signs((signs_scale >> (7 * (group / 2))) & 0x7f);
      const auto signs = static_cast<uint8_t>(pair_signs >> (4 * (group % 2)));
      const uint8_t point = load_u8(in + 2 + 8 * sub_block + group);
      codes = read_point<4>(codes, iq3_xxs_grid[point], signs);
    }
  }
}

void read_iq3_s(CodeBlock* out, const std::byte* in) {
  for (size_t sub_block = 0; sub_block < 8; ++sub_block, ++out) {
    const int scale = (load_u8(in + 106 + sub_block / 2) >> (sub_block % 2 * 4)) & 0x0f;
    *out = block_of(load_u16(in), scale, scale);
    uint8_t* codes = out->codes;
    for (size_t i = 0; i < 8; ++i) {  // groups of 4 weights
      const size_t group = 8 * sub_block + i;
      const size_t high = (load_u8(in + 66 + sub_block) >> i) & 1;
      const auto signs = static_cast<uint8_t>(load_u8(in + 74 + group / 2) >> (4 * (group % 2)));
      const uint16_t point = iq3_s_grid[load_u8(in + 2 + group) | high << 8];
      codes = read_point<4>(codes, point, signs);
    }
  }
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

void dequantize_iq1_s(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq1_s>(out, in, values);
}

void dequantize_iq2_xxs(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq2_xxs>(out, in, values);
}

void dequantize_iq2_xs(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq2_xs>(out, in, values);
}

void dequantize_iq2_s(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq2_s>(out, in, values);
}

void dequantize_iq3_xxs(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq3_xxs>(out, in, values);
}

void dequantize_iq3_s(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq3_s>(out, in, values);
}

void dequantize_iq4_nl(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq4_nl>(out, in, values);
}

void dequantize_iq4_xs(float* out, const std::byte* in, size_t values) {
  dequantize_blocks<Format::iq4_xs>(out, in, values);
}

}  // namespace kinglet::quant
