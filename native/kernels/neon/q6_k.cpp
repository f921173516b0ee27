// Q6_K without the dot product instructions.
#include "kernels/neon/products.h"
#include "kernels/neon/table.h"

namespace kinglet::neon {
namespace {

struct Q6_KCodes : BytesByRow {
  /// Eight products of -32 * 127 stay above -2^15 (-32512), so that a half's are summed up in 16
  /// bits but for the last addition.
  template <size_t batch, class Add>
  void multiply(const int8_t (&scales)[2][tile_rows], const Inputs<batch>& in, size_t index,
                Add add) const {
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      int32x4_t dots[batch];
#pragma GCC unroll 2
      for (size_t half = 0; half < 2; ++half) {
        int8x16_t a[1][batch];
        load_half(a[0], in, index, half);
        int16x8_t pairs[batch][2];
        sum_pairs<1>(pairs, a, [&](size_t row, size_t) { return load(quad * 4 + row, half); });
        const int32x4_t scale = quad_of(scales[half], quad);
        for (size_t b = 0; b < batch; ++b) {
          const int32x4_t dot = sum_quad(pairs[b]);
          dots[b] = half == 0 ? vmulq_s32(dot, scale) : vmlaq_s32(dots[b], dot, scale);
        }
      }
      for (size_t b = 0; b < batch; ++b) add(b, quad, dots[b]);
    }
  }
};

}  // namespace

MatmulKernel q6_k_kernel() { return block_kernel<Q6_K<Q6_KCodes>>("neon/q6_k"); }

}  // namespace kinglet::neon
