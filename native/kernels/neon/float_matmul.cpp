// F32, F16 and BF16 weights times float activations.
//
// A tile is 16 rows, interleaved column by column, so that a lane is a row and there is nothing to
// sum across lanes. Four vectors of accumulators for one activation row are enough to keep one of
// these chips busy while it decodes, which waits for memory anyway, and 16 of them, for four
// activation rows, cover the latency of the multiply-add (4 cycles on a Cortex-A76, 7 on an A72)
// times two pipes while it prefills. Columns are added in their order, whatever the tile.
#include <arm_neon.h>

#include <cassert>

#include "kernels/neon/neon.h"
#include "kernels/neon/tile_loop.h"

namespace kinglet::neon {
namespace {

constexpr size_t tile_rows = 16;
constexpr size_t tile_vectors = tile_rows / 4;

struct F32 {
  using Element = float;
  static void load(float32x4_t (&w)[tile_vectors], const float* in) {
    for (size_t v = 0; v < tile_vectors; ++v) w[v] = vld1q_f32(in + 4 * v);
  }
  static float at(float in) { return in; }
};

struct F16 {
  using Element = uint16_t;
  static void load(float32x4_t (&w)[tile_vectors], const uint16_t* in) {
    for (size_t v = 0; v < tile_vectors; v += 2) {
      const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(in + 4 * v));
      w[v] = vcvt_f32_f16(vget_low_f16(halves));
      w[v + 1] = vcvt_high_f32_f16(halves);
    }
  }
  static float at(uint16_t in) {
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(in))), 0);
  }
};

struct Bf16 {
  using Element = uint16_t;
  static void load(float32x4_t (&w)[tile_vectors], const uint16_t* in) {
    for (size_t v = 0; v < tile_vectors; v += 2) {
      const uint16x8_t upper = vld1q_u16(in + 4 * v);
      w[v] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(upper), 16));
      w[v + 1] = vreinterpretq_f32_u32(vshll_high_n_u16(upper, 16));
    }
  }
  static float at(uint16_t in) {
    return vgetq_lane_f32(vreinterpretq_f32_u32(vdupq_n_u32(static_cast<uint32_t>(in) << 16)), 0);
  }
};

template <class Format>
size_t packed_bytes(size_t rows, size_t cols) {
  return (rows + tile_rows - 1) / tile_rows * tile_rows * cols * sizeof(typename Format::Element);
}

template <class Format>
void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end, size_t rows,
          size_t cols) {
  using Element = typename Format::Element;
  assert(row_begin % tile_rows == 0 && row_begin <= row_end && row_end <= rows);
  assert(row_end % tile_rows == 0 || row_end == rows);
  (void)rows;
  for (size_t row = row_begin; row < row_end; row += tile_rows) {
    auto* tile = reinterpret_cast<Element*>(packed) + row * cols;
    const size_t count = row_end - row < tile_rows ? row_end - row : tile_rows;
    if (count < tile_rows) {
      __builtin_memset(tile, 0, tile_rows * cols * sizeof(Element));
    }
    for (size_t r = 0; r < count; ++r) {
      const std::byte* from = in + (row - row_begin + r) * cols * sizeof(Element);
      for (size_t c = 0; c < cols; ++c) {
        __builtin_memcpy(tile + c * tile_rows + r, from + c * sizeof(Element), sizeof(Element));
      }
    }
  }
}

template <class Format>
void unpack_row(float* out, const std::byte* packed, size_t row, size_t rows, size_t cols) {
  assert(row < rows);
  (void)rows;
  const auto* tile = reinterpret_cast<const typename Format::Element*>(packed) +
                     row / tile_rows * tile_rows * cols;
  for (size_t c = 0; c < cols; ++c) {
    out[c] = Format::at(tile[c * tile_rows + row % tile_rows]);
  }
}

template <size_t batch>
using Accumulators = float32x4_t[batch][tile_vectors];

/// One column out of four whose activations are loaded.
template <class Format, size_t batch, int lane>
inline void add_column(Accumulators<batch>& acc, const typename Format::Element* column,
                       const float32x4_t (&x)[batch]) {
  float32x4_t w[tile_vectors];
  Format::load(w, column);
  for (size_t b = 0; b < batch; ++b) {
    for (size_t v = 0; v < tile_vectors; ++v) {
      acc[b][v] = vfmaq_laneq_f32(acc[b][v], w[v], x[b], lane);
    }
  }
}

template <class Format, size_t batch>
inline void multiply_tile(float* out, size_t out_stride, size_t rows_wanted,
                          const typename Format::Element* tile, const std::byte* activations,
                          size_t activation_stride, size_t cols) {
  const float* in[batch];
  Accumulators<batch> acc;
  for (size_t b = 0; b < batch; ++b) {
    in[b] = reinterpret_cast<const float*>(activations + b * activation_stride);
    for (size_t v = 0; v < tile_vectors; ++v) acc[b][v] = vdupq_n_f32(0);
  }
  size_t c = 0;
  for (; c + 4 <= cols; c += 4, tile += 4 * tile_rows) {
    float32x4_t x[batch];
    for (size_t b = 0; b < batch; ++b) x[b] = vld1q_f32(in[b] + c);
    add_column<Format, batch, 0>(acc, tile, x);
    add_column<Format, batch, 1>(acc, tile + tile_rows, x);
    add_column<Format, batch, 2>(acc, tile + 2 * tile_rows, x);
    add_column<Format, batch, 3>(acc, tile + 3 * tile_rows, x);
  }
  for (; c < cols; ++c, tile += tile_rows) {
    float32x4_t x[batch];
    for (size_t b = 0; b < batch; ++b) x[b] = vld1q_dup_f32(in[b] + c);
    add_column<Format, batch, 0>(acc, tile, x);
  }
#pragma GCC unroll 4  // or the accumulators are kept in memory
  for (size_t b = 0; b < batch; ++b) {
    float lanes[tile_rows];
    float* to = rows_wanted == tile_rows ? out + b * out_stride : lanes;
    for (size_t v = 0; v < tile_vectors; ++v) vst1q_f32(to + 4 * v, acc[b][v]);
    if (rows_wanted < tile_rows) {
      __builtin_memcpy(out + b * out_stride, lanes, rows_wanted * sizeof(float));
    }
  }
}

/// gemm, and gemv as the case of one activation row: the same code gives the same bits.
template <class Format>
void multiply_all(const MatmulTask& task) {
  const auto* packed = reinterpret_cast<const typename Format::Element*>(task.packed);
  for_each_tile<tile_rows>(task, [&]<size_t batch>(size_t b, size_t row, size_t rows_wanted) {
    multiply_tile<Format, batch>(task.out + b * task.out_stride + row, task.out_stride, rows_wanted,
                                 packed + row * task.cols,
                                 task.activations + b * task.activation_stride,
                                 task.activation_stride, task.cols);
  });
}

template <class Format>
MatmulKernel float_kernel(const char* name) {
  return {.name = name,
          .activation = Activation::f32,
          .row_tile = tile_rows,
          .packed_bytes = packed_bytes<Format>,
          .pack = pack<Format>,
          .unpack_row = unpack_row<Format>,
          .gemv = multiply_all<Format>,
          .gemm = multiply_all<Format>};
}

}  // namespace

MatmulKernel f32_kernel() { return float_kernel<F32>("neon/f32"); }
MatmulKernel f16_kernel() { return float_kernel<F16>("neon/f16"); }
MatmulKernel bf16_kernel() { return float_kernel<Bf16>("neon/bf16"); }

}  // namespace kinglet::neon
