// q6_k with vpmaddubsw over the magnitudes of codes; the integer scales come in where vpmaddwd
// widens the sums.
#include <immintrin.h>

#include "kernels/avx2/table.h"
#include "kernels/avx2/words.h"
#include "kernels/x86/block_tiles.h"
#include "kernels/x86/q6_k_tiles.h"

namespace kinglet::avx2 {
namespace {

struct Isa {
  static constexpr size_t tile_rows = 8;
  static constexpr int q6_k_offset = 0;
};

struct Kernel {
  using Tiles = x86::Q6KTiles<Isa>;
  static constexpr size_t panel = 64;
  static constexpr size_t tiles_at_once = 1;

  struct Scales {
    __m256i integers[2];  // of each half of the block; a row's fills both 16-bit lanes of its word
    __m256 d;
  };

  static Scales load_scales(const Tiles::Parts& parts, size_t block) {
    Scales scales;
    for (size_t half = 0; half < 2; ++half) {
      const auto* in = parts.block_scales(block) + half * Tiles::rows;
      const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(in));
      scales.integers[half] = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(bytes, bytes));
    }
    const auto* halves = reinterpret_cast<const __m128i*>(parts.block_d(block));
    scales.d = _mm256_cvtph_ps(_mm_loadu_si128(halves));
    return scales;
  }

  /// The exact dot products of a block's scale * code with `columns` activation blocks.
  template <size_t columns>
  static void int_dots(__m256i (&dots)[columns], const std::byte* codes, const Scales& scales,
                       const int8_t* values, size_t stride) {
    for (size_t b = 0; b < columns; ++b) dots[b] = _mm256_setzero_si256();
    for (size_t half = 0; half < 2; ++half) {
      // At most 32 * 127 * 2 in each of the 4 products that a 16-bit lane adds: 32512.
      __m256i pairs[columns];
      for (size_t b = 0; b < columns; ++b) pairs[b] = _mm256_setzero_si256();
#pragma GCC unroll 4
      for (size_t w = 4 * half; w < 4 * half + 4; ++w) {
        const __m256i weights = load(codes + 32 * w);
        const __m256i magnitudes = _mm256_abs_epi8(weights);
#pragma GCC unroll 8
        for (size_t b = 0; b < columns; ++b) {
          const __m256i a = _mm256_sign_epi8(broadcast_word(values + b * stride + 4 * w), weights);
          pairs[b] = _mm256_add_epi16(pairs[b], _mm256_maddubs_epi16(magnitudes, a));
        }
      }
      for (size_t b = 0; b < columns; ++b) {
        dots[b] = _mm256_add_epi32(dots[b], _mm256_madd_epi16(pairs[b], scales.integers[half]));
      }
    }
  }

  /// sum + d * dot * activation scale: the one expression by which a block is added, in every
  /// batch.
  static __m256 add_block(__m256 sum, __m256i dot, const Scales& scales, float activation_scale) {
    const __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(dot), scales.d);
    return _mm256_fmadd_ps(scaled, _mm256_set1_ps(activation_scale), sum);
  }

  template <size_t columns>
  static void add_columns(float (*sums)[Tiles::rows], const std::byte* codes, const Scales& scales,
                          const std::byte* activations, size_t stride, size_t block, size_t cols) {
    __m256i dots[columns];
    int_dots<columns>(dots, codes, scales,
                      reinterpret_cast<const int8_t*>(activations) + block * q8_block, stride);
    for (size_t b = 0; b < columns; ++b) {
      const float scale = q8_row(activations + b * stride, cols).scales[block];
      _mm256_store_ps(sums[b], add_block(_mm256_load_ps(sums[b]), dots[b], scales, scale));
    }
  }

  template <size_t tiles>
  static void run(float (*sums)[Tiles::rows], const std::byte* const* tile,
                  const std::byte* activations, size_t stride, size_t count, size_t cols) {
    static_assert(tiles == 1);
    const Tiles::Parts parts(tile[0], cols);
    const size_t ahead = Tiles::tile_bytes(cols);  // the next tile, while this one computes
    for (size_t b = 0; b < count; ++b) _mm256_store_ps(sums[b], _mm256_setzero_ps());
    for (size_t block = 0; block < cols / q8_block; ++block) {
      parts.prefetch(block, ahead);
      const Scales scales = load_scales(parts, block);
      size_t b = 0;
      const auto add = [&]<size_t columns>() {
        add_columns<columns>(sums + b, parts.block_codes(block), scales, activations + b * stride,
                             stride, block, cols);
        b += columns;
      };
      while (b + 8 <= count) add.template operator()<8>();
      if (b + 4 <= count) add.template operator()<4>();
      if (b + 2 <= count) add.template operator()<2>();
      if (b < count) add.template operator()<1>();
    }
  }

  static void gemv(const MatmulTask& task) {
    assert(task.batch == 1);
    const Q8Row a = q8_row(task.activations, task.cols);
    for (size_t row = task.row_begin; row < task.row_end; row += Tiles::rows) {
      const Tiles::Parts parts(Tiles::tile(task.packed, row, task.cols), task.cols);
      __m256 sum = _mm256_setzero_ps();
      for (size_t block = 0; block < task.cols / q8_block; ++block) {
        parts.prefetch(block, Tiles::gemv_distance);
        const Scales scales = load_scales(parts, block);
        __m256i dots[1];
        int_dots<1>(dots, parts.block_codes(block), scales, a.values + block * q8_block, 0);
        sum = add_block(sum, dots[0], scales, a.scales[block]);
      }
      alignas(32) float out[Tiles::rows];
      _mm256_store_ps(out, sum);
      const size_t valid =
          task.row_end - row < Tiles::rows ? task.row_end - row : size_t{Tiles::rows};
      std::memcpy(task.out + row, out, valid * sizeof(float));
    }
  }
};

}  // namespace

void add_q6_k_matmul(KernelTable& table) {
  using Tiles = Kernel::Tiles;
  table.units[computed::q6_k] = {.name = "avx2/q6_k",
                                 .activation = Activation::q8,
                                 .row_tile = Tiles::rows,
                                 .packed_bytes = Tiles::packed_bytes,
                                 .pack = Tiles::pack,
                                 .unpack_row = Tiles::unpack_row,
                                 .gemv = Kernel::gemv,
                                 .gemm = x86::BlockGemm<Kernel>::gemm};
}

}  // namespace kinglet::avx2
