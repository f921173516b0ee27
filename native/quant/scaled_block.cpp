#include "quant/scaled_block.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "quant/little_endian.h"

namespace kinglet::quant {
namespace {

constexpr float largest_half = 65504.0f;

bool fits_half(float x) { return half_to_float(float_to_half(x)) == x; }

void double_codes(ScaledBlock& block) {
  block.scale /= 2;
  for (int8_t& code : block.codes) code = static_cast<int8_t>(code * 2);
}

void halve_codes(ScaledBlock& block) {
  block.scale *= 2;
  for (int8_t& code : block.codes) code = static_cast<int8_t>(code / 2);
}

bool can_double(const ScaledBlock& block) {
  return std::all_of(std::begin(block.codes), std::end(block.codes),
                     [](int8_t code) { return code >= -63 && code <= 63; });
}

bool can_halve(const ScaledBlock& block) {
  return std::all_of(std::begin(block.codes), std::end(block.codes),
                     [](int8_t code) { return code % 2 == 0; });
}

}  // namespace

void write_q8_0(std::byte* out, ScaledBlock block) {
  // A scale that is no number stays one: it must show in the logits.
  if (std::isfinite(block.scale)) {
    while (std::fabs(block.scale) > largest_half && can_double(block)) double_codes(block);
    // Below 2^-14 halves lose bits.
    while (std::fabs(block.scale) < 0x1p-14f && !fits_half(block.scale) && can_halve(block)) {
      halve_codes(block);
    }
    if (std::fabs(block.scale) > largest_half) {
      float weights[scaled_values];
      for (size_t i = 0; i < scaled_values; ++i) {
        weights[i] = block.scale * static_cast<float>(block.codes[i]);
      }
      quantize_q8_0(out, weights, scaled_values);
      return;
    }
  }
  store_half(out, block.scale);
  std::transform(std::begin(block.codes), std::end(block.codes), out + 2,
                 [](int8_t code) { return static_cast<std::byte>(code); });
}

}  // namespace kinglet::quant
