// Batches of q8 activation rows whose fours are interleaved, as MatmulKernel::interleave says.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace kinglet {

/// Whether a unit's gemm reads a batch of `batch` rows interleaved.
static inline bool reads_fours(const MatmulKernel& kernel, size_t batch) {
  return kernel.interleave != nullptr && batch > q8_four;
}

/// Rows that a buffer for `batch` of them needs: whole fours.
static inline constexpr size_t rows_of_fours(size_t batch) {
  return (batch + q8_four - 1) / q8_four * q8_four;
}

/// Writes a q8 row as row `index` of the `batch` at `rows`. Threads may write different ones at
/// once.
static inline void interleave_row(const MatmulKernel& kernel, std::byte* rows, size_t stride,
                                  size_t index, size_t batch, const std::byte* row, size_t cols) {
  std::byte* const four = rows + index / q8_four * q8_four * stride;
  size_t place = index % q8_four;
  kernel.interleave(four, row, place, cols);
  if (index + 1 < batch) return;
  // The last row fills its four.
  while (++place < q8_four) kernel.interleave(four, row, place, cols);
}

}  // namespace kinglet
