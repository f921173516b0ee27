// sample_q3, the recipe's format: 32 codes of 3 bits, the lowest bits first, then their scale:
// d * (code - 4).
#pragma once

#include <cstddef>

#include "quant/code_block.h"
#include "quant/format_list.h"

namespace kinglet::quant {

void dequantize_sample_q3(float* out, const std::byte* in, size_t values);

void read_sample_q3(CodeBlock* out, const std::byte* in);

template <>
inline constexpr CodeLayout code_layout<Format::sample_q3> = {
    .bits = 3, .offset = 4, .read = read_sample_q3};

}  // namespace kinglet::quant
