// One half of a block of 32 columns times the activation rows of a tile, by SDOT.
//
// A vector of weights holds 4 rows times 4 columns, so SDOT with a lane of the activations gives 4
// rows 4 products each, and a lane stays a row: no sums across lanes, no broadcasts. A Cortex-A76
// starts two SDOTs a cycle and passes an accumulator on after one; two groups of 4 rows times 4
// activation rows are 8 accumulators, and with the 8 of the float sums, 4 vectors of activations
// and the weights they fit the 32 registers. Each load of weights serves 4 SDOTs, each one of
// activations 8.
#pragma once

#include "kernels/neon/block_formats.h"

namespace kinglet::neon_dotprod {
namespace {

using neon::Affine;
using neon::block_kernel;
using neon::Inputs;
using neon::load_block;
using neon::load_half;
using neon::Q6_K;
using neon::quad_of;
using neon::Scaled;
using neon::tile_rows;

/// Integer dots of a block: [0] rows 0 to 3, [1] rows 4 to 7.
template <size_t batch>
using Dots = int32x4_t[2][batch];

template <size_t batch>
inline void clear(int32x4_t (&dots)[batch]) {
  for (size_t b = 0; b < batch; ++b) dots[b] = vdupq_n_s32(0);
}

/// Adds columns 4 * lane up to 4 * lane + 3 of a half.
template <int lane, size_t batch>
inline void add_columns(int32x4_t (&dots)[batch], int8x16_t weights, const int8x16_t (&a)[batch]) {
  for (size_t b = 0; b < batch; ++b) dots[b] = vdotq_laneq_s32(dots[b], weights, a[b], lane);
}

/// The codes of formats that keep a byte each, by four columns of four rows.
struct BytesByFours {
  int8_t values[2][q8_block / 4][4][4];  // 4 rows, columns in fours, row by row

  void pack(size_t row, const int8_t* codes) {
    for (size_t four = 0; four < q8_block / 4; ++four) {
      __builtin_memcpy(values[row / 4][four][row % 4], codes + 4 * four, 4);
    }
  }

  int at(size_t row, size_t i) const { return values[row / 4][i / 4][row % 4][i % 4]; }

  /// Adds a half of 4 rows. Weights are loaded in pairs.
  template <size_t batch>
  void add_half(int32x4_t (&dots)[batch], size_t quad, size_t half,
                const int8x16_t (&a)[batch]) const {
    const auto* columns = values[quad] + half * 4;
    const int8x16_t w0 = vld1q_s8(columns[0][0]), w1 = vld1q_s8(columns[1][0]);
    add_columns<0>(dots, w0, a);
    add_columns<1>(dots, w1, a);
    const int8x16_t w2 = vld1q_s8(columns[2][0]), w3 = vld1q_s8(columns[3][0]);
    add_columns<2>(dots, w2, a);
    add_columns<3>(dots, w3, a);
  }

  template <size_t batch>
  void multiply_block(Dots<batch>& dots, const Inputs<batch>& in, size_t index) const {
    clear(dots[0]);
    clear(dots[1]);
    for (size_t half = 0; half < 2; ++half) {
      int8x16_t a[batch];
      load_half(a, in, index, half);
      add_half(dots[0], 0, half, a);
      add_half(dots[1], 1, half, a);
    }
  }
};

}  // namespace
}  // namespace kinglet::neon_dotprod
