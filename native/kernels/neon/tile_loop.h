// The loops around a tile of weights and a few activation rows, for every matmul of the Arm tables.
// In an anonymous namespace for the reason that block_matmul.h gives.
#pragma once

#include <cassert>

#include "kernels/kernels.h"

namespace kinglet::neon {
namespace {

/// Activation rows that share each load of weights.
constexpr size_t tile_batch = 4;

/// Activation rows that are multiplied with a whole range of weights before the next ones: as many
/// as stay in a share of a second-level cache (512 KiB and more on all of these chips, which four
/// Cortex-A53 or A72 have in common), while a tile of weights stays in the first level.
inline size_t rows_per_pass(size_t activation_stride) {
  const size_t rows = 96 * 1024 / activation_stride / tile_batch * tile_batch;
  return rows < tile_batch ? tile_batch : rows;
}

/// Calls multiply.operator()<batch>(b, row, rows_wanted) for activation rows [b, b + batch) and
/// weight rows [row, row + rows_wanted), until these cover the task; rows_wanted is tile_rows but
/// at the end of the matrix.
template <size_t tile_rows, class Multiply>
inline void for_each_tile(const MatmulTask& task, Multiply multiply) {
  assert(task.batch > 0);
  assert(task.row_begin % tile_rows == 0 && task.row_begin <= task.row_end);
  assert(task.row_end % tile_rows == 0 || task.row_end == task.rows);
  const size_t pass = rows_per_pass(task.activation_stride);
  for (size_t begin = 0; begin < task.batch; begin += pass) {
    const size_t end = task.batch - begin < pass ? task.batch : begin + pass;
    for (size_t row = task.row_begin; row < task.row_end; row += tile_rows) {
      const size_t rows_wanted = task.row_end - row < tile_rows ? task.row_end - row : tile_rows;
      for (size_t b = begin; b < end; b += tile_batch) {
        switch (end - b) {
          case 1: multiply.template operator()<1>(b, row, rows_wanted); break;
          case 2: multiply.template operator()<2>(b, row, rows_wanted); break;
          case 3: multiply.template operator()<3>(b, row, rows_wanted); break;
          default: multiply.template operator()<tile_batch>(b, row, rows_wanted); break;
        }
      }
    }
  }
}

}  // namespace
}  // namespace kinglet::neon
