// Kernels with vpmaddubsw: unsigned weight codes times signed activations, in pairs into 16 bits,
// which are added up for as long as they fit before they widen.
#include "kernels/avx2/table.h"
#include "kernels/avx2/words.h"
#include "kernels/x86/code_tiles.h"
#include "kernels/x86/code_words.h"
#include "kernels/x86/panel_gemm.h"

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

/// Codes that are signed bytes once they are unpacked: those of 8 bits, and codebooks.
template <class Tiles>
struct SignedCodes {
  static constexpr quant::CodeLayout layout = Tiles::layout;
  static constexpr bool has_codebook = layout.has_values;
  static constexpr size_t registers = 16;  // 8 of codes, then of their magnitudes

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    const I codes = x86::code_word<Tiles>(block, i % 8);
    const bool is_code = i < 8;
    if constexpr (has_codebook) {
      return V::look_up(is_code ? codebook.values : codebook.magnitudes, codes);
    }
    return is_code ? codes : V::magnitudes(codes);
  }

  /// dots[c][t] += factors[t] * the dot product of words [w_begin, w_end).
  ///
  /// |w| * (a with w's sign): 128 * 127 * 2 fits 16 bits once, so each product widens.
  template <size_t w_begin, size_t w_end, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_dots(I (&dots)[columns][tiles], const Weights& weights,
                                              const Columns& from, const I (&factors)[tiles]) {
#pragma GCC unroll 8
    for (size_t w = w_begin; w < w_end; ++w) {
      I codes[tiles], magnitudes[tiles];
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        codes[t] = weights.get(t, w);
        magnitudes[t] = weights.get(t, 8 + w);
      }
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        const I values = from.word(c, w);
#pragma GCC unroll 2
        for (size_t t = 0; t < tiles; ++t) {
          const I pairs = V::pair_products(magnitudes[t], V::with_signs(values, codes[t]));
          dots[c][t] = V::add_32(dots[c][t], V::dot_pairs(pairs, factors[t]));
        }
      }
      weights.after_word(w);
    }
  }

 private:
  struct Codebook {
    alignas(16) uint8_t values[16], magnitudes[16];
  };
  static constexpr Codebook codebook = [] {
    Codebook bytes{};
    for (size_t i = 0; has_codebook && i < 16; ++i) {
      const int8_t value = layout.values[i];
      bytes.values[i] = static_cast<uint8_t>(value);
      bytes.magnitudes[i] = static_cast<uint8_t>(value < 0 ? -value : value);
    }
    return bytes;
  }();
};

template <size_t columns, size_t tiles>
[[gnu::always_inline]] inline void clear(I (&dots)[columns][tiles]) {
#pragma GCC unroll 8
  for (size_t c = 0; c < columns; ++c) {
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) dots[c][t] = V::no_words();
  }
}

/// Formats of one scale for 32 columns, with or without a minimum.
template <Format format>
struct Block {
  using V = Words;
  using Tiles = x86::CodeTiles<V, format>;
  static constexpr quant::CodeLayout layout = Tiles::layout;
  static constexpr bool is_signed = layout.bits == 8 || layout.has_values;
  // What dots_at_once multiplies dot products by.
  static constexpr int16_t times = format == Format::q4_0 ? 16 : 1;
  static constexpr size_t scale_at = is_signed ? SignedCodes<Tiles>::registers : 8;
  static constexpr size_t minimum_at = scale_at + 1;
  static constexpr size_t registers = layout.has_minima ? minimum_at + 1 : scale_at + 1;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i == scale_at) {
      const F scale = x86::block_scale<Tiles>(block);
      return V::as_words(times == 1 ? scale : V::mul(scale, V::set1(1.0f / times)));
    }
    if constexpr (layout.has_minima) {
      if (i == minimum_at) return V::as_words(x86::block_minimum<Tiles>(block));
    }
    if constexpr (is_signed) return SignedCodes<Tiles>::get(block, i);
    return x86::code_word<Tiles>(block, i);
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Columns& from) {
    I dots[columns][tiles];
    if constexpr (is_signed) {
      clear(dots);
      I ones[tiles];
      for (size_t t = 0; t < tiles; ++t) ones[t] = V::ones();
      SignedCodes<Tiles>::template add_dots<0, 8>(dots, weights, from, ones);
    } else if constexpr (layout.has_minima && layout.bits == 5) {
      dots_of_halves(dots, weights, from);
    } else if constexpr (layout.bits == 5) {
      wrapping_dots(dots, weights, from);
    } else {
      dots_at_once(dots, weights, from);
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
      F sum;
      if constexpr (layout.has_minima) sum = from.sum(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        F scaled = V::mul(V::to_floats(dots[c][t]), V::as_floats(weights.get(t, scale_at)));
        if constexpr (layout.has_minima) {
          scaled = V::fma(V::as_floats(weights.get(t, minimum_at)), sum, scaled);
        }
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }

 private:
  /// A 16-bit lane adds up 16 products: at most 15 * 127 each, 30480 in all. Codes of q4_0 are 8
  /// too high, and Q8Row::starts make up for 128.
  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void dots_at_once(I (&dots)[columns][tiles], const Weights& weights,
                                                  const Columns& from) {
    I pairs[columns][tiles] = {};
    add_pairs<0, 8>(pairs, weights, from);
    const I factors = V::set1_16(times);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      for (size_t t = 0; t < tiles; ++t) {
        dots[c][t] = V::dot_pairs(pairs[c][t], factors);
        if constexpr (times > 1) dots[c][t] = V::add_32(dots[c][t], from.start(c));
      }
    }
  }

  /// The same where codes are 16 too high: those that are meant add up to 16 * 127 * 16 = 32512 at
  /// most, and what wraps around on the way wraps back.
  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void wrapping_dots(I (&dots)[columns][tiles],
                                                   const Weights& weights, const Columns& from) {
    I pairs[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I sums = V::add_16(from.pair_sums(c, 0), from.pair_sums(c, 1));
      const I start = V::multiply_16(sums, V::set1_16(-layout.offset));
      for (size_t t = 0; t < tiles; ++t) pairs[c][t] = start;
    }
    add_pairs<0, 8>(pairs, weights, from);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      for (size_t t = 0; t < tiles; ++t) dots[c][t] = V::dot_pairs(pairs[c][t], V::ones());
    }
  }

  /// At most 31 * 127 * 2 in each of the 4 products of half a block: 31496.
  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void dots_of_halves(I (&dots)[columns][tiles],
                                                    const Weights& weights, const Columns& from) {
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
  }
};

/// Formats of integer scales for 16 columns: these, and minima, come in where vpmaddwd widens the
/// sums.
template <Format format>
struct Halves {
  using V = Words;
  using Tiles = x86::CodeTiles<V, format>;
  static constexpr quant::CodeLayout layout = Tiles::layout;
  static constexpr bool is_signed = layout.has_values;
  static constexpr size_t scales_at = is_signed ? SignedCodes<Tiles>::registers : 8;
  static constexpr size_t d_at = scales_at + 2, minima_at = scales_at + 3, m_at = scales_at + 5;
  static constexpr size_t registers = layout.has_minima ? m_at + 1 : d_at + 1;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i < scales_at) {
      if constexpr (is_signed) return SignedCodes<Tiles>::get(block, i);
      return x86::code_word<Tiles>(block, i);
    }
    if (i == d_at) return V::as_words(x86::block_d<Tiles>(block));
    if constexpr (layout.has_minima) {
      if (i == m_at) return V::as_words(V::load_halves(block.m()));
      if (i >= minima_at) return x86::shared_minima<Tiles>(block, i - minima_at);
      return V::masked(x86::shared_integers<Tiles>(block, i - scales_at), 0x000f'000f);
    }
    return V::load_int8_twice(block.scale(i - scales_at));
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Columns& from) {
    I dots[columns][tiles];
    if constexpr (is_signed) {
      clear(dots);
      add_signed_half<0>(dots, weights, from);
      add_signed_half<1>(dots, weights, from);
    } else {
      add_half<0>(dots, weights, from);
      add_half<1>(dots, weights, from);
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        F scaled = V::mul(V::to_floats(dots[c][t]), V::as_floats(weights.get(t, d_at)));
        if constexpr (layout.has_minima) {
          const I minima =
              V::add_32(V::dot_pairs(from.pair_sums(c, 0), weights.get(t, minima_at)),
                        V::dot_pairs(from.pair_sums(c, 1), weights.get(t, minima_at + 1)));
          scaled = V::fma(V::to_floats(minima), V::as_floats(weights.get(t, m_at)), scaled);
        }
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }

 private:
  /// dots [+]= scale * dot of a half of the block.
  template <size_t half, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_half(I (&dots)[columns][tiles], const Weights& weights,
                                              const Columns& from) {
    // Codes of q6_k are 32 too high, and products of up to 63 * 127 overflow the 16 bits that add
    // up 8 of them. They wrap around, and back: the sum of those that are meant is at most
    // 32 * 127 * 8 = 32512.
    I pairs[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      I start = V::no_words();
      if constexpr (layout.offset != 0) {
        start = V::multiply_16(from.pair_sums(c, half), V::set1_16(-layout.offset));
      }
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

  template <size_t half, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_signed_half(I (&dots)[columns][tiles],
                                                     const Weights& weights, const Columns& from) {
    I scales[tiles];
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) scales[t] = weights.get(t, scales_at + half);
    SignedCodes<Tiles>::template add_dots<4 * half, 4 * half + 4>(dots, weights, from, scales);
  }
};

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using x86::panel_unit;
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = panel_unit<Block<q4_0>>("avx2/q4_0");
  units[computed::q4_1] = panel_unit<Block<q4_1>>("avx2/q4_1");
  units[computed::q5_0] = panel_unit<Block<q5_0>>("avx2/q5_0");
  units[computed::q5_1] = panel_unit<Block<q5_1>>("avx2/q5_1");
  units[computed::q8_0] = panel_unit<Block<q8_0>>("avx2/q8_0");
  units[computed::q2_k] = panel_unit<Halves<q2_k>>("avx2/q2_k");
  units[computed::q3_k] = panel_unit<Halves<q3_k>>("avx2/q3_k");
  units[computed::q4_k] = panel_unit<Block<q4_k>>("avx2/q4_k");
  units[computed::q5_k] = panel_unit<Block<q5_k>>("avx2/q5_k");
  units[computed::q6_k] = panel_unit<Halves<q6_k>>("avx2/q6_k");
  units[computed::iq1_s] = panel_unit<Block<iq1_s>>("avx2/iq1_s");
  units[computed::iq2_xxs] = panel_unit<Block<iq2_xxs>>("avx2/iq2_xxs");
  units[computed::iq2_xs] = panel_unit<Halves<iq2_xs>>("avx2/iq2_xs");
  units[computed::iq2_s] = panel_unit<Halves<iq2_s>>("avx2/iq2_s");
  units[computed::iq3_xxs] = panel_unit<Block<iq3_xxs>>("avx2/iq3_xxs");
  units[computed::iq3_s] = panel_unit<Block<iq3_s>>("avx2/iq3_s");
  units[computed::iq4_nl] = panel_unit<Block<iq4_nl>>("avx2/iq4_nl");
  units[computed::iq4_xs] = panel_unit<Block<iq4_xs>>("avx2/iq4_xs");
}

}  // namespace kinglet::avx2
