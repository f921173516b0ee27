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

/// As convert_row: exact but for the scale. iq2_xs and iq2_s have a scale for each 16 weights.
void iq1_s_to_q8_0(std::byte* out, const std::byte* in, size_t values);
void iq2_xxs_to_q8_0(std::byte* out, const std::byte* in, size_t values);
void iq3_xxs_to_q8_0(std::byte* out, const std::byte* in, size_t values);
void iq3_s_to_q8_0(std::byte* out, const std::byte* in, size_t values);

void read_iq4_nl(CodeBlock* out, const std::byte* in);
void read_iq4_xs(CodeBlock* out, const std::byte* in);

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
