#include "quant/half.h"

#include <doctest/doctest.h>

#include <cmath>

namespace kinglet::test {

TEST_CASE("halves convert both ways as IEEE 754 says") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float x = half_to_float(half);
    if ((half & 0x7fff) > 0x7c00) {
      CHECK(std::isnan(x));
      CHECK(std::isnan(half_to_float(float_to_half(x))));
    } else if (float_to_half(x) != half) {
      FAIL("half ", bits, " does not survive");
    }
    // Halfway to the next half of the same sign goes to the even one, a little more goes up.
    if ((half & 0x7fff) < 0x7bff) {
      const float next = half_to_float(static_cast<uint16_t>(half + 1));
      const float middle = x + (next - x) / 2;
      const auto even = static_cast<uint16_t>(half + (half & 1));
      if (float_to_half(middle) != even ||
          float_to_half(std::nextafter(middle, next * 2)) != half + 1) {
        FAIL("between halves ", bits, " and ", bits + 1);
      }
    }
  }
  CHECK(float_to_half(65519.996f) == 0x7bff);
  CHECK(float_to_half(65520.0f) == 0x7c00);
  CHECK(float_to_half(-1e30f) == 0xfc00);
  CHECK(float_to_half(1e-30f) == 0);
}

}  // namespace kinglet::test
