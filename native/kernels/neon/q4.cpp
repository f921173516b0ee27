// Q4_0 and Q4_1 without the dot product instructions. A file's block is d (half), for Q4_1 also m
// (half), then 16 bytes: byte i holds the 4-bit weight i below and i + 16 above.
#include "block_matmul.h"
#include "neon.h"

namespace kinglet::neon {
namespace {

/// The dots of 4 rows with `batch` activation blocks, lane = row, weights as 0 to 15.
///
/// Sixteen products of 15 * 127 stay below 2^15 (30480), so four rows are summed down to one vector
/// in 16 bits and widened once: 4 additions for 128 products. As in Q8_0 the multiplier sets the
/// pace (16 SMULL or SMLAL).
template <size_t batch>
inline void dot_quad(int32x4_t (&dots)[batch], const uint8_t (*rows)[q8_block / 2],
                     const int8x16_t (&a)[batch][2]) {
  int16x8_t sums[batch][4];
  for (size_t r = 0; r < 4; ++r) {
    const uint8x16_t nibbles = vld1q_u8(rows[r]);
    const int8x16_t w0 = vreinterpretq_s8_u8(vandq_u8(nibbles, vdupq_n_u8(15)));
    const int8x16_t w1 = vreinterpretq_s8_u8(vshrq_n_u8(nibbles, 4));
    for (size_t b = 0; b < batch; ++b) {
      int16x8_t sum = vmull_s8(vget_low_s8(w0), vget_low_s8(a[b][0]));
      sum = vmlal_high_s8(sum, w0, a[b][0]);
      sum = vmlal_s8(sum, vget_low_s8(w1), vget_low_s8(a[b][1]));
      sums[b][r] = vmlal_high_s8(sum, w1, a[b][1]);
    }
  }
  for (size_t b = 0; b < batch; ++b) {
    dots[b] = vpaddlq_s16(
        vpaddq_s16(vpaddq_s16(sums[b][0], sums[b][1]), vpaddq_s16(sums[b][2], sums[b][3])));
  }
}

template <size_t batch>
inline void load_block(int8x16_t (&a)[batch][2], const Inputs<batch>& in, size_t index) {
  for (size_t b = 0; b < batch; ++b) {
    a[b][0] = vld1q_s8(in.values[b] + index * q8_block);
    a[b][1] = vld1q_s8(in.values[b] + index * q8_block + 16);
  }
}

inline float32x4_t quad_of(const uint16_t* halves, size_t quad) {
  return half_to_float(vld1_u16(halves + quad * 4));
}

struct Q4_0 {
  static constexpr size_t file_block_bytes = 18;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    uint8_t nibbles[tile_rows][q8_block / 2];
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    __builtin_memcpy(out.nibbles[row], in + sizeof(uint16_t), q8_block / 2);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    for (size_t i = 0; i < q8_block / 2; ++i) {
      out[i] = scale * static_cast<float>((block.nibbles[row][i] & 15) - 8);
      out[i + q8_block / 2] = scale * static_cast<float>((block.nibbles[row][i] >> 4) - 8);
    }
  }

  /// A weight means nibble - 8; the 8 is taken off once a block, through the activations' sum.
  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    int8x16_t a[batch][2];
    load_block(a, in, index);
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      const float32x4_t scale = quad_of(block.scales, quad);
      int32x4_t dots[batch];
      dot_quad(dots, block.nibbles + quad * 4, a);
      for (size_t b = 0; b < batch; ++b) {
        const int32x4_t dot = vsubq_s32(dots[b], vshlq_n_s32(vld1q_dup_s32(in.sums[b] + index), 3));
        acc[b][quad] =
            vfmaq_n_f32(acc[b][quad], vmulq_f32(vcvtq_f32_s32(dot), scale), in.scales[b][index]);
      }
    }
  }
};

struct Q4_1 {
  static constexpr size_t file_block_bytes = 20;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    uint16_t minima[tile_rows];
    uint8_t nibbles[tile_rows][q8_block / 2];
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    __builtin_memcpy(&out.minima[row], in + sizeof(uint16_t), sizeof(uint16_t));
    __builtin_memcpy(out.nibbles[row], in + 2 * sizeof(uint16_t), q8_block / 2);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    const float minimum = half_at(reinterpret_cast<const std::byte*>(&block.minima[row]));
    for (size_t i = 0; i < q8_block / 2; ++i) {
      out[i] = scale * static_cast<float>(block.nibbles[row][i] & 15) + minimum;
      out[i + q8_block / 2] = scale * static_cast<float>(block.nibbles[row][i] >> 4) + minimum;
    }
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    int8x16_t a[batch][2];
    load_block(a, in, index);
    float sums[batch];
    for (size_t b = 0; b < batch; ++b) {
      sums[b] = static_cast<float>(in.sums[b][index]);
    }
#pragma GCC unroll 2  // or the accumulators are kept in memory
    for (size_t quad = 0; quad < 2; ++quad) {
      const float32x4_t scale = quad_of(block.scales, quad);
      const float32x4_t minimum = quad_of(block.minima, quad);
      int32x4_t dots[batch];
      dot_quad(dots, block.nibbles + quad * 4, a);
      for (size_t b = 0; b < batch; ++b) {
        const float32x4_t dot =
            vfmaq_n_f32(vmulq_f32(vcvtq_f32_s32(dots[b]), scale), minimum, sums[b]);
        acc[b][quad] = vfmaq_n_f32(acc[b][quad], dot, in.scales[b][index]);
      }
    }
  }
};

}  // namespace

MatmulKernel q4_0_kernel() { return block_kernel<Q4_0>("neon/q4_0"); }
MatmulKernel q4_1_kernel() { return block_kernel<Q4_1>("neon/q4_1"); }

}  // namespace kinglet::neon
