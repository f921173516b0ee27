// Fields of blocks in a file: unaligned, little endian (as every machine that Kinglet builds for).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "quant/half.h"

namespace kinglet {

static inline uint8_t load_u8(const std::byte* in) { return static_cast<uint8_t>(*in); }

static inline uint16_t load_u16(const std::byte* in) {
  uint16_t x;
  std::memcpy(&x, in, sizeof x);
  return x;
}

static inline uint32_t load_u32(const std::byte* in) {
  uint32_t x;
  std::memcpy(&x, in, sizeof x);
  return x;
}

static inline float load_half(const std::byte* in) { return half_to_float(load_u16(in)); }

static inline void store_half(std::byte* out, float x) {
  const uint16_t half = float_to_half(x);
  std::memcpy(out, &half, sizeof half);
}

}  // namespace kinglet
