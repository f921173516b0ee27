// The K-quants: 256 weights under a half scale d (and half dmin), in sub-blocks that have small
// integer scales (and minima) of their own.
//
//   q2_k  scales[16] (low nibble scale, high nibble minimum), qs[64], d, dmin
//   q3_k  hmask[32], qs[64], scales[12] (6 bits each), d
//   q4_k  d, dmin, scales[12] (6-bit scales and minima of 8 sub-blocks), qs[128]
//   q5_k  d, dmin, scales[12], qh[32], qs[128]
//   q6_k  ql[128], qh[64], scales[16] (int8), d
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/format_list.h"

namespace kinglet::quant {

inline constexpr size_t k_block = 256;

void dequantize_q2_k(float* out, const std::byte* in, size_t values);
void dequantize_q3_k(float* out, const std::byte* in, size_t values);
void dequantize_q4_k(float* out, const std::byte* in, size_t values);
void dequantize_q5_k(float* out, const std::byte* in, size_t values);
void dequantize_q6_k(float* out, const std::byte* in, size_t values);

/// Where the parts of a q6_k block lie.
inline constexpr size_t q6_k_high_at = 128;
inline constexpr size_t q6_k_scales_at = 192;
inline constexpr size_t q6_k_d_at = 208;

/// The 256 codes of a q6_k block, -32..31, in the order of the weights.
void q6_k_codes(int8_t* out, const std::byte* block);

/// Rewrites q4_k blocks as q4_1 blocks with the same codes: each sub-block of 32 gets
/// d * scale and -dmin * minimum, rounded to halves.
void q4_k_to_q4_1(std::byte* out, const std::byte* in, size_t values);
/// The same from q5_k to q5_1.
void q5_k_to_q5_1(std::byte* out, const std::byte* in, size_t values);

/// Rewrites q3_k blocks as q6_k blocks of the same weights, exactly: the scales are integers in
/// both.
void q3_k_to_q6_k(std::byte* out, const std::byte* in, size_t values);

}  // namespace kinglet::quant
