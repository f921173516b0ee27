// The IQ formats: groups of 8 (or 4) weights are points of a fixed codebook, with signs beside
// them; iq4_nl and iq4_xs have 4-bit codes into one table of 16 values instead.
//
//   iq1_s    d, qs[32], qh[8] (uint16)
//   iq2_xxs  d, then 8 times {4 bytes of points, uint32 of signs and scale}
//   iq2_xs   d, qs[32] (uint16: point and signs), scales[8]
//   iq2_s    d, qs[32], signs[32], qh[8], scales[8]
//   iq3_xxs  d, qs[64], 8 uint32 of signs and scale
//   iq3_s    d, qs[64], qh[8], signs[32], scales[4]
//   iq4_nl   d, 16 bytes of nibbles (32 weights)
//   iq4_xs   d, scales_h (uint16), scales_l[4], 128 bytes of nibbles
//
// Kernels know no points: a magnitude and a sign, or one of 16 values, is a code of 4 bits.
#pragma once

#include <cstddef>

#include "quant/code_block.h"
#include "quant/format_list.h"

namespace kinglet::quant {

void dequantize_iq1_s(float* out, const std::byte* in, size_t values);
void dequantize_iq2_xxs(float* out, const std::byte* in, size_t values);
void dequantize_iq2_xs(float* out, const std::byte* in, size_t values);
void dequantize_iq2_s(float* out, const std::byte* in, size_t values);
void dequantize_iq3_xxs(float* out, const std::byte* in, size_t values);
void dequantize_iq3_s(float* out, const std::byte* in, size_t values);
void dequantize_iq4_nl(float* out, const std::byte* in, size_t values);
void dequantize_iq4_xs(float* out, const std::byte* in, size_t values);

void read_iq1_s(CodeBlock* out, const std::byte* in);
void read_iq2_xxs(CodeBlock* out, const std::byte* in);
void read_iq2_xs(CodeBlock* out, const std::byte* in);
void read_iq2_s(CodeBlock* out, const std::byte* in);
void read_iq3_xxs(CodeBlock* out, const std::byte* in);
void read_iq3_s(CodeBlock* out, const std::byte* in);
void read_iq4_nl(CodeBlock* out, const std::byte* in);
void read_iq4_xs(CodeBlock* out, const std::byte* in);

/// A code's upper bit is its sign, the others are what its point has: the place of a magnitude.
/// Scales are odd numbers up to 31.
consteval CodeLayout grid_layout(const int8_t (&magnitudes)[8], size_t integer_scales, float unit,
                                 void (*read)(CodeBlock*, const std::byte*)) {
  CodeLayout layout{.bits = 4, .has_values = true};
  for (size_t i = 0; i < 8; ++i) {
    layout.values[i] = magnitudes[i];
    layout.values[8 + i] = static_cast<int8_t>(-magnitudes[i]);
  }
  layout.unit = unit;
  layout.integer_scales = integer_scales;
  layout.read = read;
  return layout;
}

// Points of 2 bits a weight have no 3.
inline constexpr int8_t iq2_magnitudes[8] = {8, 25, 43};
template <>
inline constexpr CodeLayout code_layout<Format::iq2_xxs> =
    grid_layout(iq2_magnitudes, 1, 1.0f / 8, read_iq2_xxs);
template <>
inline constexpr CodeLayout code_layout<Format::iq2_xs> =
    grid_layout(iq2_magnitudes, 2, 1.0f / 8, read_iq2_xs);
template <>
inline constexpr CodeLayout code_layout<Format::iq2_s> =
    grid_layout(iq2_magnitudes, 2, 1.0f / 8, read_iq2_s);
template <>
inline constexpr CodeLayout code_layout<Format::iq3_xxs> =
    grid_layout({2, 6, 10, 14, 18, 22, 26, 31}, 1, 1.0f / 2, read_iq3_xxs);
template <>
inline constexpr CodeLayout code_layout<Format::iq3_s> =
    grid_layout({1, 3, 5, 7, 9, 11, 13, 15}, 1, 1, read_iq3_s);
/// A weight is a trit and an eighth, or less an eighth, which takes the place of a sign.
template <>
inline constexpr CodeLayout code_layout<Format::iq1_s> = {
    .bits = 4,
    .has_values = true,
    .values = {-7, 1, 9, 0, 0, 0, 0, 0, -9, -1, 7},
    .unit = 1.0f / 8,
    .integer_scales = 1,
    .read = read_iq1_s};

template <>
inline constexpr CodeLayout code_layout<Format::iq4_nl> = {
    .bits = 4,
    .has_values = true,
    .values = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113},
    .read = read_iq4_nl};
template <>
inline constexpr CodeLayout code_layout<Format::iq4_xs> = [] {
  CodeLayout layout = code_layout<Format::iq4_nl>;
  layout.integer_scales = 1;
  layout.read = read_iq4_xs;
  return layout;
}();

}  // namespace kinglet::quant
