// Formats whose codes are tiny: ternary weights and 4-bit floats.
//
//   tq1_0  qs[48], qh[4], d: 256 weights of {-1, 0, 1}, five (in qh four) to a byte in base 3
//   tq2_0  qs[64], d: the same weights, 2 bits each
//   mxfp4  e, 16 bytes of nibbles: 32 floats e2m1 under a power of two (OCP Microscaling Formats
//          v1.0); the low nibble of byte j is weight j, the high one weight j + 16
#pragma once

#include <cstddef>

#include "quant/format_list.h"

namespace kinglet::quant {

void dequantize_tq1_0(float* out, const std::byte* in, size_t values);
void dequantize_tq2_0(float* out, const std::byte* in, size_t values);
void dequantize_mxfp4(float* out, const std::byte* in, size_t values);

/// FormatInfo::convert.
void tq1_0_to_q8_0(std::byte* out, const std::byte* in, size_t values);
void tq2_0_to_q8_0(std::byte* out, const std::byte* in, size_t values);
void mxfp4_to_q8_0(std::byte* out, const std::byte* in, size_t values);

}  // namespace kinglet::quant
