#include "quant/formats.h"

#include <algorithm>
#include <cassert>

#include "quant/block32.h"
#include "quant/finite.h"
#include "quant/float_formats.h"
#include "quant/iq_quants.h"
#include "quant/k_quants.h"
#include "quant/small_floats.h"

namespace kinglet {
namespace {

using namespace quant;

// clang-format off
constexpr FormatInfo formats[] = {
    // format           name       values   bytes          computed as    dequantize        finite                                         quantize       convert
    {Format::f32,     "f32",            1, 4,             Format::f32,  dequantize_f32,     f32_finite,                                    nullptr,       nullptr},
    {Format::f16,     "f16",            1, 2,             Format::f16,  dequantize_f16,     halves_finite<1, 2, 0>,                        nullptr,       nullptr},
    {Format::bf16,    "bf16",           1, 2,             Format::bf16, dequantize_bf16,    bf16_finite,                                   nullptr,       nullptr},
    {Format::q4_0,    "q4_0",          32, q4_0_bytes,    Format::q4_0, dequantize_q4_0,    halves_finite<32, q4_0_bytes, 0>,              quantize_q4_0, nullptr},
    {Format::q4_1,    "q4_1",          32, q4_1_bytes,    Format::q4_1, dequantize_q4_1,    halves_finite<32, q4_1_bytes, 0, 2>,           quantize_q4_1, nullptr},
    {Format::q5_0,    "q5_0",          32, q5_0_bytes,    Format::q8_0, dequantize_q5_0,    halves_finite<32, q5_0_bytes, 0>,              nullptr,       q5_0_to_q8_0},
    {Format::q5_1,    "q5_1",          32, q5_1_bytes,    Format::q5_1, dequantize_q5_1,    halves_finite<32, q5_1_bytes, 0, 2>,           nullptr,       nullptr},
    {Format::q8_0,    "q8_0",          32, q8_0_bytes,    Format::q8_0, dequantize_q8_0,    halves_finite<32, q8_0_bytes, 0>,              quantize_q8_0, nullptr},
    {Format::q2_k,    "q2_k",     k_block, q2_k_bytes,    Format::q8_0, dequantize_q2_k,    halves_finite<k_block, q2_k_bytes, 80, 82>,    nullptr,       nullptr},
    {Format::q3_k,    "q3_k",     k_block, q3_k_bytes,    Format::q6_k, dequantize_q3_k,    halves_finite<k_block, q3_k_bytes, 108>,       nullptr,       q3_k_to_q6_k},
    {Format::q4_k,    "q4_k",     k_block, q4_k_bytes,    Format::q4_1, dequantize_q4_k,    halves_finite<k_block, q4_k_bytes, 0, 2>,      nullptr,       q4_k_to_q4_1},
    {Format::q5_k,    "q5_k",     k_block, q5_k_bytes,    Format::q5_1, dequantize_q5_k,    halves_finite<k_block, q5_k_bytes, 0, 2>,      nullptr,       q5_k_to_q5_1},
    {Format::q6_k,    "q6_k",     k_block, q6_k_bytes,    Format::q6_k, dequantize_q6_k,    halves_finite<k_block, q6_k_bytes, q6_k_d_at>, nullptr,       nullptr},
    {Format::iq1_s,   "iq1_s",    k_block, iq1_s_bytes,   Format::q8_0, dequantize_iq1_s,   halves_finite<k_block, iq1_s_bytes, 0>,        nullptr,       iq1_s_to_q8_0},
    {Format::iq2_xxs, "iq2_xxs",  k_block, iq2_xxs_bytes, Format::q8_0, dequantize_iq2_xxs, halves_finite<k_block, iq2_xxs_bytes, 0>,      nullptr,       iq2_xxs_to_q8_0},
    {Format::iq2_xs,  "iq2_xs",   k_block, iq2_xs_bytes,  Format::q8_0, dequantize_iq2_xs,  halves_finite<k_block, iq2_xs_bytes, 0>,       nullptr,       nullptr},
    {Format::iq2_s,   "iq2_s",    k_block, iq2_s_bytes,   Format::q8_0, dequantize_iq2_s,   halves_finite<k_block, iq2_s_bytes, 0>,        nullptr,       nullptr},
    {Format::iq3_xxs, "iq3_xxs",  k_block, iq3_xxs_bytes, Format::q8_0, dequantize_iq3_xxs, halves_finite<k_block, iq3_xxs_bytes, 0>,      nullptr,       iq3_xxs_to_q8_0},
    {Format::iq3_s,   "iq3_s",    k_block, iq3_s_bytes,   Format::q8_0, dequantize_iq3_s,   halves_finite<k_block, iq3_s_bytes, 0>,        nullptr,       iq3_s_to_q8_0},
    {Format::iq4_nl,  "iq4_nl",        32, iq4_nl_bytes,  Format::q8_0, dequantize_iq4_nl,  halves_finite<32, iq4_nl_bytes, 0>,            nullptr,       iq4_nl_to_q8_0},
    {Format::iq4_xs,  "iq4_xs",   k_block, iq4_xs_bytes,  Format::q8_0, dequantize_iq4_xs,  halves_finite<k_block, iq4_xs_bytes, 0>,       nullptr,       iq4_xs_to_q8_0},
    {Format::tq1_0,   "tq1_0",    k_block, tq1_0_bytes,   Format::q8_0, dequantize_tq1_0,   halves_finite<k_block, tq1_0_bytes, 52>,       nullptr,       tq1_0_to_q8_0},
    {Format::tq2_0,   "tq2_0",    k_block, tq2_0_bytes,   Format::q8_0, dequantize_tq2_0,   halves_finite<k_block, tq2_0_bytes, 64>,       nullptr,       tq2_0_to_q8_0},
    {Format::mxfp4,   "mxfp4",         32, mxfp4_bytes,   Format::q8_0, dequantize_mxfp4,   mxfp4_finite,                                  nullptr,       mxfp4_to_q8_0},
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
  if (from.convert != nullptr) {
    from.convert(out, in, cols);
    return;
  }
  from.dequantize(scratch, in, cols);
  format_info(from.computed_as).quantize(out, scratch, cols);
}

}  // namespace kinglet
