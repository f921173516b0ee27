// What the block formats of the Arm tables share: packing tile by tile, and the loops around a
// tile.
//
// A tile is 8 rows of weights; a packed matrix is its tiles in order, a tile its blocks of
// `Format::columns` columns in order, and what a block looks like is the format's own
// (`Format::PackedBlock`, the same columns of 8 rows). A lane of the accumulators is a row: nothing
// is ever summed across the blocks but by a fused multiply-add into that lane, block after block,
// so a result cannot depend on how many activation rows a tile takes.
//
// Everything is in an anonymous namespace: each source that includes this gets its own copy,
// compiled with its own flags, which the linker cannot merge with another's.
#pragma once

#include <arm_neon.h>

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/neon/tile_loop.h"

namespace kinglet::neon {
namespace {

constexpr size_t tile_rows = 8;

/// Activation rows that share each load of weights: their parts, moving from block to block.
template <size_t batch>
struct Inputs {
  const int8_t* values[batch];
  const float* scales[batch];
  const int32_t* sums[batch];
};

/// 8 rows by `batch` results: [b][0] holds rows 0 to 3, [b][1] rows 4 to 7.
template <size_t batch>
using Accumulators = float32x4_t[batch][2];

/// The activations of columns 16 * half up to 16 * half + 15 of a block of 32.
template <size_t batch>
inline void load_half(int8x16_t (&a)[batch], const Inputs<batch>& in, size_t block, size_t half) {
  for (size_t b = 0; b < batch; ++b) {
    a[b] = vld1q_s8(in.values[b] + block * q8_block + half * 16);
  }
}

template <size_t batch>
inline void load_block(int8x16_t (&a)[2][batch], const Inputs<batch>& in, size_t block) {
  load_half(a[0], in, block, 0);
  load_half(a[1], in, block, 1);
}

template <class Format>
size_t packed_bytes(size_t rows, size_t cols) {
  return (rows + tile_rows - 1) / tile_rows * (cols / Format::columns) *
         sizeof(typename Format::PackedBlock);
}

template <class Format>
void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t rows,
          size_t cols) {
  using PackedBlock = typename Format::PackedBlock;
  assert(row_begin % tile_rows == 0 && row_begin <= row_end && row_end <= rows);
  assert(row_end % tile_rows == 0 || row_end == rows);
  assert(cols % Format::columns == 0);
  (void)rows;
  const size_t blocks = cols / Format::columns;
  const size_t row_bytes = blocks * Format::file_bytes;
  auto* tile = reinterpret_cast<PackedBlock*>(packed) + row_begin / tile_rows * blocks;
  for (size_t row = row_begin; row < row_end; row += tile_rows, tile += blocks) {
    const size_t count = row_end - row < tile_rows ? row_end - row : tile_rows;
    for (size_t block = 0; block < blocks; ++block) {
      if (count < tile_rows) {
        __builtin_memset(&tile[block], 0, sizeof(PackedBlock));
      }
      for (size_t r = 0; r < count; ++r) {
        Format::pack_block(tile[block], r,
                           in + (row - row_begin + r) * row_bytes + block * Format::file_bytes);
      }
    }
  }
}

template <class Format>
void unpack_row(float* out, const std::byte* packed, size_t row, size_t rows, size_t cols) {
  assert(row < rows && cols % Format::columns == 0);
  (void)rows;
  const size_t blocks = cols / Format::columns;
  const auto* tile =
      reinterpret_cast<const typename Format::PackedBlock*>(packed) + row / tile_rows * blocks;
  for (size_t block = 0; block < blocks; ++block) {
    Format::unpack_block(out + block * Format::columns, tile[block], row % tile_rows);
  }
}

/// One tile of weights times `batch` activation rows.
template <class Format, size_t batch>
inline void multiply_tile(float* out, size_t out_stride, size_t rows_wanted,
                          const typename Format::PackedBlock* tile, const std::byte* activations,
                          size_t activation_stride, size_t blocks) {
  Inputs<batch> in;
  Accumulators<batch> acc;
  for (size_t b = 0; b < batch; ++b) {
    const Q8Row parts = q8_row(activations + b * activation_stride, blocks * Format::columns);
    in.values[b] = parts.values;
    in.scales[b] = parts.scales;
    in.sums[b] = parts.sums;
    acc[b][0] = acc[b][1] = vdupq_n_f32(0);
  }
  for (size_t block = 0; block < blocks; ++block) {
    Format::accumulate(acc, tile[block], in, block);
  }
  for (size_t b = 0; b < batch; ++b) {
    float* to = out + b * out_stride;
    if (rows_wanted == tile_rows) {
      vst1q_f32(to, acc[b][0]);
      vst1q_f32(to + 4, acc[b][1]);
    } else {
      float lanes[tile_rows];
      vst1q_f32(lanes, acc[b][0]);
      vst1q_f32(lanes + 4, acc[b][1]);
      __builtin_memcpy(to, lanes, rows_wanted * sizeof(float));
    }
  }
}

/// gemm, and gemv as the case of one activation row: the same code gives the same bits.
template <class Format>
void multiply_all(const MatmulTask& task) {
  assert(task.cols % Format::columns == 0);
  const size_t blocks = task.cols / Format::columns;
  const auto* packed = reinterpret_cast<const typename Format::PackedBlock*>(task.packed);
  for_each_tile<tile_rows>(task, [&]<size_t batch>(size_t b, size_t row, size_t rows_wanted) {
    multiply_tile<Format, batch>(task.out + b * task.out_stride + row, task.out_stride, rows_wanted,
                                 packed + row / tile_rows * blocks,
                                 task.activations + b * task.activation_stride,
                                 task.activation_stride, blocks);
  });
}

template <class Format>
MatmulKernel block_kernel(const char* name) {
  return {.name = name,
          .activation = Activation::q8,
          .row_tile = tile_rows,
          .packed_bytes = packed_bytes<Format>,
          .pack = pack<Format>,
          .unpack_row = unpack_row<Format>,
          .gemv = multiply_all<Format>,
          .gemm = multiply_all<Format>};
}

}  // namespace
}  // namespace kinglet::neon
