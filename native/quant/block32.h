// The formats of 32 weights under one scale. d and m are halves; the low nibble of byte j is weight
// j, the high one weight j + 16; bit j of qh is the fifth bit of weight j.
//
//   q4_0  d, 16 bytes of nibbles             d * (q - 8)
//   q4_1  d, m, 16 bytes of nibbles          d * q + m
//   q5_0  d, qh, 16 bytes of nibbles         d * (q - 16)
//   q5_1  d, m, qh, 16 bytes of nibbles      d * q + m
//   q8_0  d, 32 signed bytes                 d * q
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/code_block.h"
#include "quant/format_list.h"

namespace kinglet::quant {

void dequantize_q4_0(float* out, const std::byte* in, size_t values);
void dequantize_q4_1(float* out, const std::byte* in, size_t values);
void dequantize_q5_0(float* out, const std::byte* in, size_t values);
void dequantize_q5_1(float* out, const std::byte* in, size_t values);
void dequantize_q8_0(float* out, const std::byte* in, size_t values);

void read_q4_0(CodeBlock* out, const std::byte* in);
void read_q4_1(CodeBlock* out, const std::byte* in);
void read_q5_0(CodeBlock* out, const std::byte* in);
void read_q5_1(CodeBlock* out, const std::byte* in);
void read_q8_0(CodeBlock* out, const std::byte* in);

template <>
inline constexpr CodeLayout code_layout<Format::q4_0> = {.bits = 4, .offset = 8, .read = read_q4_0};
template <>
inline constexpr CodeLayout code_layout<Format::q4_1> = {
    .bits = 4, .has_minima = true, .read = read_q4_1};
template <>
inline constexpr CodeLayout code_layout<Format::q5_0> = {
    .bits = 5, .offset = 16, .read = read_q5_0};
template <>
inline constexpr CodeLayout code_layout<Format::q5_1> = {
    .bits = 5, .has_minima = true, .read = read_q5_1};
template <>
inline constexpr CodeLayout code_layout<Format::q8_0> = {
    .bits = 8, .offset = 128, .read = read_q8_0};

/// The rounding rules are ggml's, so that the bytes are those of a file that llama.cpp writes. A
/// block that holds a NaN or an infinity gets a NaN as its scale, and so shows in the logits.
///   q4_0: d = -x / 8 for the x of largest magnitude (the first of them), q = trunc(x / d + 8.5)
///   q4_1: d = (max - min) / 15, m = min, q = trunc((x - min) / d + 0.5)
///   q8_0: d = max |x| / 127, q = x / d with ties away from zero
/// where "/ d" is a product with 1 / d in float, d before it is rounded to a half.
void quantize_q4_0(std::byte* out, const float* in, size_t values);
void quantize_q4_1(std::byte* out, const float* in, size_t values);
void quantize_q8_0(std::byte* out, const float* in, size_t values);

}  // namespace kinglet::quant
