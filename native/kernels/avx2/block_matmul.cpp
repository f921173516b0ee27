// Block formats with vpmaddubsw: unsigned weight codes times signed activations, in pairs into 16
// bits, added over a block before they widen.
#include <immintrin.h>

#include "kernels/avx2/table.h"
#include "kernels/avx2/words.h"
#include "kernels/x86/block_tiles.h"

namespace kinglet::avx2 {
namespace {

struct Isa {
  static constexpr size_t tile_rows = 8;
  static constexpr uint32_t q8_0_flip = 0;
};

template <Format format>
struct Kernel {
  using Tiles = x86::BlockTiles<Isa, format>;
  static constexpr size_t panel = 64;
  static constexpr size_t tiles_at_once = 1;

  struct Scales {
    __m256 d;
    __m256 m;
  };
  static Scales load_scales(const uint16_t* halves) {
    const auto* in = reinterpret_cast<const __m128i*>(halves);
    Scales scales{_mm256_cvtph_ps(_mm_loadu_si128(in)), _mm256_setzero_ps()};
    if constexpr (Tiles::has_min) scales.m = _mm256_cvtph_ps(_mm_loadu_si128(in + 1));
    return scales;
  }

  /// The exact dot products of a block's codes with `columns` activation blocks.
  template <size_t columns>
  static void int_dots(__m256i (&dots)[columns], const std::byte* codes, const int8_t* values,
                       size_t stride) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (size_t b = 0; b < columns; ++b) dots[b] = _mm256_setzero_si256();
    if constexpr (Tiles::nibbles) {
      // At most 15 * 127 * 2 in each of the 8 products that a 16-bit lane adds: 30480.
      const __m256i low_bits = _mm256_set1_epi8(0x0f);
#pragma GCC unroll 4
      for (size_t w = 0; w < 4; ++w) {
        const __m256i packed = load(codes + 32 * w);
        const __m256i low = _mm256_and_si256(packed, low_bits);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(packed, 4), low_bits);
#pragma GCC unroll 8
        for (size_t b = 0; b < columns; ++b) {
          const int8_t* a = values + b * stride + 4 * w;
          dots[b] = _mm256_add_epi16(dots[b], _mm256_maddubs_epi16(low, broadcast_word(a)));
          dots[b] = _mm256_add_epi16(dots[b], _mm256_maddubs_epi16(high, broadcast_word(a + 16)));
        }
      }
      for (size_t b = 0; b < columns; ++b) dots[b] = _mm256_madd_epi16(dots[b], ones);
    } else if constexpr (format == Format::q5_1) {
      // At most 31 * 127 * 2 in each of the 4 products of half a block: 31496.
      for (size_t half = 0; half < 2; ++half) {
        __m256i pairs[columns];
        for (size_t b = 0; b < columns; ++b) pairs[b] = _mm256_setzero_si256();
#pragma GCC unroll 4
        for (size_t w = 4 * half; w < 4 * half + 4; ++w) {
          const __m256i weights = load(codes + 32 * w);
#pragma GCC unroll 8
          for (size_t b = 0; b < columns; ++b) {
            const __m256i a = broadcast_word(values + b * stride + 4 * w);
            pairs[b] = _mm256_add_epi16(pairs[b], _mm256_maddubs_epi16(weights, a));
          }
        }
        for (size_t b = 0; b < columns; ++b) {
          dots[b] = _mm256_add_epi32(dots[b], _mm256_madd_epi16(pairs[b], ones));
        }
      }
    } else {
      // |w| * (a with w's sign): 128 * 127 * 2 fits 16 bits once, so each product widens.
#pragma GCC unroll 8
      for (size_t w = 0; w < 8; ++w) {
        const __m256i weights = load(codes + 32 * w);
        const __m256i magnitudes = _mm256_abs_epi8(weights);
#pragma GCC unroll 8
        for (size_t b = 0; b < columns; ++b) {
          const __m256i a = _mm256_sign_epi8(broadcast_word(values + b * stride + 4 * w), weights);
          const __m256i pairs = _mm256_maddubs_epi16(magnitudes, a);
          dots[b] = _mm256_add_epi32(dots[b], _mm256_madd_epi16(pairs, ones));
        }
      }
    }
  }

  /// sum + (d * dot [+ m * block sum]) * activation scale: the one expression by which a block is
  /// added, in every batch.
  static __m256 add_block(__m256 sum, __m256i dot, const Scales& scales, float activation_scale,
                          int32_t block_sum) {
    const __m256i sums = _mm256_set1_epi32(block_sum);
    if constexpr (format == Format::q4_0) {
      dot = _mm256_sub_epi32(dot, _mm256_slli_epi32(sums, 3));
    }
    __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(dot), scales.d);
    if constexpr (Tiles::has_min) {
      scaled = _mm256_fmadd_ps(scales.m, _mm256_cvtepi32_ps(sums), scaled);
    }
    return _mm256_fmadd_ps(scaled, _mm256_set1_ps(activation_scale), sum);
  }

  template <size_t columns>
  static void add_columns(float (*sums)[Tiles::rows], const std::byte* codes, const Scales& scales,
                          const std::byte* activations, size_t stride, size_t block, size_t cols) {
    __m256i dots[columns];
    int_dots<columns>(dots, codes, reinterpret_cast<const int8_t*>(activations) + block * q8_block,
                      stride);
    for (size_t b = 0; b < columns; ++b) {
      const Q8Row a = q8_row(activations + b * stride, cols);
      _mm256_store_ps(sums[b], add_block(_mm256_load_ps(sums[b]), dots[b], scales, a.scales[block],
                                         a.sums[block]));
    }
  }

  template <size_t tiles>
  static void run(float (*sums)[Tiles::rows], const std::byte* const* tile,
                  const std::byte* activations, size_t stride, size_t count, size_t cols) {
    static_assert(tiles == 1);
    const uint16_t* halves = Tiles::scales(tile[0], cols);
    const size_t ahead = Tiles::tile_bytes(cols);  // the next tile, while this one computes
    for (size_t b = 0; b < count; ++b) _mm256_store_ps(sums[b], _mm256_setzero_ps());
    for (size_t block = 0; block < cols / q8_block; ++block) {
      const std::byte* codes = tile[0] + block * Tiles::code_bytes;
      Tiles::prefetch(codes, halves + block * Tiles::block_scales, ahead);
      const Scales scales = load_scales(halves + block * Tiles::block_scales);
      size_t b = 0;
      const auto add = [&]<size_t columns>() {
        add_columns<columns>(sums + b, codes, scales, activations + b * stride, stride, block,
                             cols);
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
      const std::byte* codes = Tiles::tile(task.packed, row, task.cols);
      const uint16_t* halves = Tiles::scales(codes, task.cols);
      __m256 sum = _mm256_setzero_ps();
      for (size_t block = 0; block < task.cols / q8_block; ++block) {
        Tiles::prefetch(codes + block * Tiles::code_bytes, halves + block * Tiles::block_scales,
                        Tiles::gemv_distance);
        __m256i dots[1];
        int_dots<1>(dots, codes + block * Tiles::code_bytes, a.values + block * q8_block, 0);
        sum = add_block(sum, dots[0], load_scales(halves + block * Tiles::block_scales),
                        a.scales[block], a.sums[block]);
      }
      alignas(32) float out[Tiles::rows];
      _mm256_store_ps(out, sum);
      const size_t valid =
          task.row_end - row < Tiles::rows ? task.row_end - row : size_t{Tiles::rows};
      std::memcpy(task.out + row, out, valid * sizeof(float));
    }
  }

  static MatmulKernel unit(const char* name) {
    return {.name = name,
            .activation = Activation::q8,
            .row_tile = Tiles::rows,
            .packed_bytes = Tiles::packed_bytes,
            .pack = Tiles::pack,
            .unpack_row = Tiles::unpack_row,
            .gemv = gemv,
            .gemm = x86::BlockGemm<Kernel>::gemm};
  }
};

}  // namespace

void add_block_matmuls(KernelTable& table) {
  table.units[computed::q4_0] = Kernel<Format::q4_0>::unit("avx2/q4_0");
  table.units[computed::q4_1] = Kernel<Format::q4_1>::unit("avx2/q4_1");
  table.units[computed::q5_1] = Kernel<Format::q5_1>::unit("avx2/q5_1");
  table.units[computed::q8_0] = Kernel<Format::q8_0>::unit("avx2/q8_0");
}

}  // namespace kinglet::avx2
