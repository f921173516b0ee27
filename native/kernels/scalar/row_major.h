// The scalar packed layout: rows as in a file, one after another.
#pragma once

#include <cassert>
#include <cstring>

#include "kernels/kernels.h"
#include "quant/formats.h"

namespace kinglet::scalar {

template <Format format>
size_t packed_bytes(size_t rows, size_t cols) {
  return rows * row_bytes(format_info(format), cols);
}

template <Format format>
void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t rows,
          size_t cols) {
  assert(row_begin <= row_end && row_end <= rows);
  static_cast<void>(rows);
  const size_t bytes = row_bytes(format_info(format), cols);
  std::memcpy(packed + row_begin * bytes, in, (row_end - row_begin) * bytes);
}

template <Format format>
void unpack_row(float* out, const std::byte* packed, size_t row, size_t rows, size_t cols) {
  assert(row < rows);
  static_cast<void>(rows);
  const FormatInfo& info = format_info(format);
  info.dequantize(out, packed + row * row_bytes(info, cols), cols);
}

/// Calls dot(weight row, activation row) for every output of a task.
template <Format format, typename Dot>
void for_each_output(const MatmulTask& task, Dot dot) {
  assert(task.row_begin <= task.row_end && task.row_end <= task.rows);
  assert(task.out_stride >= task.rows || task.batch == 1);
  const size_t bytes = row_bytes(format_info(format), task.cols);
  for (size_t b = 0; b < task.batch; ++b) {
    const std::byte* activation = task.activations + b * task.activation_stride;
    for (size_t r = task.row_begin; r < task.row_end; ++r) {
      task.out[b * task.out_stride + r] = dot(task.packed + r * bytes, activation, task.cols);
    }
  }
}

}  // namespace kinglet::scalar
