// Q4_0 and Q4_1 with SDOT. A file's block is d (half), for Q4_1 also m (half), then 16 bytes: byte
// i holds the 4-bit weight i below and i + 16 above.
//
// Packed bytes keep these pairs, so the low nibbles of a vector meet lane `four` of the first 16
// activations and its high ones the same lane of the second 16.
#include "dot_tile.h"
#include "neon_dotprod.h"

namespace kinglet::neon_dotprod {
namespace {

/// [columns in fours of the first half][row][4]
using Nibbles = uint8_t[q8_block / 8][tile_rows][4];

inline void pack_nibbles(Nibbles& out, size_t row, const std::byte* in, uint8_t flip) {
  for (size_t i = 0; i < q8_block / 2; ++i) {
    out[i / 4][row][i % 4] = static_cast<uint8_t>(in[i]) ^ flip;
  }
}

template <size_t batch>
inline void load_both_halves(int8x16_t (&low)[batch], int8x16_t (&high)[batch],
                             const Inputs<batch>& in, size_t index) {
  load_half(low, in, index, 0);
  load_half(high, in, index, 1);
}

struct Q4_0 {
  static constexpr size_t file_block_bytes = 18;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    Nibbles nibbles;
  };

  /// A nibble n means n - 8: with its highest bit flipped that is a two's complement number.
  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    pack_nibbles(out.nibbles, row, in + sizeof(uint16_t), 0x88);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    for (size_t i = 0; i < q8_block / 2; ++i) {
      const uint8_t pair = block.nibbles[i / 4][row][i % 4] ^ 0x88;
      out[i] = scale * static_cast<float>((pair & 15) - 8);
      out[i + q8_block / 2] = scale * static_cast<float>((pair >> 4) - 8);
    }
  }

  /// In the upper half of a byte a signed nibble is 16 times itself, at one instruction for either
  /// nibble and without a correction by the activations' sum; the conversion to float takes the 16
  /// off again, exactly.
  template <int four, size_t batch>
  static void add_fours(Dots<batch>& dots, const Nibbles& nibbles, const int8x16_t (&first)[batch],
                        const int8x16_t (&second)[batch]) {
    const uint8x16_t low = vld1q_u8(nibbles[four][0]);
    const uint8x16_t high = vld1q_u8(nibbles[four][4]);
    add_columns<four>(dots, vreinterpretq_s8_u8(vshlq_n_u8(low, 4)),
                      vreinterpretq_s8_u8(vshlq_n_u8(high, 4)), first);
    const uint8x16_t upper = vdupq_n_u8(0xf0);
    add_columns<four>(dots, vreinterpretq_s8_u8(vandq_u8(low, upper)),
                      vreinterpretq_s8_u8(vandq_u8(high, upper)), second);
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    Dots<batch> dots;
    clear<batch>(dots);
    int8x16_t first[batch], second[batch];
    load_both_halves(first, second, in, index);
    add_fours<0>(dots, block.nibbles, first, second);
    add_fours<1>(dots, block.nibbles, first, second);
    add_fours<2>(dots, block.nibbles, first, second);
    add_fours<3>(dots, block.nibbles, first, second);
    const uint16x8_t scales = vld1q_u16(block.scales);
    const float32x4_t scale[2] = {half_to_float(vget_low_u16(scales)),
                                  half_to_float(vget_high_u16(scales))};
    for (size_t b = 0; b < batch; ++b) {
      for (size_t quad = 0; quad < 2; ++quad) {
        acc[b][quad] =
            vfmaq_n_f32(acc[b][quad], vmulq_f32(vcvtq_n_f32_s32(dots[b][quad], 4), scale[quad]),
                        in.scales[b][index]);
      }
    }
  }
};

struct Q4_1 {
  static constexpr size_t file_block_bytes = 20;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    uint16_t minima[tile_rows];
    Nibbles nibbles;
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    __builtin_memcpy(&out.minima[row], in + sizeof(uint16_t), sizeof(uint16_t));
    pack_nibbles(out.nibbles, row, in + 2 * sizeof(uint16_t), 0);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = half_at(reinterpret_cast<const std::byte*>(&block.scales[row]));
    const float minimum = half_at(reinterpret_cast<const std::byte*>(&block.minima[row]));
    for (size_t i = 0; i < q8_block / 2; ++i) {
      const uint8_t pair = block.nibbles[i / 4][row][i % 4];
      out[i] = scale * static_cast<float>(pair & 15) + minimum;
      out[i + q8_block / 2] = scale * static_cast<float>(pair >> 4) + minimum;
    }
  }

  template <int four, size_t batch>
  static void add_fours(Dots<batch>& dots, const Nibbles& nibbles, const int8x16_t (&first)[batch],
                        const int8x16_t (&second)[batch]) {
    const uint8x16_t low = vld1q_u8(nibbles[four][0]);
    const uint8x16_t high = vld1q_u8(nibbles[four][4]);
    const uint8x16_t lower = vdupq_n_u8(0x0f);
    add_columns<four>(dots, vreinterpretq_s8_u8(vandq_u8(low, lower)),
                      vreinterpretq_s8_u8(vandq_u8(high, lower)), first);
    add_columns<four>(dots, vreinterpretq_s8_u8(vshrq_n_u8(low, 4)),
                      vreinterpretq_s8_u8(vshrq_n_u8(high, 4)), second);
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    Dots<batch> dots;
    clear<batch>(dots);
    int8x16_t first[batch], second[batch];
    load_both_halves(first, second, in, index);
    add_fours<0>(dots, block.nibbles, first, second);
    add_fours<1>(dots, block.nibbles, first, second);
    add_fours<2>(dots, block.nibbles, first, second);
    add_fours<3>(dots, block.nibbles, first, second);
    const uint16x8_t scales = vld1q_u16(block.scales);
    const uint16x8_t minima = vld1q_u16(block.minima);
    const float32x4_t scale[2] = {half_to_float(vget_low_u16(scales)),
                                  half_to_float(vget_high_u16(scales))};
    const float32x4_t minimum[2] = {half_to_float(vget_low_u16(minima)),
                                    half_to_float(vget_high_u16(minima))};
    for (size_t b = 0; b < batch; ++b) {
      const float sum = static_cast<float>(in.sums[b][index]);
      for (size_t quad = 0; quad < 2; ++quad) {
        const float32x4_t dot =
            vfmaq_n_f32(vmulq_f32(vcvtq_f32_s32(dots[b][quad]), scale[quad]), minimum[quad], sum);
        acc[b][quad] = vfmaq_n_f32(acc[b][quad], dot, in.scales[b][index]);
      }
    }
  }
};

}  // namespace

MatmulKernel q4_0_kernel() { return neon::block_kernel<Q4_0>("neon_dotprod/q4_0"); }
MatmulKernel q4_1_kernel() { return neon::block_kernel<Q4_1>("neon_dotprod/q4_1"); }

}  // namespace kinglet::neon_dotprod
