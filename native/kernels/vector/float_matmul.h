// Matrix products of float formats, for a vector type V and the weights' element type.
//
// A tile is V::lanes weight rows, [cols][lanes] elements: lane = row, and each dot product is one
// chain of fused multiply-adds in column order, whatever else is computed beside it. Several tiles
// and several activation rows are in flight to hide the latency of the chain.
#pragma once

#include <cassert>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/vector/vector_type.h"
#include "quant/half.h"

namespace kinglet::vector {

static inline float element_to_float(float x) { return x; }
static inline float element_to_float(uint16_t x) { return half_to_float(x); }
static inline float element_to_float(Bfloat16 x) { return bfloat_to_float(x.bits); }

template <VectorType V, class Element>
struct FloatMatmul {
  using F = typename V::F;
  static constexpr size_t rows = V::lanes;
  static constexpr size_t pack_columns = 128;

  static const Element* tile(const std::byte* packed, size_t row, size_t cols) {
    return reinterpret_cast<const Element*>(packed) + row / rows * rows * cols;
  }
  static size_t packed_bytes(size_t matrix_rows, size_t cols) {
    return (matrix_rows + rows - 1) / rows * rows * cols * sizeof(Element);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t matrix_rows, size_t cols) {
    assert(row_begin % rows == 0 && (row_end % rows == 0 || row_end == matrix_rows));
    static_cast<void>(matrix_rows);
    for (size_t first = row_begin; first < row_end; first += rows) {
      std::byte* out = packed + first * cols * sizeof(Element);
      const size_t count = row_end - first < rows ? row_end - first : rows;
      if (count < rows) std::memset(out, 0, rows * cols * sizeof(Element));
      // In pieces that stay in the L1 cache: each row writes to every line of a piece.
      for (size_t begin = 0; begin < cols; begin += pack_columns) {
        const size_t end = cols - begin < pack_columns ? cols : begin + pack_columns;
        for (size_t r = 0; r < count; ++r) {
          const std::byte* row = in + r * cols * sizeof(Element);
          for (size_t c = begin; c < end; ++c) {
            std::memcpy(out + (c * rows + r) * sizeof(Element), row + c * sizeof(Element),
                        sizeof(Element));
          }
        }
      }
      in += count * cols * sizeof(Element);
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t matrix_rows,
                         size_t cols) {
    assert(row < matrix_rows);
    static_cast<void>(matrix_rows);
    const Element* elements = tile(packed, row, cols) + row % rows;
    for (size_t c = 0; c < cols; ++c) out[c] = element_to_float(elements[c * rows]);
  }

  template <size_t tiles, size_t columns>
  static void dot(const MatmulTask& task, size_t batch_begin, size_t row) {
    const Element* weights[tiles];
    for (size_t t = 0; t < tiles; ++t) weights[t] = tile(task.packed, row + t * rows, task.cols);
    const float* activations[columns];
    F sums[columns][tiles];
    for (size_t b = 0; b < columns; ++b) {
      activations[b] = reinterpret_cast<const float*>(task.activations +
                                                      (batch_begin + b) * task.activation_stride);
      for (size_t t = 0; t < tiles; ++t) sums[b][t] = V::zero();
    }
    size_t c = 0;
    const size_t whole = task.cols / V::factors * V::factors;
    for (; c < whole; c += V::factors) {
      add_products<V::factors>(sums, weights, activations, c);
    }
    for (; c < task.cols; ++c) add_products<1>(sums, weights, activations, c);
    store(task, sums, batch_begin, row);
  }

  /// `count` columns of weights from `column` on.
  template <size_t count, size_t tiles, size_t columns>
  [[gnu::always_inline]] static void add_products(F (&sums)[columns][tiles],
                                                  const Element* const (&weights)[tiles],
                                                  const float* const (&activations)[columns],
                                                  size_t column) {
    typename V::Factors a[columns];
    for (size_t b = 0; b < columns; ++b) {
      const float* from = activations[b] + column;
      a[b] = count == 1 ? V::load_factor(from) : V::load_factors(from);
    }
#pragma GCC unroll 4
    for (size_t c = 0; c < count; ++c) {
      F w[tiles];
#pragma GCC unroll 8
      for (size_t t = 0; t < tiles; ++t) {
        const Element* from = weights[t] + (column + c) * rows;
        // A gemv waits for memory alone.
        if constexpr (columns == 1 && V::gemv_prefetch > 0) {
          __builtin_prefetch(reinterpret_cast<const std::byte*>(from) + V::gemv_prefetch);
        }
        w[t] = V::load(from);
      }
#pragma GCC unroll 4
      for (size_t b = 0; b < columns; ++b) {
#pragma GCC unroll 8
        for (size_t t = 0; t < tiles; ++t) sums[b][t] = V::fma(w[t], a[b], c, sums[b][t]);
      }
    }
  }

  template <size_t tiles, size_t columns>
  [[gnu::always_inline]] static void store(const MatmulTask& task, const F (&sums)[columns][tiles],
                                           size_t batch_begin, size_t row) {
#pragma GCC unroll 4  // or the accumulators are kept in memory
    for (size_t b = 0; b < columns; ++b) {
      float* out = task.out + (batch_begin + b) * task.out_stride;
      for (size_t t = 0; t < tiles; ++t) {
        const size_t first = row + t * rows;
        if (first + rows <= task.row_end) {
          V::store(out + first, sums[b][t]);
        } else {
          V::store_first(out + first, sums[b][t], task.row_end - first);
        }
      }
    }
  }

  template <size_t tiles>
  static void all_columns(const MatmulTask& task, size_t begin, size_t end, size_t row) {
    constexpr size_t columns = 4;
    size_t b = begin;
    for (; b + columns <= end; b += columns) dot<tiles, columns>(task, b, row);
    switch (end - b) {
      case 3: return dot<tiles, 3>(task, b, row);
      case 2: return dot<tiles, 2>(task, b, row);
      case 1: return dot<tiles, 1>(task, b, row);
      default: return;
    }
  }

  template <size_t tiles>
  static void all_rows(const MatmulTask& task) {
    assert(task.row_begin % rows == 0 && task.row_end <= task.rows);
    const size_t pass = V::rows_per_pass(task.activation_stride);
    for (size_t begin = 0; begin < task.batch; begin += pass) {
      const size_t end = task.batch - begin < pass ? task.batch : begin + pass;
      size_t row = task.row_begin;
      for (; row + tiles * rows <= task.row_end; row += tiles * rows) {
        all_columns<tiles>(task, begin, end, row);
      }
      for (; row < task.row_end; row += rows) all_columns<1>(task, begin, end, row);
    }
  }

  static void gemv(const MatmulTask& task) {
    assert(task.batch == 1);
    all_rows<V::gemv_tiles>(task);
  }
  static void gemm(const MatmulTask& task) {
    if (task.batch == 1) return gemv(task);
    all_rows<V::gemm_tiles>(task);
  }

  static MatmulKernel unit(const char* name) {
    return {.name = name,
            .activation = Activation::f32,
            .row_tile = rows,
            .packed_bytes = packed_bytes,
            .pack = pack,
            .unpack_row = unpack_row,
            .gemv = gemv,
            .gemm = gemm};
  }
};

}  // namespace kinglet::vector
