// Q8_0 without the dot product instructions: a block is d (half), then 32 signed bytes.
#include "block_matmul.h"
#include "neon.h"

namespace kinglet::neon {
namespace {

struct Q8_0 {
  static constexpr size_t file_block_bytes = 34;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    int8_t values[tile_rows][q8_block];
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    __builtin_memcpy(out.values[row], in + sizeof(uint16_t), q8_block);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    for (size_t i = 0; i < q8_block; ++i) {
      out[i] = scale * static_cast<float>(block.values[row][i]);
    }
  }

  /// Products stay along the row and are summed across lanes only once for four rows: three
  /// pairwise additions for 128 products, where weights interleaved by row would need each pair of
  /// activations broadcast first. What counts is the multiplier: a Cortex-A72 starts one SMULL or
  /// SMLAL (8 products) a cycle, and only on its first pipe. With 16 of them for 128 products, the
  /// other 14 or so instructions (SADDLP, SADALP, ADDP, the float ones) fit on the second.
  ///
  /// Two products in 16 bits cannot overflow: 2 * -128 * 127 = -32512. Three could.
  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    int8x16_t a[batch][2];
    for (size_t b = 0; b < batch; ++b) {
      a[b][0] = vld1q_s8(in.values[b] + index * q8_block);
      a[b][1] = vld1q_s8(in.values[b] + index * q8_block + 16);
    }
    const uint16x8_t scales = vld1q_u16(block.scales);
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      const float32x4_t scale =
          half_to_float(quad == 0 ? vget_low_u16(scales) : vget_high_u16(scales));
      int32x4_t dots[batch][4];
      for (size_t r = 0; r < 4; ++r) {
        const int8_t* row = block.values[quad * 4 + r];
        const int8x16_t w0 = vld1q_s8(row);
        const int8x16_t w1 = vld1q_s8(row + 16);
        for (size_t b = 0; b < batch; ++b) {
          int16x8_t pairs = vmull_s8(vget_low_s8(w0), vget_low_s8(a[b][0]));
          pairs = vmlal_high_s8(pairs, w0, a[b][0]);
          int16x8_t more = vmull_s8(vget_low_s8(w1), vget_low_s8(a[b][1]));
          more = vmlal_high_s8(more, w1, a[b][1]);
          dots[b][r] = vpadalq_s16(vpaddlq_s16(pairs), more);
        }
      }
      for (size_t b = 0; b < batch; ++b) {
        const int32x4_t dot =
            vpaddq_s32(vpaddq_s32(dots[b][0], dots[b][1]), vpaddq_s32(dots[b][2], dots[b][3]));
        acc[b][quad] =
            vfmaq_n_f32(acc[b][quad], vmulq_f32(vcvtq_f32_s32(dot), scale), in.scales[b][index]);
      }
    }
  }
};

}  // namespace

MatmulKernel q8_0_kernel() { return block_kernel<Q8_0>("neon/q8_0"); }

}  // namespace kinglet::neon
