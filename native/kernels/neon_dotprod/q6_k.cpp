// Q6_K with SDOT.
#include "kernels/neon_dotprod/dot_tile.h"
#include "kernels/neon_dotprod/table.h"

namespace kinglet::neon_dotprod {
namespace {

struct Q6_KCodes : BytesByFours {
  /// Four rows at a time: the dots of a half and those with scales of all 8, next to the float
  /// sums, would be more than the registers hold.
  template <size_t batch, class Add>
  void multiply(const int8_t (&scales)[2][tile_rows], const Inputs<batch>& in, size_t index,
                Add add) const {
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      int32x4_t dots[batch];
#pragma GCC unroll 2
      for (size_t half = 0; half < 2; ++half) {
        int8x16_t a[batch];
        load_half(a, in, index, half);
        int32x4_t half_dots[batch];
        clear(half_dots);
        add_half(half_dots, quad, half, a);
        const int32x4_t scale = quad_of(scales[half], quad);
        for (size_t b = 0; b < batch; ++b) {
          dots[b] =
              half == 0 ? vmulq_s32(half_dots[b], scale) : vmlaq_s32(dots[b], half_dots[b], scale);
        }
      }
      for (size_t b = 0; b < batch; ++b) add(b, quad, dots[b]);
    }
  }
};

}  // namespace

MatmulKernel q6_k_kernel() { return block_kernel<Q6_K<Q6_KCodes>>("neon_dotprod/q6_k"); }

}  // namespace kinglet::neon_dotprod
