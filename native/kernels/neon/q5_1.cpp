// Q5_1 without the dot product instructions: d * q + m, with the 5-bit codes as a byte each. To
// gather their fifth bits would double what a block costs.
#include "kernels/neon/products.h"
#include "kernels/neon/table.h"
#include "quant/block32.h"

namespace kinglet::neon {
namespace {

struct Q5_1 : BytesByRow {
  static constexpr size_t file_bytes = quant::q5_1_bytes;

  void pack(size_t row, const std::byte* in) {
    uint8_t codes[q8_block];
    quant::q5_1_codes(codes, in);
    BytesByRow::pack(row, reinterpret_cast<const int8_t*>(codes));
  }

  /// Eight products of 31 * 127 stay below 2^15 (31496), sixteen do not: one addition more than for
  /// 4 bits.
  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    int8x16_t a[2][batch];
    load_block(a, in, index);
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      int16x8_t pairs[batch][2];
      sum_pairs<2>(pairs, a, [&](size_t row, size_t half) { return load(quad * 4 + row, half); });
      for (size_t b = 0; b < batch; ++b) {
        add(b, quad, vpaddq_s32(vpaddlq_s16(pairs[b][0]), vpaddlq_s16(pairs[b][1])));
      }
    }
  }
};

}  // namespace

MatmulKernel q5_1_kernel() { return block_kernel<Affine<Q5_1>>("neon/q5_1"); }

}  // namespace kinglet::neon
