// Kernels with vpmaddubsw: unsigned weight codes times signed activations, in pairs into 16 bits,
// which are added up for as long as they fit before they widen.
#include "kernels/avx2/table.h"
#include "kernels/avx2/words.h"
#include "kernels/x86/block_tiles.h"
#include "kernels/x86/panel_gemm.h"
#include "kernels/x86/q6_k_tiles.h"

namespace kinglet::avx2 {
namespace {

using V = Words;
using I = V::I;
using F = V::F;
using Columns = x86::Q8Columns<V>;

/// sums[c][t] = products of words [w_begin, w_end) of a block, in pairs of 16 bits.
template <size_t w_begin, size_t w_end, size_t columns, size_t tiles, class Weights>
[[gnu::always_inline]] inline void add_pairs(I (&sums)[columns][tiles], const Weights& weights,
                                             const Columns& from) {
#pragma GCC unroll 8
  for (size_t w = w_begin; w < w_end; ++w) {
    I codes[tiles];
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) codes[t] = weights.get(t, w);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I values = from.word(c, w);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        sums[c][t] = V::add_16(sums[c][t], V::pair_products(codes[t], values));
      }
    }
    weights.after_word(w);
  }
}

template <Format format>
struct Block {
  using V = Words;
  using Tiles = x86::BlockTiles<V, format>;
  // q8_0 has the magnitudes of its codes after them.
  static constexpr bool is_signed = format == Format::q8_0;
  static constexpr size_t magnitudes_at = 8;
  static constexpr size_t scale_at = is_signed ? 16 : 8;
  static constexpr size_t minimum_at = scale_at + 1;
  static constexpr size_t registers = Tiles::has_min ? minimum_at + 1 : scale_at + 1;
  static constexpr size_t waiting_columns = Tiles::nibbles ? 0 : 1;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i == scale_at) {
      // q4_0's sums are 16 times what they stand for: see add_block.
      const F scale = V::load_halves(block.scales());
      return V::as_words(format == Format::q4_0 ? V::mul(scale, V::set1(1.0f / 16)) : scale);
    }
    if (Tiles::has_min && i == minimum_at) {
      return V::as_words(V::load_halves(block.scales() + V::rows));
    }
    if constexpr (Tiles::nibbles) {
      const I word = V::load(block.word(i % 4));
      return V::low_nibbles(i < 4 ? word : V::shift_right_4(word));
    }
    if (i < magnitudes_at) return V::load(block.word(i));
    return V::magnitudes(V::load(block.word(i - magnitudes_at)));
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Columns& from) {
    I dots[columns][tiles];
    int_dots(dots, weights, from);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
      F sum;
      if constexpr (Tiles::has_min) sum = from.sum(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        F scaled = V::mul(V::to_floats(dots[c][t]), V::as_floats(weights.get(t, scale_at)));
        if constexpr (Tiles::has_min) {
          scaled = V::fma(V::as_floats(weights.get(t, minimum_at)), sum, scaled);
        }
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }

 private:
  /// The exact dot products of a block's codes; 16 times that for q4_0.
  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void int_dots(I (&dots)[columns][tiles], const Weights& weights,
                                              const Columns& from) {
    if constexpr (is_signed) return signed_dots(dots, weights, from);
    if constexpr (format == Format::q5_1) {
      // At most 31 * 127 * 2 in each of the 4 products of half a block: 31496.
      I halves[2][columns][tiles] = {};
      add_pairs<0, 4>(halves[0], weights, from);
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        for (size_t t = 0; t < tiles; ++t) dots[c][t] = V::dot_pairs(halves[0][c][t], V::ones());
      }
      add_pairs<4, 8>(halves[1], weights, from);
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        for (size_t t = 0; t < tiles; ++t) {
          dots[c][t] = V::add_32(dots[c][t], V::dot_pairs(halves[1][c][t], V::ones()));
        }
      }
    } else {
      // At most 15 * 127 * 2 in each of the 8 products that a 16-bit lane adds: 30480.
      I pairs[columns][tiles] = {};
      add_pairs<0, 8>(pairs, weights, from);
      // The codes of q4_0 are 8 too high, and Q8Row::starts makes up for 128.
      const I factors = format == Format::q4_0 ? V::set1_16(16) : V::ones();
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        for (size_t t = 0; t < tiles; ++t) {
          dots[c][t] = V::dot_pairs(pairs[c][t], factors);
          if constexpr (format == Format::q4_0) dots[c][t] = V::add_32(dots[c][t], from.start(c));
        }
      }
    }
  }

  /// |w| * (a with w's sign): 128 * 127 * 2 fits 16 bits once, so each product widens.
  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void signed_dots(I (&dots)[columns][tiles], const Weights& weights,
                                                 const Columns& from) {
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      for (size_t t = 0; t < tiles; ++t) dots[c][t] = V::no_words();
    }
#pragma GCC unroll 8
    for (size_t w = 0; w < 8; ++w) {
      I codes[tiles], magnitudes[tiles];
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        codes[t] = weights.get(t, w);
        magnitudes[t] = weights.get(t, magnitudes_at + w);
      }
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        const I values = from.word(c, w);
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t) {
          const I pairs = V::pair_products(magnitudes[t], V::with_signs(values, codes[t]));
          dots[c][t] = V::add_32(dots[c][t], V::dot_pairs(pairs, V::ones()));
        }
      }
      weights.after_word(w);
    }
  }
};

/// q6_k: the integer scales come in where vpmaddwd widens the sums.
struct Q6K {
  using V = Words;
  using Tiles = x86::Q6KTiles<V>;
  static constexpr size_t scales_at = 8, d_at = 10;
  static constexpr size_t registers = 11;
  static constexpr size_t waiting_columns = 0;

  [[gnu::always_inline]] static I get(const Tiles::Block& block, size_t i) {
    if (i == d_at) return V::as_words(V::load_halves(block.d()));
    if (i < scales_at) return x86::q6_k_word<V>(block, i);
    return V::load_int8_twice(block.scales() + (i - scales_at) * V::rows);
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Columns& from) {
    I dots[columns][tiles];
    add_half<0>(dots, weights, from);
    add_half<1>(dots, weights, from);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        const F d = V::as_floats(weights.get(t, d_at));
        sums[c][t] = V::fma(V::mul(V::to_floats(dots[c][t]), d), scale, sums[c][t]);
      }
    }
  }

 private:
  /// dots [+]= scale * dot of a half of the block.
  template <size_t half, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_half(I (&dots)[columns][tiles], const Weights& weights,
                                              const Columns& from) {
    // Codes are 32 too high, and products of up to 63 * 127 overflow the 16 bits that add up 8 of
    // them. They wrap around, and back: the sum of those that are meant is at most
    // 32 * 127 * 8 = 32512.
    I pairs[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I start = V::multiply_16(from.pair_sums(c, half), V::set1_16(-Tiles::offset));
      for (size_t t = 0; t < tiles; ++t) pairs[c][t] = start;
    }
    add_pairs<4 * half, 4 * half + 4>(pairs, weights, from);
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) {
      const I scale = weights.get(t, scales_at + half);
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        const I dot = V::dot_pairs(pairs[c][t], scale);
        dots[c][t] = half == 0 ? dot : V::add_32(dots[c][t], dot);
      }
    }
  }
};

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using x86::panel_unit;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = panel_unit<Block<Format::q4_0>>("avx2/q4_0");
  units[computed::q4_1] = panel_unit<Block<Format::q4_1>>("avx2/q4_1");
  units[computed::q5_1] = panel_unit<Block<Format::q5_1>>("avx2/q5_1");
  units[computed::q6_k] = panel_unit<Q6K>("avx2/q6_k");
  units[computed::q8_0] = panel_unit<Block<Format::q8_0>>("avx2/q8_0");
}

}  // namespace kinglet::avx2
