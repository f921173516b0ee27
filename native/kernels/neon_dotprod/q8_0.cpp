// Q8_0 with SDOT: a block is d (half), then 32 signed bytes.
#include "dot_tile.h"
#include "neon_dotprod.h"

namespace kinglet::neon_dotprod {
namespace {

struct Q8_0 {
  static constexpr size_t file_block_bytes = 34;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    int8_t values[q8_block / 4][tile_rows][4];  // columns in fours, row by row
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    for (size_t four = 0; four < q8_block / 4; ++four) {
      __builtin_memcpy(out.values[four][row], in + sizeof(uint16_t) + 4 * four, 4);
    }
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    for (size_t i = 0; i < q8_block; ++i) {
      out[i] = scale * static_cast<float>(block.values[i / 4][row][i % 4]);
    }
  }

  template <int lane, size_t batch>
  static void add_four(Dots<batch>& dots, const int8_t (*columns)[tile_rows][4],
                       const int8x16_t (&a)[batch]) {
    add_columns<lane>(dots, vld1q_s8(columns[lane][0]), vld1q_s8(columns[lane][4]), a);
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    Dots<batch> dots;
    clear<batch>(dots);
    for (size_t half = 0; half < 2; ++half) {
      int8x16_t a[batch];
      load_half(a, in, index, half);
      const auto* columns = block.values + half * 4;
      add_four<0>(dots, columns, a);
      add_four<1>(dots, columns, a);
      add_four<2>(dots, columns, a);
      add_four<3>(dots, columns, a);
    }
    const uint16x8_t scales = vld1q_u16(block.scales);
    const float32x4_t scale[2] = {half_to_float(vget_low_u16(scales)),
                                  half_to_float(vget_high_u16(scales))};
    for (size_t b = 0; b < batch; ++b) {
      for (size_t quad = 0; quad < 2; ++quad) {
        acc[b][quad] =
            vfmaq_n_f32(acc[b][quad], vmulq_f32(vcvtq_f32_s32(dots[b][quad]), scale[quad]),
                        in.scales[b][index]);
      }
    }
  }
};

}  // namespace

MatmulKernel q8_0_kernel() { return neon::block_kernel<Q8_0>("neon_dotprod/q8_0"); }

}  // namespace kinglet::neon_dotprod
