// Four activation rows side by side, as the panels of many rows read them: one address instead of
// eight, whole registers of what is multiplied, and LD1 that loads four of them at once.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/kernels.h"

namespace kinglet::arm {
namespace {

/// The arrays of a four, one after the other, in the bytes of four rows of Q8Row:
///   values     [cols / columns][4 rows][columns]
///   scales     [blocks][4 rows], of each pair of rows `copies` times
///   sums       [blocks][4 rows]
///   pair_sums  [blocks][4 rows][4]
/// `columns` of a row are side by side.
template <size_t columns, size_t copies>
struct Four {
  static constexpr size_t batch = q8_four;
  static constexpr size_t block_values = batch * q8_block;
  static constexpr size_t block_scales = batch * copies;
  static constexpr size_t block_pair_sums = batch * 4;
  static_assert(block_values + sizeof(float) * (block_scales + batch) +
                    sizeof(int16_t) * block_pair_sums <=
                batch * (q8_block + 5 * sizeof(float)));

  const int8_t* values;
  const float* scales;
  const int32_t* sums;
  const int16_t* pair_sums;

  /// From block `block` on, as the first.
  [[gnu::always_inline]] Four(const std::byte* four, size_t cols, size_t block = 0) {
    const size_t blocks = cols / q8_block;
    values = reinterpret_cast<const int8_t*>(four);
    scales = reinterpret_cast<const float*>(four + blocks * block_values);
    sums = reinterpret_cast<const int32_t*>(scales + blocks * block_scales);
    pair_sums = reinterpret_cast<const int16_t*>(sums + blocks * batch);
    values += block * block_values;
    scales += block * block_scales;
    sums += block * batch;
    pair_sums += block * block_pair_sums;
  }

  /// Columns columns * i up to columns * (i + 1) - 1 of a block: of the row, and of those behind it
  /// what fills the register.
  [[gnu::always_inline]] int8x16_t load(size_t row, size_t block, size_t i) const {
    return vld1q_s8(values + block * block_values + (i * batch + row) * columns);
  }
  [[gnu::always_inline]] float scale(size_t row, size_t block) const {
    static_assert(copies == 1);
    return scales[block * batch + row];
  }
  /// The scales of rows 2 * pair and 2 * pair + 1, twice.
  [[gnu::always_inline]] float32x4_t pair_scales(size_t pair, size_t block) const {
    static_assert(copies == 2);
    return vld1q_f32(scales + block * block_scales + 4 * pair);
  }
  [[gnu::always_inline]] const int32_t* sum(size_t row, size_t block) const {
    return sums + block * batch + row;
  }
  [[gnu::always_inline]] const int16_t* pairs(size_t row, size_t block) const {
    return pair_sums + block * block_pair_sums + 4 * row;
  }

  /// MatmulKernel::interleave.
  static void write(std::byte* four, const std::byte* row, size_t place, size_t cols) {
    const Four to(four, cols);
    const Q8Row from = q8_row(row, cols);
    auto* values = const_cast<int8_t*>(to.values) + place * columns;
    auto* scales = const_cast<float*>(to.scales) + place / 2 * 2 * copies + place % 2;
    auto* sums = const_cast<int32_t*>(to.sums) + place;
    auto* pair_sums = const_cast<int16_t*>(to.pair_sums) + 4 * place;
    for (size_t i = 0; i < cols / columns; ++i) {
      __builtin_memcpy(values + i * batch * columns, from.values + i * columns, columns);
    }
    for (size_t i = 0; i < cols / q8_block; ++i) {
      for (size_t copy = 0; copy < copies; ++copy) {
        scales[i * block_scales + 2 * copy] = from.scales[i];
      }
      sums[i * batch] = from.sums[i];
      __builtin_memcpy(pair_sums + i * block_pair_sums, from.pair_sums + 4 * i, 8);
    }
  }
};

}  // namespace
}  // namespace kinglet::arm
