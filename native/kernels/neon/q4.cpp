// Q4_0 and Q4_1 without the dot product instructions. A file's block is d (half), for Q4_1 also m
// (half), then 16 bytes: byte i holds the 4-bit weight i below and i + 16 above.
#include "kernels/neon/products.h"
#include "kernels/neon/table.h"
#include "quant/block32.h"

namespace kinglet::neon {
namespace {

struct Nibbles {
  uint8_t bytes[tile_rows][q8_block / 2];

  void pack_nibbles(size_t row, const std::byte* in) {
    __builtin_memcpy(bytes[row], in, q8_block / 2);
  }

  int nibble(size_t row, size_t i) const {
    return i < 16 ? bytes[row][i] & 15 : bytes[row][i - 16] >> 4;
  }

  /// Calls add(b, quad, dots), with weights as 0 to 15. Sixteen products of 15 * 127 stay below
  /// 2^15 (30480): 4 additions for 128 products.
  template <size_t batch, class Add>
  void multiply_nibbles(const Inputs<batch>& in, size_t index, Add add) const {
    int8x16_t a[2][batch];
    load_block(a, in, index);
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      int16x8_t pairs[batch][2];
      sum_pairs<2>(pairs, a, [&](size_t row, size_t half) {
        const uint8x16_t both = vld1q_u8(bytes[quad * 4 + row]);
        return vreinterpretq_s8_u8(half == 0 ? vandq_u8(both, vdupq_n_u8(15))
                                             : vshrq_n_u8(both, 4));
      });
      for (size_t b = 0; b < batch; ++b) add(b, quad, sum_quad(pairs[b]));
    }
  }
};

struct Q4_0 : Nibbles {
  static constexpr size_t file_bytes = quant::q4_0_bytes;

  void pack(size_t row, const std::byte* in) { pack_nibbles(row, in + sizeof(uint16_t)); }
  int at(size_t row, size_t i) const { return nibble(row, i) - 8; }

  /// A weight means nibble - 8; the 8 is taken off once a block, through the activations' sum.
  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    multiply_nibbles(in, index, [&](size_t b, size_t quad, int32x4_t dot) {
      const int32x4_t offset = vshlq_n_s32(vld1q_dup_s32(in.sums[b] + index), 3);
      add(b, quad, vcvtq_f32_s32(vsubq_s32(dot, offset)));
    });
  }
};

struct Q4_1 : Nibbles {
  static constexpr size_t file_bytes = quant::q4_1_bytes;

  void pack(size_t row, const std::byte* in) { pack_nibbles(row, in + 2 * sizeof(uint16_t)); }
  int at(size_t row, size_t i) const { return nibble(row, i); }

  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    multiply_nibbles(in, index, add);
  }
};

}  // namespace

MatmulKernel q4_0_kernel() { return block_kernel<Scaled<Q4_0>>("neon/q4_0"); }
MatmulKernel q4_1_kernel() { return block_kernel<Affine<Q4_1>>("neon/q4_1"); }

}  // namespace kinglet::neon
