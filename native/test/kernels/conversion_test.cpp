// Conversions to the formats that kernels compute in.
#include <algorithm>
#include <cmath>
#include <random>

#include "test/kernels/reference_blocks.h"

namespace kinglet::test {
namespace {

/// How far a converted weight may lie from the exact one in 32 weights of its block.
double conversion_bound(const float* weights, Rounding rounds) {
  if (rounds == Rounding::nothing) return 0;
  const auto [low, high] = std::minmax_element(weights, weights + 32);
  const double amax = std::max(std::fabs(*low), std::fabs(*high));
  // A scale is rounded to a half: below the normal ones to a multiple of 2^-24.
  return amax * 0x1p-11 + 128 * 0x1p-25;
}

size_t count_far(const FormatInfo& from, const std::byte* in, size_t cols) {
  const FormatInfo& to = format_info(from.computed_as);
  std::vector<float> exact(cols), converted(cols);
  std::vector<std::byte> out(row_bytes(to, cols));
  from.dequantize(exact.data(), in, cols);
  from.convert(out.data(), in, cols);
  to.dequantize(converted.data(), out.data(), cols);
  size_t far = 0;
  for (size_t block = 0; block < cols; block += 32) {
    const double bound = conversion_bound(&exact[block], from.rounds);
    for (size_t i = block; i < block + 32; ++i) {
      far += !(std::fabs(double{converted[i]} - exact[i]) <= bound);
    }
  }
  return far;
}

template <typename Body>
void for_each_converted(Body body) {
  for (const FormatInfo& from : formats()) {
    if (from.is_computed()) continue;
    CAPTURE(from.name);
    body(from, format_info(from.computed_as));
  }
}

}  // namespace

TEST_CASE("rows convert to the format they are computed in, and round what they say") {
  for_each_converted([](const FormatInfo& from, const FormatInfo& to) {
    CHECK(to.is_computed());
    const ReferenceBlocks reference = reference_blocks(from);
    size_t far = 0;
    for (size_t begin = 0; begin < reference.values.size(); begin += reference_cols) {
      far += count_far(from, reference.raw.data() + row_bytes(from, begin), reference_cols);
    }
    CHECK(far == 0);
  });
}

TEST_CASE("what converts without rounding does so under any scale") {
  std::mt19937 random(13);
  for_each_converted([&](const FormatInfo& from, const FormatInfo& to) {
    if (from.rounds != Rounding::nothing) return;
    const size_t cols = 256;
    std::vector<std::byte> in(row_bytes(from, cols)), out(row_bytes(to, cols));
    for (int round = 0; round < 20000; ++round) {
      for (std::byte& byte : in) byte = static_cast<std::byte>(random());
      from.convert(out.data(), in.data(), cols);
      const bool is_finite = from.finite(in.data(), cols);
      CHECK(to.finite(out.data(), cols) == is_finite);
      if (is_finite) CHECK(count_far(from, in.data(), cols) == 0);
    }
  });
}

TEST_CASE("mxfp4 converts exactly wherever halves reach") {
  const FormatInfo& from = format_info(Format::mxfp4);
  std::mt19937 random(7);
  for (int e = 0; e < 256; ++e) {
    CAPTURE(e);
    for (int round = 0; round < 8; ++round) {
      std::byte block[17];
      for (std::byte& byte : block) byte = static_cast<std::byte>(random());
      block[0] = static_cast<std::byte>(e);
      float exact[32], converted[32];
      std::byte out[34];
      from.dequantize(exact, block, 32);
      from.convert(out, block, 32);
      format_info(Format::q8_0).dequantize(converted, out, 32);
      // The scale is 2^(e - 128). Halves have 2^-24 to 2^15, and codes up to 12 take 2^3 more.
      if (e >= 128 - 24 && e <= 128 + 18) {
        CHECK(std::equal(exact, exact + 32, converted));
      } else {
        // Beyond these weights are rounded anew. Where even that cannot reach, they vanish or
        // become infinite, as in any q8_0, which finite() sees.
        const bool is_finite = format_info(Format::q8_0).finite(out, 32);
        const auto [low, high] = std::minmax_element(exact, exact + 32);
        const float largest = std::max(std::fabs(*low), std::fabs(*high));
        for (size_t i = 0; i < 32; ++i) {
          const float error = std::fabs(converted[i] - exact[i]);
          if (e < 128 - 24) {
            CHECK(error <= 16 * 0x1p-25);
          } else if (is_finite) {
            CHECK(error <= largest * (0.51f / 127 + 0x1p-11f));
          } else {
            CHECK((exact[i] == 0 || !std::isfinite(converted[i])));
          }
        }
        if (e == 128 + 19) CHECK(is_finite);
        if (e > 128 + 24) CHECK((!is_finite || largest == 0));
      }
    }
  }
}

}  // namespace kinglet::test
