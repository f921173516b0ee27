// q6_k with vpdpbusd over codes that 32 makes unsigned; the integer scales multiply in float, where
// these integers are exact.
#include <immintrin.h>

#include "kernels/avx512_vnni/table.h"
#include "kernels/avx512_vnni/words.h"
#include "kernels/x86/block_tiles.h"
#include "kernels/x86/q6_k_tiles.h"

namespace kinglet::avx512_vnni {
namespace {

struct Isa {
  static constexpr size_t tile_rows = 16;
  static constexpr int q6_k_offset = 32;
};

struct Kernel {
  using Tiles = x86::Q6KTiles<Isa>;
  static constexpr size_t panel = 64;
  static constexpr size_t tiles_at_once = 2;

  /// A block of 16 rows, ready to multiply.
  struct Block {
    __m512i codes[8];  // of columns 4i..4i+3
    __m512 scales[2];  // whole numbers, of each half of the block
    __m512 d;
  };

  static Block load_block(const Tiles::Parts& parts, size_t block, size_t ahead) {
    parts.prefetch(block, ahead);
    Block out;
#pragma GCC unroll 8
    for (size_t w = 0; w < 8; ++w) {
      out.codes[w] = _mm512_load_si512(parts.block_codes(block) + 64 * w);
    }
    for (size_t half = 0; half < 2; ++half) {
      const auto* in = reinterpret_cast<const __m128i*>(parts.block_scales(block)) + half;
      out.scales[half] = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(in)));
    }
    const auto* halves = reinterpret_cast<const __m256i*>(parts.block_d(block));
    out.d = _mm512_cvtph_ps(_mm256_loadu_si256(halves));
    return out;
  }

  /// What the offset of the codes adds to the dot product of each half of an activation block, to
  /// start from below it.
  struct Starts {
    __m512i halves[2];
  };
  static Starts starts(const int8_t* values, int32_t sum) {
    const __m128i offsets = _mm_set1_epi8(Isa::q6_k_offset);
    __m128i first = _mm_dpbusd_epi32(_mm_setzero_si128(), offsets,
                                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
    first = _mm_add_epi32(first, _mm_shuffle_epi32(first, 0x4e));
    first = _mm_add_epi32(first, _mm_shuffle_epi32(first, 0xb1));
    const __m512i added = _mm512_broadcastd_epi32(first);
    return {{_mm512_sub_epi32(_mm512_setzero_si512(), added),
             _mm512_sub_epi32(added, _mm512_set1_epi32(Isa::q6_k_offset * sum))}};
  }

  /// sum + d * dot * activation scale: the one expression by which a block is added, in every
  /// batch. `dot` is the exact one of scale * code.
  static __m512 add_block(__m512 sum, __m512 dot, const Block& block, float activation_scale) {
    return _mm512_fmadd_ps(_mm512_mul_ps(dot, block.d), _mm512_set1_ps(activation_scale), sum);
  }

  template <size_t tiles, size_t columns>
  static void add_columns(float (*sums)[tiles * Tiles::rows], const Block (&weights)[tiles],
                          const std::byte* activations, size_t stride, size_t block, size_t cols) {
    Q8Row a[columns];
    Starts start[columns];
    __m512 dots[columns][tiles];
#pragma GCC unroll 4
    for (size_t b = 0; b < columns; ++b) {
      a[b] = q8_row(activations + b * stride, cols);
      start[b] = starts(a[b].values + block * q8_block, a[b].sums[block]);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) dots[b][t] = _mm512_setzero_ps();
    }
#pragma GCC unroll 2
    for (size_t half = 0; half < 2; ++half) {
      __m512i integers[columns][tiles];
#pragma GCC unroll 4
      for (size_t b = 0; b < columns; ++b) {
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t) integers[b][t] = start[b].halves[half];
      }
#pragma GCC unroll 4
      for (size_t w = 4 * half; w < 4 * half + 4; ++w) {
#pragma GCC unroll 4
        for (size_t b = 0; b < columns; ++b) {
          const __m512i values = broadcast_word(a[b].values + block * q8_block + 4 * w);
#pragma GCC unroll 2
          for (size_t t = 0; t < tiles; ++t) {
            integers[b][t] = _mm512_dpbusd_epi32(integers[b][t], weights[t].codes[w], values);
          }
        }
      }
#pragma GCC unroll 4
      for (size_t b = 0; b < columns; ++b) {
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t) {
          dots[b][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers[b][t]), weights[t].scales[half],
                                       dots[b][t]);
        }
      }
    }
#pragma GCC unroll 4
    for (size_t b = 0; b < columns; ++b) {
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        float* sum = sums[b] + t * Tiles::rows;
        _mm512_store_ps(sum,
                        add_block(_mm512_load_ps(sum), dots[b][t], weights[t], a[b].scales[block]));
      }
    }
  }

  template <size_t tiles>
  static void run(float (*sums)[tiles * Tiles::rows], const std::byte* const* tile,
                  const std::byte* activations, size_t stride, size_t count, size_t cols) {
    const size_t ahead = tiles * Tiles::tile_bytes(cols);  // the next tiles, while these compute
    std::memset(sums, 0, count * sizeof sums[0]);
    for (size_t block = 0; block < cols / q8_block; ++block) {
      Block weights[tiles];
      for (size_t t = 0; t < tiles; ++t) {
        weights[t] = load_block(Tiles::Parts(tile[t], cols), block, ahead);
      }
      size_t b = 0;
      const auto add = [&]<size_t columns>() {
        add_columns<tiles, columns>(sums + b, weights, activations + b * stride, stride, block,
                                    cols);
        b += columns;
      };
      while (b + 4 <= count) add.template operator()<4>();
      if (b + 2 <= count) add.template operator()<2>();
      if (b < count) add.template operator()<1>();
    }
  }

  static void gemv(const MatmulTask& task) {
    assert(task.batch == 1);
    const Q8Row a = q8_row(task.activations, task.cols);
    for (size_t row = task.row_begin; row < task.row_end; row += Tiles::rows) {
      const Tiles::Parts parts(Tiles::tile(task.packed, row, task.cols), task.cols);
      __m512 sum = _mm512_setzero_ps();
      for (size_t block = 0; block < task.cols / q8_block; ++block) {
        const Block weights = load_block(parts, block, Tiles::gemv_distance);
        const int8_t* values = a.values + block * q8_block;
        const Starts start = starts(values, a.sums[block]);
        __m512 dot = _mm512_setzero_ps();
#pragma GCC unroll 2
        for (size_t half = 0; half < 2; ++half) {
          __m512i integers = start.halves[half];
#pragma GCC unroll 4
          for (size_t w = 4 * half; w < 4 * half + 4; ++w) {
            integers =
                _mm512_dpbusd_epi32(integers, weights.codes[w], broadcast_word(values + 4 * w));
          }
          dot = _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers), weights.scales[half], dot);
        }
        sum = add_block(sum, dot, weights, a.scales[block]);
      }
      const size_t valid = task.row_end - row;
      const auto mask = static_cast<__mmask16>(valid < Tiles::rows ? (1u << valid) - 1 : 0xffffu);
      _mm512_mask_storeu_ps(task.out + row, mask, sum);
    }
  }
};

}  // namespace

void add_q6_k_matmul(KernelTable& table) {
  using Tiles = Kernel::Tiles;
  table.units[computed::q6_k] = {.name = "avx512_vnni/q6_k",
                                 .activation = Activation::q8,
                                 .row_tile = Tiles::rows,
                                 .packed_bytes = Tiles::packed_bytes,
                                 .pack = Tiles::pack,
                                 .unpack_row = Tiles::unpack_row,
                                 .gemv = Kernel::gemv,
                                 .gemm = x86::BlockGemm<Kernel>::gemm};
}

}  // namespace kinglet::avx512_vnni
