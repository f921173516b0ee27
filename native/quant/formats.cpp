#include "formats.h"

#include <algorithm>
#include <cassert>

#include "block32.h"
#include "float_formats.h"
#include "iq_quants.h"
#include "k_quants.h"
#include "small_floats.h"

namespace kinglet {
namespace {

using namespace quant;

// clang-format off
constexpr FormatInfo formats[] = {
    // format           name       values   bytes          computed as    dequantize          quantize
    {Format::f32,     "f32",            1, 4,             Format::f32,  dequantize_f32,     nullptr},
    {Format::f16,     "f16",            1, 2,             Format::f16,  dequantize_f16,     nullptr},
    {Format::bf16,    "bf16",           1, 2,             Format::bf16, dequantize_bf16,    nullptr},
    {Format::q4_0,    "q4_0",          32, q4_0_bytes,    Format::q4_0, dequantize_q4_0,    quantize_q4_0},
    {Format::q4_1,    "q4_1",          32, q4_1_bytes,    Format::q4_1, dequantize_q4_1,    quantize_q4_1},
    {Format::q5_0,    "q5_0",          32, q5_0_bytes,    Format::q8_0, dequantize_q5_0,    nullptr},
    {Format::q5_1,    "q5_1",          32, q5_1_bytes,    Format::q8_0, dequantize_q5_1,    nullptr},
    {Format::q8_0,    "q8_0",          32, q8_0_bytes,    Format::q8_0, dequantize_q8_0,    quantize_q8_0},
    {Format::q2_k,    "q2_k",     k_block, q2_k_bytes,    Format::q8_0, dequantize_q2_k,    nullptr},
    {Format::q3_k,    "q3_k",     k_block, q3_k_bytes,    Format::q8_0, dequantize_q3_k,    nullptr},
    {Format::q4_k,    "q4_k",     k_block, q4_k_bytes,    Format::q4_1, dequantize_q4_k,    nullptr},
    {Format::q5_k,    "q5_k",     k_block, q5_k_bytes,    Format::q8_0, dequantize_q5_k,    nullptr},
    {Format::q6_k,    "q6_k",     k_block, q6_k_bytes,    Format::q8_0, dequantize_q6_k,    nullptr},
    {Format::iq1_s,   "iq1_s",    k_block, iq1_s_bytes,   Format::q8_0, dequantize_iq1_s,   nullptr},
    {Format::iq2_xxs, "iq2_xxs",  k_block, iq2_xxs_bytes, Format::q8_0, dequantize_iq2_xxs, nullptr},
    {Format::iq2_xs,  "iq2_xs",   k_block, iq2_xs_bytes,  Format::q8_0, dequantize_iq2_xs,  nullptr},
    {Format::iq2_s,   "iq2_s",    k_block, iq2_s_bytes,   Format::q8_0, dequantize_iq2_s,   nullptr},
    {Format::iq3_xxs, "iq3_xxs",  k_block, iq3_xxs_bytes, Format::q8_0, dequantize_iq3_xxs, nullptr},
    {Format::iq3_s,   "iq3_s",    k_block, iq3_s_bytes,   Format::q8_0, dequantize_iq3_s,   nullptr},
    {Format::iq4_nl,  "iq4_nl",        32, iq4_nl_bytes,  Format::q8_0, dequantize_iq4_nl,  nullptr},
    {Format::iq4_xs,  "iq4_xs",   k_block, iq4_xs_bytes,  Format::q8_0, dequantize_iq4_xs,  nullptr},
    {Format::tq1_0,   "tq1_0",    k_block, tq1_0_bytes,   Format::q8_0, dequantize_tq1_0,   nullptr},
    {Format::tq2_0,   "tq2_0",    k_block, tq2_0_bytes,   Format::q8_0, dequantize_tq2_0,   nullptr},
    {Format::mxfp4,   "mxfp4",         32, mxfp4_bytes,   Format::q8_0, dequantize_mxfp4,   nullptr},
};
// clang-format on

template <typename Predicate>
const FormatInfo* find(Predicate predicate) {
  const auto* row = std::find_if(std::begin(formats), std::end(formats), predicate);
  return row == std::end(formats) ? nullptr : row;
}

}  // namespace

const FormatInfo* find_format(uint32_t number) {
  return find([&](const FormatInfo& row) { return static_cast<uint32_t>(row.format) == number; });
}

const FormatInfo* find_format(std::string_view name) {
  return find([&](const FormatInfo& row) { return row.name == name; });
}

const FormatInfo& format_info(Format format) {
  const FormatInfo* row = find_format(static_cast<uint32_t>(format));
  assert(row != nullptr);
  return *row;
}

void convert_row(std::byte* out, const FormatInfo& from, const std::byte* in, size_t cols,
                 float* scratch) {
  if (from.format == Format::q4_k) {
    q4_k_to_q4_1(out, in, cols);
    return;
  }
  from.dequantize(scratch, in, cols);
  quantize_q8_0(out, scratch, cols);
}

}  // namespace kinglet
