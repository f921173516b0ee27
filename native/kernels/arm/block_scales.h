// What the dot products of a block of 32 columns are multiplied with, in the lanes of results.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/code_tile.h"
#include "kernels/arm/repeat.h"

namespace kinglet::arm {
namespace {

inline float32x4_t load_halves(const uint16_t* halves) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(halves)));
}

/// 8 small integers, in quads.
inline void widen(int32x4_t (&out)[2], int8x8_t integers) {
  const int16x8_t all = vmovl_s8(integers);
  out[0] = vmovl_s16(vget_low_s16(all));
  out[1] = vmovl_high_s16(all);
}

/// The halves of a unit, in quads of rows; d times the format's unit.
template <class Tile>
struct UnitScales {
  float32x4_t d[2], m[2];

  explicit UnitScales(const std::byte* unit) {
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      d[quad] = load_halves(Tile::d(unit) + 4 * quad);
      constexpr float times = Tile::layout.unit;
      if constexpr (times != 1) d[quad] = vmulq_n_f32(d[quad], times);
      if constexpr (Tile::layout.has_minima) m[quad] = load_halves(Tile::m(unit) + 4 * quad);
    });
  }
};

/// Of a part. A product of a half and an integer scale is exact in float; where there are two
/// integers, these are kept instead, as factors of the exact dot products of 16 columns.
template <class Tile, class Tokens>
struct BlockScales {
  static constexpr size_t groups = Tokens::groups;
  static constexpr bool by_halves = Tile::layout.integer_scales == 2;
  static constexpr bool has_minima = Tile::layout.has_minima;

  float32x4_t scale[groups], minimum[groups];
  int32x4_t scales[groups][2], minima[groups][2];  // [..][half]

  BlockScales(const UnitScales<Tile>& unit, const std::byte* part) {
    if constexpr (Tile::layout.integer_scales == 1) {
      set_products(scale, unit.d, Tile::integers_of(part, 0));
      if constexpr (has_minima) set_products(minimum, unit.m, Tile::integers_of(part, 1));
    } else {
      Tokens::spread(scale, unit.d);
      if constexpr (has_minima) Tokens::spread(minimum, unit.m);
    }
    if constexpr (by_halves) {
      repeat<2>([&]<size_t half>() __attribute__((always_inline)) {
        const int8x8_t integers = vld1_s8(Tile::integers_of(part, half));
        if constexpr (Tile::shared_integers) {
          const uint8x8_t both = vreinterpret_u8_s8(integers);
          set_integers(scales, half, vreinterpret_s8_u8(vand_u8(both, vdup_n_u8(0x0f))));
          set_integers(minima, half, vreinterpret_s8_u8(vshr_n_u8(both, 4)));
        } else {
          set_integers(scales, half, integers);
        }
      });
    }
  }

  // Between two parts of the memory of blocks that were made ready: [vectors][4 floats or
  // integers].
  static constexpr size_t vectors = groups * (by_halves ? 3 : 1) * (has_minima ? 2 : 1);

  explicit BlockScales(const float* ready) {
    each([&](float32x4_t& x) { x = vld1q_f32(ready), ready += 4; },
         [&](int32x4_t& x) { x = vreinterpretq_s32_f32(vld1q_f32(ready)), ready += 4; });
  }
  void store(float* ready) {
    each([&](float32x4_t& x) { vst1q_f32(ready, x), ready += 4; },
         [&](int32x4_t& x) { vst1q_f32(ready, vreinterpretq_f32_s32(x)), ready += 4; });
  }

 private:
  template <class Floats, class Integers>
  [[gnu::always_inline]] void each(Floats floats, Integers integers) {
    repeat<groups>([&]<size_t g>() __attribute__((always_inline)) {
      floats(scale[g]);
      if constexpr (has_minima) floats(minimum[g]);
      repeat<by_halves ? 2 : 0>([&]<size_t half>() __attribute__((always_inline)) {
        integers(scales[g][half]);
        if constexpr (has_minima) integers(minima[g][half]);
      });
    });
  }

  static void set_products(float32x4_t (&out)[groups], const float32x4_t (&halves)[2],
                           const int8_t* integers) {
    int32x4_t quads[2];
    widen(quads, vld1_s8(integers));
    const float32x4_t products[2] = {vmulq_f32(halves[0], vcvtq_f32_s32(quads[0])),
                                     vmulq_f32(halves[1], vcvtq_f32_s32(quads[1]))};
    Tokens::spread(out, products);
  }

  static void set_integers(int32x4_t (&out)[groups][2], size_t half, int8x8_t integers) {
    int32x4_t quads[2], spread[groups];
    widen(quads, integers);
    Tokens::spread(spread, quads);
    repeat<groups>([&]<size_t g>() __attribute__((always_inline)) { out[g][half] = spread[g]; });
  }
};

}  // namespace
}  // namespace kinglet::arm
