// Products of 8-bit weights and activations without the dot product instructions.
//
// Products stay along the row and are summed across lanes only once for four rows, where weights
// interleaved by row would need each pair of activations broadcast first. What counts is the
// multiplier: a Cortex-A72 starts one SMULL or SMLAL (8 products) a cycle, and only on its first
// pipe. With 16 of them for 128 products, the additions, conversions and unpacking fit on the
// second. So each format sums in 16 bits for as long as its codes allow.
#pragma once

#include "kernels/neon/block_formats.h"

namespace kinglet::neon {
namespace {

/// The codes of formats that keep a byte each, row by row.
struct BytesByRow {
  int8_t values[tile_rows][q8_block];

  void pack(size_t row, const int8_t* codes) { __builtin_memcpy(values[row], codes, q8_block); }
  int at(size_t row, size_t i) const { return values[row][i]; }
  int8x16_t load(size_t row, size_t half) const { return vld1q_s8(values[row] + half * 16); }
};

/// 16 products, two to a lane.
inline int16x8_t multiply(int8x16_t w, int8x16_t a) {
  return vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(a)), w, a);
}

inline int16x8_t multiply_add(int16x8_t sum, int8x16_t w, int8x16_t a) {
  return vmlal_high_s8(vmlal_s8(sum, vget_low_s8(w), vget_low_s8(a)), w, a);
}

/// The products of `halves` * 16 columns of 4 rows, summed up in 16 bits: pairs[b][0] has those of
/// rows 0 and 1 in four lanes each, pairs[b][1] those of rows 2 and 3. weights(row, half) loads.
template <size_t halves, size_t batch, class Weights>
inline void sum_pairs(int16x8_t (&pairs)[batch][2], const int8x16_t (*a)[batch], Weights weights) {
  for (size_t pair = 0; pair < 2; ++pair) {
    int16x8_t sums[batch][2];
    for (size_t r = 0; r < 2; ++r) {
      for (size_t half = 0; half < halves; ++half) {
        const int8x16_t w = weights(2 * pair + r, half);
        for (size_t b = 0; b < batch; ++b) {
          sums[b][r] =
              half == 0 ? multiply(w, a[half][b]) : multiply_add(sums[b][r], w, a[half][b]);
        }
      }
    }
    for (size_t b = 0; b < batch; ++b) pairs[b][pair] = vpaddq_s16(sums[b][0], sums[b][1]);
  }
}

/// The sums of 4 rows, where half of a row's products still fit in 16 bits.
inline int32x4_t sum_quad(const int16x8_t (&pairs)[2]) {
  return vpaddlq_s16(vpaddq_s16(pairs[0], pairs[1]));
}

}  // namespace
}  // namespace kinglet::neon
