// Block formats with vpdpbusd: 4 unsigned weight codes times 4 signed activations into 32 bits.
#include <immintrin.h>

#include "kernels/avx512_vnni/table.h"
#include "kernels/avx512_vnni/words.h"
#include "kernels/x86/block_tiles.h"

namespace kinglet::avx512_vnni {
namespace {

struct Isa {
  static constexpr size_t tile_rows = 16;
  static constexpr uint32_t q8_0_flip = 0x80;  // w + 128 is unsigned
};

template <Format format>
struct Kernel {
  using Tiles = x86::BlockTiles<Isa, format>;
  static constexpr size_t panel = 64;
  static constexpr size_t tiles_at_once = 2;

  // What a code is above the weight that it stands for.
  static constexpr int32_t code_offset = format == Format::q8_0   ? 128
                                         : format == Format::q4_0 ? 8
                                                                  : 0;

  /// A block of 16 rows, ready to multiply.
  struct Block {
    __m512i codes[8];  // of columns 4i..4i+3
    __m512 d;
    __m512 m;
  };

  static Block load_block(const std::byte* tile, const uint16_t* halves, size_t block,
                          size_t ahead) {
    Block out;
    const std::byte* codes = tile + block * Tiles::code_bytes;
    halves += block * Tiles::block_scales;
    Tiles::prefetch(codes, halves, ahead);
    if constexpr (Tiles::nibbles) {
      const __m512i low_bits = _mm512_set1_epi8(0x0f);
#pragma GCC unroll 4
      for (size_t w = 0; w < 4; ++w) {
        const __m512i packed = _mm512_load_si512(codes + 64 * w);
        out.codes[w] = _mm512_and_si512(packed, low_bits);
        out.codes[w + 4] = _mm512_and_si512(_mm512_srli_epi16(packed, 4), low_bits);
      }
    } else {
#pragma GCC unroll 8
      for (size_t w = 0; w < 8; ++w) out.codes[w] = _mm512_load_si512(codes + 64 * w);
    }
    const auto* scales = reinterpret_cast<const __m256i*>(halves);
    out.d = _mm512_cvtph_ps(_mm256_loadu_si256(scales));
    out.m = _mm512_setzero_ps();
    if constexpr (Tiles::has_min) out.m = _mm512_cvtph_ps(_mm256_loadu_si256(scales + 1));
    return out;
  }

  /// sum + (d * dot [+ m * block sum]) * activation scale: the one expression by which a block is
  /// added, in every batch.
  static __m512 add_block(__m512 sum, __m512i dot, const Block& block, float activation_scale,
                          int32_t block_sum) {
    __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(dot), block.d);
    if constexpr (Tiles::has_min) {
      const __m512 sums = _mm512_cvtepi32_ps(_mm512_set1_epi32(block_sum));
      scaled = _mm512_fmadd_ps(block.m, sums, scaled);
    }
    return _mm512_fmadd_ps(scaled, _mm512_set1_ps(activation_scale), sum);
  }

  template <size_t tiles, size_t columns>
  static void add_columns(float (*sums)[tiles * Tiles::rows], const Block (&weights)[tiles],
                          const std::byte* activations, size_t stride, size_t block, size_t cols) {
    Q8Row a[columns];
    __m512i dots[columns][tiles];
#pragma GCC unroll 4
    for (size_t b = 0; b < columns; ++b) {
      a[b] = q8_row(activations + b * stride, cols);
      const __m512i start = _mm512_set1_epi32(-code_offset * a[b].sums[block]);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) dots[b][t] = start;
    }
#pragma GCC unroll 8
    for (size_t w = 0; w < 8; ++w) {
#pragma GCC unroll 4
      for (size_t b = 0; b < columns; ++b) {
        const __m512i values = broadcast_word(a[b].values + block * q8_block + 4 * w);
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t) {
          dots[b][t] = _mm512_dpbusd_epi32(dots[b][t], weights[t].codes[w], values);
        }
      }
    }
#pragma GCC unroll 4
    for (size_t b = 0; b < columns; ++b) {
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        float* sum = sums[b] + t * Tiles::rows;
        _mm512_store_ps(sum, add_block(_mm512_load_ps(sum), dots[b][t], weights[t],
                                       a[b].scales[block], a[b].sums[block]));
      }
    }
  }

  template <size_t tiles>
  static void run(float (*sums)[tiles * Tiles::rows], const std::byte* const* tile,
                  const std::byte* activations, size_t stride, size_t count, size_t cols) {
    const uint16_t* halves[tiles];
    for (size_t t = 0; t < tiles; ++t) halves[t] = Tiles::scales(tile[t], cols);
    const size_t ahead = tiles * Tiles::tile_bytes(cols);  // the next tiles, while these compute
    std::memset(sums, 0, count * sizeof sums[0]);
    for (size_t block = 0; block < cols / q8_block; ++block) {
      Block weights[tiles];
      for (size_t t = 0; t < tiles; ++t) weights[t] = load_block(tile[t], halves[t], block, ahead);
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
      const std::byte* tile = Tiles::tile(task.packed, row, task.cols);
      const uint16_t* halves = Tiles::scales(tile, task.cols);
      __m512 sum = _mm512_setzero_ps();
      for (size_t block = 0; block < task.cols / q8_block; ++block) {
        const Block weights = load_block(tile, halves, block, Tiles::gemv_distance);
        __m512i dot = _mm512_set1_epi32(-code_offset * a.sums[block]);
#pragma GCC unroll 8
        for (size_t w = 0; w < 8; ++w) {
          dot = _mm512_dpbusd_epi32(dot, weights.codes[w],
                                    broadcast_word(a.values + block * q8_block + 4 * w));
        }
        sum = add_block(sum, dot, weights, a.scales[block], a.sums[block]);
      }
      const size_t valid = task.row_end - row;
      const auto mask = static_cast<__mmask16>(valid < Tiles::rows ? (1u << valid) - 1 : 0xffffu);
      _mm512_mask_storeu_ps(task.out + row, mask, sum);
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
  table.units[computed::q4_0] = Kernel<Format::q4_0>::unit("avx512_vnni/q4_0");
  table.units[computed::q4_1] = Kernel<Format::q4_1>::unit("avx512_vnni/q4_1");
  table.units[computed::q5_1] = Kernel<Format::q5_1>::unit("avx512_vnni/q5_1");
  table.units[computed::q8_0] = Kernel<Format::q8_0>::unit("avx512_vnni/q8_0");
}

}  // namespace kinglet::avx512_vnni
