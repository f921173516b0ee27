// The K-quants: 256 weights under a half scale d (and half dmin), in sub-blocks that have small
// integer scales (and minima) of their own.
//
//   q2_k  scales[16] (low nibble scale, high nibble minimum), qs[64], d, dmin
//   q3_k  hmask[32], qs[64], scales[12] (6 bits each), d
//   q4_k  d, dmin, scales[12] (6-bit scales and minima of 8 sub-blocks), qs[128]
//   q5_k  d, dmin, scales[12], qh[32], qs[128]
//   q6_k  ql[128], qh[64], scales[16] (int8), d
//
// Minima are subtracted: a CodeBlock has -dmin.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/code_block.h"
#include "quant/format_list.h"

namespace kinglet::quant {

inline constexpr size_t k_block = 256;

void dequantize_q2_k(float* out, const std::byte* in, size_t values);
void dequantize_q3_k(float* out, const std::byte* in, size_t values);
void dequantize_q4_k(float* out, const std::byte* in, size_t values);
void dequantize_q5_k(float* out, const std::byte* in, size_t values);
void dequantize_q6_k(float* out, const std::byte* in, size_t values);

void read_q2_k(CodeBlock* out, const std::byte* in);
void read_q3_k(CodeBlock* out, const std::byte* in);
void read_q4_k(CodeBlock* out, const std::byte* in);
void read_q5_k(CodeBlock* out, const std::byte* in);
void read_q6_k(CodeBlock* out, const std::byte* in);

template <>
inline constexpr CodeLayout code_layout<Format::q2_k> = {
    .bits = 2, .integer_scales = 2, .has_minima = true, .read = read_q2_k};
template <>
inline constexpr CodeLayout code_layout<Format::q3_k> = {
    .bits = 3, .offset = 4, .integer_scales = 2, .read = read_q3_k};
template <>
inline constexpr CodeLayout code_layout<Format::q4_k> = {
    .bits = 4, .integer_scales = 1, .has_minima = true, .read = read_q4_k};
template <>
inline constexpr CodeLayout code_layout<Format::q5_k> = {
    .bits = 5, .integer_scales = 1, .has_minima = true, .read = read_q5_k};
template <>
inline constexpr CodeLayout code_layout<Format::q6_k> = {
    .bits = 6, .offset = 32, .integer_scales = 2, .read = read_q6_k};

}  // namespace kinglet::quant
