// Floats as integers.
#pragma once

#include <bit>
#include <cstdint>

namespace kinglet {

/// Maps floats to integers in the same order; -0 and +0 to one integer.
inline uint32_t order_key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value + 0.0f);  // -0 + 0 is +0
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

inline float from_order_key(uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}

}  // namespace kinglet
