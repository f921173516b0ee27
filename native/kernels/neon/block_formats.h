// What the block formats of the Arm tables add up, whatever holds their codes.
//
// Each table has its own `Codes`: those of 32 columns of a tile's rows, in the layout that its dot
// product wants. They have
//   pack(row, in)  takes a row's codes, out of the file's block at `in`
//   at(row, i)     a code, as an integer
//   multiply(in, index, add)  calls add(b, quad, dot) with the exact dot products of rows
//                  4 * quad to 4 * quad + 3 with block `index` of activation row b, lane = row
// The one expression by which a block is added to the accumulators, in every batch, is here.
// In an anonymous namespace for the reason that block_matmul.h gives.
#pragma once

#include "kernels/neon/block_matmul.h"
#include "quant/k_quants.h"

namespace kinglet::neon {
namespace {

/// 4 of a tile's 8 halves.
inline float32x4_t quad_of(const uint16_t* halves, size_t quad) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(halves + quad * 4)));
}

/// 4 of a tile's 8 small integers.
inline int32x4_t quad_of(const int8_t* integers, size_t quad) {
  const int16x8_t all = vmovl_s8(vld1_s8(integers));
  return vmovl_s16(quad == 0 ? vget_low_s16(all) : vget_high_s16(all));
}

inline float widen_half(uint16_t half) {
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(half))), 0);
}

/// Weights d * q: a file's block begins with d (half). `multiply` gives its dots as floats.
template <class Codes>
struct Scaled {
  static constexpr size_t columns = q8_block;
  static constexpr size_t file_bytes = Codes::file_bytes;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    Codes codes;
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    out.codes.pack(row, in);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = widen_half(block.scales[row]);
    for (size_t i = 0; i < columns; ++i) {
      out[i] = scale * static_cast<float>(block.codes.at(row, i));
    }
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    block.codes.multiply(in, index, [&](size_t b, size_t quad, float32x4_t dot) {
      acc[b][quad] = vfmaq_n_f32(acc[b][quad], vmulq_f32(dot, quad_of(block.scales, quad)),
                                 in.scales[b][index]);
    });
  }
};

/// Weights d * q + m: a file's block begins with d and m (halves). `multiply` gives its dots as
/// integers.
template <class Codes>
struct Affine {
  static constexpr size_t columns = q8_block;
  static constexpr size_t file_bytes = Codes::file_bytes;

  struct PackedBlock {
    uint16_t scales[tile_rows];
    uint16_t minima[tile_rows];
    Codes codes;
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.scales[row], in, sizeof(uint16_t));
    __builtin_memcpy(&out.minima[row], in + sizeof(uint16_t), sizeof(uint16_t));
    out.codes.pack(row, in);
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float scale = widen_half(block.scales[row]);
    const float minimum = widen_half(block.minima[row]);
    for (size_t i = 0; i < columns; ++i) {
      out[i] = scale * static_cast<float>(block.codes.at(row, i)) + minimum;
    }
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    block.codes.multiply(in, index, [&](size_t b, size_t quad, int32x4_t dot) {
      const auto sum = static_cast<float>(in.sums[b][index]);
      const float32x4_t scaled = vmulq_f32(vcvtq_f32_s32(dot), quad_of(block.scales, quad));
      acc[b][quad] = vfmaq_n_f32(
          acc[b][quad], vfmaq_n_f32(scaled, quad_of(block.minima, quad), sum), in.scales[b][index]);
    });
  }
};

/// Weights d * scale * q of Q6_K: 256 columns under a d (half), 16 under a scale (int8), codes of
/// -32 to 31. Here `pack` takes the codes themselves and `multiply` also the scales, one of each
/// row for either half of a block of 32; these are part of its integer dots.
///
/// A code is kept as a byte: 2 bits a weight over the file's 6.56, for none of its shifts and
/// masks.
template <class Codes>
struct Q6_K {
  static constexpr size_t columns = quant::k_block;
  static constexpr size_t file_bytes = quant::q6_k_bytes;
  static constexpr size_t parts = columns / q8_block;

  using Scales = int8_t[2][tile_rows];
  struct Part {
    Scales scales;
    Codes codes;
  };
  struct PackedBlock {
    uint16_t d[tile_rows];
    Part part[parts];
  };

  static void pack_block(PackedBlock& out, size_t row, const std::byte* in) {
    __builtin_memcpy(&out.d[row], in + quant::q6_k_d_at, sizeof(uint16_t));
    int8_t codes[columns];
    quant::q6_k_codes(codes, in);
    for (size_t p = 0; p < parts; ++p) {
      for (size_t half = 0; half < 2; ++half) {
        out.part[p].scales[half][row] =
            static_cast<int8_t>(in[quant::q6_k_scales_at + 2 * p + half]);
      }
      out.part[p].codes.pack(row, codes + p * q8_block);
    }
  }

  static void unpack_block(float* out, const PackedBlock& block, size_t row) {
    const float d = widen_half(block.d[row]);
    for (size_t i = 0; i < columns; ++i) {
      const Part& part = block.part[i / q8_block];
      const float scale = part.scales[i / 16 % 2][row];
      out[i] = d * scale * static_cast<float>(part.codes.at(row, i % q8_block));
    }
  }

  template <size_t batch>
  static void accumulate(Accumulators<batch>& acc, const PackedBlock& block,
                         const Inputs<batch>& in, size_t index) {
    const float32x4_t d[2] = {quad_of(block.d, 0), quad_of(block.d, 1)};
    for (size_t p = 0; p < parts; ++p) {
      const Part& part = block.part[p];
      const size_t at = index * parts + p;
      part.codes.multiply(part.scales, in, at, [&](size_t b, size_t quad, int32x4_t dot) {
        acc[b][quad] =
            vfmaq_n_f32(acc[b][quad], vmulq_f32(vcvtq_f32_s32(dot), d[quad]), in.scales[b][at]);
      });
    }
  }
};

}  // namespace
}  // namespace kinglet::neon
