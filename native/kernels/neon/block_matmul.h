// What the block formats of the Arm tables share: packing tile by tile, and the loops around a
// tile.
//
// A tile is 8 rows of weights; a packed matrix is its tiles in order, a tile its blocks of 32
// columns in order, and what a block looks like is the format's own (`Format::PackedBlock`, the
// same columns of 8 rows). A lane of the accumulators is a row: nothing is ever summed across the
// blocks but by a fused multiply-add into that lane, block after block, so a result cannot depend
// on how many activation rows a tile takes.
//
// Everything is in an anonymous namespace: each source that includes this gets its own copy,
// compiled with its own flags, which the linker cannot merge with another's.
#pragma once

#include <arm_neon.h>

#include <cassert>

#include "../kernels.h"

namespace kinglet::neon {
namespace {

constexpr size_t tile_rows = 8;
constexpr size_t tile_batch = 4;

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

inline float32x4_t half_to_float(uint16x4_t halves) {
  return vcvt_f32_f16(vreinterpret_f16_u16(halves));
}

/// The float that an IEEE half in memory means; `in` needs no alignment.
inline float half_at(const std::byte* in) {
  uint16_t half;
  __builtin_memcpy(&half, in, sizeof half);
  return vgetq_lane_f32(half_to_float(vdup_n_u16(half)), 0);
}

template <class Format>
size_t packed_bytes(size_t rows, size_t cols) {
  return (rows + tile_rows - 1) / tile_rows * (cols / q8_block) *
         sizeof(typename Format::PackedBlock);
}

template <class Format>
void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t rows,
          size_t cols) {
  using PackedBlock = typename Format::PackedBlock;
  assert(row_begin % tile_rows == 0 && row_begin <= row_end && row_end <= rows);
  assert(row_end % tile_rows == 0 || row_end == rows);
  assert(cols % q8_block == 0);
  (void)rows;
  const size_t blocks = cols / q8_block;
  const size_t row_bytes = blocks * Format::file_block_bytes;
  auto* tile = reinterpret_cast<PackedBlock*>(packed) + row_begin / tile_rows * blocks;
  for (size_t row = row_begin; row < row_end; row += tile_rows, tile += blocks) {
    const size_t count = row_end - row < tile_rows ? row_end - row : tile_rows;
    for (size_t block = 0; block < blocks; ++block) {
      if (count < tile_rows) {
        __builtin_memset(&tile[block], 0, sizeof(PackedBlock));
      }
      for (size_t r = 0; r < count; ++r) {
        Format::pack_block(
            tile[block], r,
            in + (row - row_begin + r) * row_bytes + block * Format::file_block_bytes);
      }
    }
  }
}

template <class Format>
void unpack_row(float* out, const std::byte* packed, size_t row, size_t rows, size_t cols) {
  assert(row < rows && cols % q8_block == 0);
  (void)rows;
  const size_t blocks = cols / q8_block;
  const auto* tile =
      reinterpret_cast<const typename Format::PackedBlock*>(packed) + row / tile_rows * blocks;
  for (size_t block = 0; block < blocks; ++block) {
    Format::unpack_block(out + block * q8_block, tile[block], row % tile_rows);
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
    const std::byte* row = activations + b * activation_stride;
    in.values[b] = reinterpret_cast<const int8_t*>(row);
    in.scales[b] = reinterpret_cast<const float*>(row + blocks * q8_block);
    in.sums[b] = reinterpret_cast<const int32_t*>(in.scales[b] + blocks);
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

/// Activation rows that are multiplied with a whole range of weights before the next ones: as many
/// as stay in a share of a second-level cache (512 KiB and more on all of these chips, which four
/// Cortex-A53 or A72 have in common), while a tile of weights stays in the first level.
inline size_t rows_per_pass(size_t activation_stride) {
  const size_t rows = 96 * 1024 / activation_stride / tile_batch * tile_batch;
  return rows < tile_batch ? tile_batch : rows;
}

template <class Format>
void gemm(const MatmulTask& task) {
  assert(task.batch > 0 && task.cols % q8_block == 0);
  assert(task.row_begin % tile_rows == 0 && task.row_begin <= task.row_end);
  assert(task.row_end % tile_rows == 0 || task.row_end == task.rows);
  const size_t blocks = task.cols / q8_block;
  const auto* packed = reinterpret_cast<const typename Format::PackedBlock*>(task.packed);
  const size_t pass = rows_per_pass(task.activation_stride);
  for (size_t begin = 0; begin < task.batch; begin += pass) {
    const size_t end = task.batch - begin < pass ? task.batch : begin + pass;
    for (size_t row = task.row_begin; row < task.row_end; row += tile_rows) {
      const size_t rows_wanted = task.row_end - row < tile_rows ? task.row_end - row : tile_rows;
      const auto* tile = packed + row / tile_rows * blocks;
      for (size_t b = begin; b < end; b += tile_batch) {
        float* out = task.out + b * task.out_stride + row;
        const std::byte* activations = task.activations + b * task.activation_stride;
        const auto run = [&](auto multiply) {
          multiply(out, task.out_stride, rows_wanted, tile, activations, task.activation_stride,
                   blocks);
        };
        switch (end - b) {
          case 1: run(multiply_tile<Format, 1>); break;
          case 2: run(multiply_tile<Format, 2>); break;
          case 3: run(multiply_tile<Format, 3>); break;
          default: run(multiply_tile<Format, tile_batch>); break;
        }
      }
    }
  }
}

template <class Format>
void gemv(const MatmulTask& task) {
  assert(task.batch == 1 && task.cols % q8_block == 0);
  assert(task.row_begin % tile_rows == 0 && task.row_begin <= task.row_end);
  assert(task.row_end % tile_rows == 0 || task.row_end == task.rows);
  const size_t blocks = task.cols / q8_block;
  const auto* packed = reinterpret_cast<const typename Format::PackedBlock*>(task.packed);
  for (size_t row = task.row_begin; row < task.row_end; row += tile_rows) {
    const size_t rows_wanted = task.row_end - row < tile_rows ? task.row_end - row : tile_rows;
    multiply_tile<Format, 1>(task.out + row, task.out_stride, rows_wanted,
                             packed + row / tile_rows * blocks, task.activations,
                             task.activation_stride, blocks);
  }
}

template <class Format>
MatmulKernel block_kernel(const char* name) {
  return {name,         Activation::q8,     tile_rows,    packed_bytes<Format>,
          pack<Format>, unpack_row<Format>, gemv<Format>, gemm<Format>};
}

}  // namespace
}  // namespace kinglet::neon
