// One half of a block of 32 columns times the activation rows of a tile, by SDOT.
//
// A vector of weights holds 4 rows times 4 columns, so SDOT with a lane of the activations gives 4
// rows 4 products each, and a lane stays a row: no sums across lanes, no broadcasts. A Cortex-A76
// starts two SDOTs a cycle and passes an accumulator on after one; two groups of 4 rows times 4
// activation rows are 8 accumulators, and with the 8 of the float sums, 4 vectors of activations
// and the weights they fit the 32 registers. Each load of weights serves 4 SDOTs, each one of
// activations 8.
#pragma once

#include "../neon/block_matmul.h"

namespace kinglet::neon_dotprod {
namespace {

using neon::Accumulators;
using neon::half_at;
using neon::half_to_float;
using neon::Inputs;
using neon::tile_rows;

/// Integer dots of a block: [b][0] rows 0 to 3, [b][1] rows 4 to 7.
template <size_t batch>
using Dots = int32x4_t[batch][2];

template <size_t batch>
inline void clear(Dots<batch>& dots) {
  for (size_t b = 0; b < batch; ++b) dots[b][0] = dots[b][1] = vdupq_n_s32(0);
}

/// The activations of columns 16 * half up to 16 * half + 15 of a block.
template <size_t batch>
inline void load_half(int8x16_t (&a)[batch], const Inputs<batch>& in, size_t block, size_t half) {
  for (size_t b = 0; b < batch; ++b) {
    a[b] = vld1q_s8(in.values[b] + block * q8_block + half * 16);
  }
}

/// Adds columns 4 * lane up to 4 * lane + 3 of a half.
template <int lane, size_t batch>
inline void add_columns(Dots<batch>& dots, int8x16_t low, int8x16_t high,
                        const int8x16_t (&a)[batch]) {
  for (size_t b = 0; b < batch; ++b) {
    dots[b][0] = vdotq_laneq_s32(dots[b][0], low, a[b], lane);
    dots[b][1] = vdotq_laneq_s32(dots[b][1], high, a[b], lane);
  }
}

}  // namespace
}  // namespace kinglet::neon_dotprod
