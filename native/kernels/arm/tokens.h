// The activation rows of a tile's results, and which result is which lane of a register.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/code_tile.h"
#include "kernels/arm/repeat.h"

namespace kinglet::arm {
namespace {

/// Activation rows that share each load of weights: their parts.
template <size_t batch>
struct Inputs {
  const int8_t* values[batch];
  const float* scales[batch];
  const int32_t* sums[batch];
  const int16_t* pair_sums[batch];

  /// Rows from block `block` on, as their first. Where there are but `count` of them, the last one
  /// stands for those behind it.
  [[gnu::always_inline]] Inputs(const std::byte* rows, size_t stride, size_t cols,
                                size_t count = batch, size_t block = 0) {
    const Q8Row first = q8_row(rows, cols);
    size_t distance = 0;
    repeat<batch>([&]<size_t b>() __attribute__((always_inline)) {
      values[b] = moved(first.values + block * q8_block, distance);
      scales[b] = moved(first.scales + block, distance);
      sums[b] = moved(first.sums + block, distance);
      pair_sums[b] = moved(first.pair_sums + 4 * block, distance);
      if (b + 1 < count) distance += stride;
    });
  }

  /// Columns 16 * half up to 16 * half + 15 of a block of 32.
  [[gnu::always_inline]] int8x16_t load(size_t b, size_t block, size_t half) const {
    return vld1q_s8(values[b] + block * q8_block + half * 16);
  }

 private:
  template <typename Element>
  static const Element* moved(const Element* array, size_t bytes) {
    return reinterpret_cast<const Element*>(reinterpret_cast<const std::byte*>(array) + bytes);
  }
};

/// A lane is a row: a register of results has four rows of one activation row.
template <size_t activation_rows>
struct SingleTokens {
  static constexpr size_t batch = activation_rows;
  static constexpr size_t count = batch;
  static constexpr size_t groups = 2;  // of rows
  using Results = float32x4_t[count][groups];

  template <class Vector>
  static void spread(Vector (&out)[groups], const Vector (&quads)[2]) {
    out[0] = quads[0];
    out[1] = quads[1];
  }

  /// sum + x * scale of the activation's block.
  static float32x4_t multiply_add(float32x4_t sum, float32x4_t x, const Inputs<batch>& in, size_t t,
                                  size_t block) {
    return vfmaq_n_f32(sum, x, in.scales[t][block]);
  }
  /// scaled + minimum * sum of the activation's block.
  static float32x4_t add_minimum(float32x4_t scaled, float32x4_t minimum, const Inputs<batch>& in,
                                 size_t t, size_t block) {
    return vfmaq_n_f32(scaled, minimum, static_cast<float>(in.sums[t][block]));
  }
  /// 16 times the sum of the activation's block.
  static int32x4_t sixteen_sums(const Inputs<batch>& in, size_t t, size_t block) {
    return vshlq_n_s32(vld1q_dup_s32(in.sums[t] + block), 4);
  }
  /// The sum of integer minima times the sums of the two halves of the activation's block.
  static int32x4_t minima(const int32x4_t (&m)[2], const Inputs<batch>& in, size_t t,
                          size_t block) {
    const int32x2_t sums = vpaddl_s16(vld1_s16(in.pair_sums[t] + 4 * block));
    return vmlaq_lane_s32(vmulq_lane_s32(m[0], sums, 0), m[1], sums, 1);
  }

  /// Writes the results of a tile's rows: [batch][stride] floats.
  static void store(float* to, size_t stride, const Results& results) {
    repeat<batch>([&]<size_t b>() __attribute__((always_inline)) {
      vst1q_f32(to + b * stride, results[b][0]);
      vst1q_f32(to + b * stride + 4, results[b][1]);
    });
  }
};

/// Two rows of two activation rows are a register of results, the first row's first. Where there is
/// an activation row too few it counts twice.
template <size_t activation_rows>
struct PairedTokens {
  static constexpr size_t batch = activation_rows;
  static constexpr size_t count = (batch + 1) / 2;
  static constexpr size_t groups = 4;
  using Results = float32x4_t[count][groups];

  static constexpr size_t first(size_t t) { return 2 * t; }
  static constexpr size_t second(size_t t) { return 2 * t + 1 < batch ? 2 * t + 1 : 2 * t; }

  static void spread(float32x4_t (&out)[groups], const float32x4_t (&quads)[2]) {
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      out[2 * quad] = vzip1q_f32(quads[quad], quads[quad]);
      out[2 * quad + 1] = vzip2q_f32(quads[quad], quads[quad]);
    });
  }
  static void spread(int32x4_t (&out)[groups], const int32x4_t (&quads)[2]) {
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      out[2 * quad] = vzip1q_s32(quads[quad], quads[quad]);
      out[2 * quad + 1] = vzip2q_s32(quads[quad], quads[quad]);
    });
  }

  static float32x4_t multiply_add(float32x4_t sum, float32x4_t x, const Inputs<batch>& in, size_t t,
                                  size_t block) {
    return vfmaq_f32(sum, x, pair(in.scales[first(t)] + block, in.scales[second(t)] + block));
  }
  static float32x4_t add_minimum(float32x4_t scaled, float32x4_t minimum, const Inputs<batch>& in,
                                 size_t t, size_t block) {
    return vfmaq_f32(scaled, minimum, vcvtq_f32_s32(sums(in, t, block)));
  }
  static int32x4_t sixteen_sums(const Inputs<batch>& in, size_t t, size_t block) {
    return vshlq_n_s32(sums(in, t, block), 4);
  }
  static int32x4_t minima(const int32x4_t (&m)[2], const Inputs<batch>& in, size_t t,
                          size_t block) {
    const int16x4_t a = vld1_s16(in.pair_sums[first(t)] + 4 * block);
    const int16x4_t b = vld1_s16(in.pair_sums[second(t)] + 4 * block);
    const int32x4_t halves = vpaddlq_s16(vcombine_s16(a, b));  // of a, then of b
    const int32x4_t first_halves = vuzp1q_s32(halves, halves);
    const int32x4_t second_halves = vuzp2q_s32(halves, halves);
    return vmlaq_s32(vmulq_s32(m[0], first_halves), m[1], second_halves);
  }

  static void store(float* to, size_t stride, const Results& results) {
    repeat<count>([&]<size_t t>() __attribute__((always_inline)) {
      repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
        const float32x4_t low = results[t][2 * quad], high = results[t][2 * quad + 1];
        vst1q_f32(to + first(t) * stride + 4 * quad, vuzp1q_f32(low, high));
        if constexpr (second(t) != first(t)) {
          vst1q_f32(to + second(t) * stride + 4 * quad, vuzp2q_f32(low, high));
        }
      });
    });
  }

 private:
  static float32x4_t pair(const float* a, const float* b) {
    const float32x2_t both = vld1_lane_f32(b, vld1_dup_f32(a), 1);
    return vcombine_f32(both, both);
  }
  static int32x4_t sums(const Inputs<batch>& in, size_t t, size_t block) {
    const int32x2_t both =
        vld1_lane_s32(in.sums[second(t)] + block, vld1_dup_s32(in.sums[first(t)] + block), 1);
    return vcombine_s32(both, both);
  }
};

}  // namespace
}  // namespace kinglet::arm
