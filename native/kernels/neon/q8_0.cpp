// Q8_0 without the dot product instructions: a block is d (half), then 32 signed bytes.
#include "kernels/neon/products.h"
#include "kernels/neon/table.h"
#include "quant/block32.h"

namespace kinglet::neon {
namespace {

struct Q8_0 : BytesByRow {
  static constexpr size_t file_bytes = quant::q8_0_bytes;

  void pack(size_t row, const std::byte* in) {
    BytesByRow::pack(row, reinterpret_cast<const int8_t*>(in + sizeof(uint16_t)));
  }

  /// Two products in 16 bits cannot overflow: 2 * -128 * 127 = -32512. Three could.
  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    int8x16_t a[2][batch];
    load_block(a, in, index);
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      int32x4_t dots[batch][4];
      for (size_t r = 0; r < 4; ++r) {
        const int8x16_t w0 = load(quad * 4 + r, 0), w1 = load(quad * 4 + r, 1);
        for (size_t b = 0; b < batch; ++b) {
          dots[b][r] =
              vpadalq_s16(vpaddlq_s16(neon::multiply(w0, a[0][b])), neon::multiply(w1, a[1][b]));
        }
      }
      for (size_t b = 0; b < batch; ++b) {
        const int32x4_t dot =
            vpaddq_s32(vpaddq_s32(dots[b][0], dots[b][1]), vpaddq_s32(dots[b][2], dots[b][3]));
        add(b, quad, vcvtq_f32_s32(dot));
      }
    }
  }
};

}  // namespace

MatmulKernel q8_0_kernel() { return block_kernel<Scaled<Q8_0>>("neon/q8_0"); }

}  // namespace kinglet::neon
