// How far rounding to a format may move a weight.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "quant/formats.h"

namespace kinglet::test {

/// Calls body(info) for every format that Kinglet quantizes to.
template <typename Body>
void for_each_quantized(Body body) {
  for (const FormatInfo& info : formats()) {
    if (info.quantize == nullptr) continue;
    CAPTURE(info.name);
    body(info);
  }
}

/// The furthest that a weight of a block within [low, high] may lie from what its code means,
/// before the scale itself is rounded. A format that has no bound here fails the test.
inline float largest_rounding(const FormatInfo& info, float low, float high) {
  const float amax = std::max(std::fabs(low), std::fabs(high));
  switch (info.format) {
    case Format::q8_0: return amax / 127 / 2;
    // There is no code for the extreme's opposite, which costs it one whole step.
    case Format::q4_0: return amax / 8;
    case Format::q4_1: return (high - low) / 15 / 2;
    default: FAIL("rounding.h: largest_rounding() has no bound for format ", info.name);
  }
  return 0;
}

}  // namespace kinglet::test
