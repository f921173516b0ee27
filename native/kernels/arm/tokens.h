// The activation rows of a tile's results, and which result is which lane of a register.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/code_tile.h"
#include "kernels/arm/four.h"
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

  [[gnu::always_inline]] Inputs(const std::byte* rows, size_t stride, size_t cols) {
    const Q8Row first = q8_row(rows, cols);
    repeat<batch>([&]<size_t b>() __attribute__((always_inline)) {
      values[b] = moved(first.values, b * stride);
      scales[b] = moved(first.scales, b * stride);
      sums[b] = moved(first.sums, b * stride);
      pair_sums[b] = moved(first.pair_sums, b * stride);
    });
  }

  /// Columns 16 * half up to 16 * half + 15 of a block of 32.
  [[gnu::always_inline]] int8x16_t load(size_t row, size_t block, size_t half) const {
    return vld1q_s8(values[row] + block * q8_block + half * 16);
  }
  [[gnu::always_inline]] float scale(size_t row, size_t block) const { return scales[row][block]; }
  [[gnu::always_inline]] const int32_t* sum(size_t row, size_t block) const {
    return sums[row] + block;
  }
  /// The block's four pair sums.
  [[gnu::always_inline]] const int16_t* pairs(size_t row, size_t block) const {
    return pair_sums[row] + 4 * block;
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
  template <class In>
  static float32x4_t multiply_add(float32x4_t sum, float32x4_t x, const In& in, size_t t,
                                  size_t block) {
    return vfmaq_n_f32(sum, x, in.scale(t, block));
  }
  /// scaled + minimum * sum of the activation's block.
  template <class In>
  static float32x4_t add_minimum(float32x4_t scaled, float32x4_t minimum, const In& in, size_t t,
                                 size_t block) {
    return vfmaq_n_f32(scaled, minimum, static_cast<float>(*in.sum(t, block)));
  }
  /// 16 times the sum of the activation's block.
  template <class In>
  static int32x4_t sixteen_sums(const In& in, size_t t, size_t block) {
    return vshlq_n_s32(vld1q_dup_s32(in.sum(t, block)), 4);
  }
  /// The sum of integer minima times the sums of the two halves of the activation's block.
  template <class In>
  static int32x4_t minima(const int32x4_t (&m)[2], const In& in, size_t t, size_t block) {
    const int32x2_t sums = vpaddl_s16(vld1_s16(in.pairs(t, block)));
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

  template <class In>
  static float32x4_t multiply_add(float32x4_t sum, float32x4_t x, const In& in, size_t t,
                                  size_t block) {
    return vfmaq_f32(sum, x, scales(in, t, block));
  }
  template <class In>
  static float32x4_t add_minimum(float32x4_t scaled, float32x4_t minimum, const In& in, size_t t,
                                 size_t block) {
    return vfmaq_f32(scaled, minimum, vcvtq_f32_s32(sums(in, t, block)));
  }
  template <class In>
  static int32x4_t sixteen_sums(const In& in, size_t t, size_t block) {
    return vshlq_n_s32(sums(in, t, block), 4);
  }
  template <class In>
  static int32x4_t minima(const int32x4_t (&m)[2], const In& in, size_t t, size_t block) {
    const int16x4_t a = vld1_s16(in.pairs(first(t), block));
    const int16x4_t b = vld1_s16(in.pairs(second(t), block));
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
  static float32x4_t scales(const Inputs<batch>& in, size_t t, size_t block) {
    const float32x2_t both =
        vld1_lane_f32(in.scales[second(t)] + block, vld1_dup_f32(in.scales[first(t)] + block), 1);
    return vcombine_f32(both, both);
  }
  template <size_t columns>
  static float32x4_t scales(const Four<columns, 2>& in, size_t t, size_t block) {
    return in.pair_scales(t, block);
  }
  template <class In>
  static int32x4_t sums(const In& in, size_t t, size_t block) {
    const int32x2_t both =
        vld1_lane_s32(in.sum(second(t), block), vld1_dup_s32(in.sum(first(t), block)), 1);
    return vcombine_s32(both, both);
  }
};

}  // namespace
}  // namespace kinglet::arm
