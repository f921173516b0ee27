// Kernels with vpdpbusd: 4 unsigned weight codes times 4 signed activations into 32 bits. V is a
// type of the including ISA's namespace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/x86/code_tiles.h"
#include "kernels/x86/code_words.h"
#include "kernels/x86/panel_gemm.h"

namespace kinglet::x86 {

/// sums[c][t] += dot products of words [w_begin, w_end) of a block.
template <class V, size_t w_begin, size_t w_end, size_t columns, size_t tiles, class Weights>
[[gnu::always_inline]] inline void add_dots(typename V::I (&sums)[columns][tiles],
                                            const Weights& weights, const Q8Columns<V>& from) {
#pragma GCC unroll 8
  for (size_t w = w_begin; w < w_end; ++w) {
    typename V::I codes[tiles];
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) codes[t] = weights.get(t, w);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const auto values = from.word(c, w);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) sums[c][t] = V::dot(sums[c][t], codes[t], values);
    }
    weights.after_word(w);
  }
}

/// What the codes of a format with values stand for, with `above` added: unsigned bytes. Sources of
/// two instruction sets must not share it.
template <class Isa, Format format>
struct UnsignedValues {
  static constexpr quant::CodeLayout layout = quant::code_layout<format>;
  static constexpr int above = 128;
  struct Bytes {
    alignas(16) uint8_t values[16];
  };
  static constexpr Bytes bytes = [] {
    Bytes unsigned_values{};
    for (size_t i = 0; layout.has_values && i < 16; ++i) {
      unsigned_values.values[i] = static_cast<uint8_t>(layout.values[i] + above);
    }
    return unsigned_values;
  }();
};

/// Formats of one scale for 32 columns, with or without a minimum. Without one, codes are all 128
/// too high and begin from Q8Row::starts: those of 8 bits as they are, others at the top of their
/// bytes, for which the scale makes up, and codebooks with 128 added.
template <class Isa, Format format>
struct VnniBlock {
  using V = Isa;
  using I = typename V::I;
  using F = typename V::F;
  static constexpr quant::CodeLayout layout = quant::code_layout<format>;
  static constexpr bool has_codebook = layout.has_values;
  using Tiles = CodeTiles<V, format, layout.has_minima || has_codebook ? 0 : 8 - layout.bits>;

  static constexpr size_t scale_at = 8, minimum_at = 9;
  static constexpr size_t registers = layout.has_minima ? 10 : 9;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i == scale_at) {
      const F scale = block_scale<Tiles>(block);
      constexpr float too_high = 1 << Tiles::shift;
      return V::as_words(Tiles::shift == 0 ? scale : V::mul(scale, V::set1(1 / too_high)));
    }
    if constexpr (layout.has_minima) {
      if (i == minimum_at) return V::as_words(block_minimum<Tiles>(block));
    }
    const I codes = code_word<Tiles>(block, i);
    if constexpr (has_codebook) return V::look_up(UnsignedValues<Isa, format>::bytes.values, codes);
    return codes;
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Q8Columns<V>& from) {
    I dots[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I start = layout.has_minima ? V::no_words() : from.start(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) dots[c][t] = start;
    }
    add_dots<V, 0, 8>(dots, weights, from);
    F scales[tiles], minima[tiles];
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) {
      scales[t] = V::as_floats(weights.get(t, scale_at));
      if constexpr (layout.has_minima) minima[t] = V::as_floats(weights.get(t, minimum_at));
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
      F sum;
      if constexpr (layout.has_minima) sum = from.sum(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        F scaled = V::mul(V::to_floats(dots[c][t]), scales[t]);
        if constexpr (layout.has_minima) scaled = V::fma(minima[t], sum, scaled);
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }
};

/// Formats of integer scales for 16 columns.
///
/// Where half a block's dot product fits 16 bits, it is multiplied as such by a scale that has
/// zeros in the upper 16 bits. Else scales multiply in float, where these integers are exact.
template <class Isa, Format format>
struct VnniHalves {
  using V = Isa;
  using I = typename V::I;
  using F = typename V::F;
  using Tiles = CodeTiles<V, format>;
  static constexpr quant::CodeLayout layout = Tiles::layout;
  static constexpr bool has_codebook = layout.has_values;
  static constexpr int above = has_codebook ? UnsignedValues<Isa, format>::above : layout.offset;
  static constexpr bool is_narrow = layout.bits <= 3;  // at most 7 * 127 * 16

  static constexpr size_t scales_at = 8, d_at = 10, minima_at = 11, m_at = 13;
  static constexpr size_t registers = layout.has_minima ? 14 : 11;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i < scales_at) {
      const I codes = code_word<Tiles>(block, i);
      if constexpr (has_codebook)
        return V::look_up(UnsignedValues<Isa, format>::bytes.values, codes);
      return codes;
    }
    if (i == d_at) return V::as_words(block_d<Tiles>(block));
    if constexpr (layout.has_minima) {
      if (i == m_at) return V::as_words(V::load_halves(block.m()));
      if (i >= minima_at) return shared_minima<Tiles>(block, i - minima_at);
      return V::masked(shared_integers<Tiles>(block, i - scales_at), 0x0f);
    }
    const I scales = V::load_int8(block.scale(i - scales_at));
    return is_narrow ? V::masked(scales, 0xffff) : V::as_words(V::to_floats(scales));
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Q8Columns<V>& from) {
    I dots[columns][tiles];
    add_half<0>(dots, weights, from);
    add_half<1>(dots, weights, from);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        const F dot = is_narrow ? V::to_floats(dots[c][t]) : V::as_floats(dots[c][t]);
        F scaled = V::mul(dot, V::as_floats(weights.get(t, d_at)));
        if constexpr (layout.has_minima) {
          const I minima =
              V::add_dot_pairs(V::dot_pairs(from.pair_sums(c, 0), weights.get(t, minima_at)),
                               from.pair_sums(c, 1), weights.get(t, minima_at + 1));
          scaled = V::fma(V::as_floats(weights.get(t, m_at)), V::to_floats(minima), scaled);
        }
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }

 private:
  /// dots [+]= scale * dot of a half of the block: integers, or floats.
  template <size_t half, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_half(I (&dots)[columns][tiles], const Weights& weights,
                                              const Q8Columns<V>& from) {
    I halves[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      I start = V::no_words();
      if constexpr (above != 0) {
        start = V::dot_pairs(from.pair_sums(c, half), V::set1_16(-above));
      }
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) halves[c][t] = start;
    }
    add_dots<V, 4 * half, 4 * half + 4>(halves, weights, from);
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) {
      const I scale = weights.get(t, scales_at + half);
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        dots[c][t] =
            half == 0 ? scaled(halves[c][t], scale) : add_scaled(dots[c][t], halves[c][t], scale);
      }
    }
  }

  static I scaled(I dot, I scale) {
    if constexpr (is_narrow) return V::dot_pairs(dot, scale);
    return V::as_words(V::mul(V::to_floats(dot), V::as_floats(scale)));
  }
  static I add_scaled(I sum, I dot, I scale) {
    if constexpr (is_narrow) return V::add_dot_pairs(sum, dot, scale);
    return V::as_words(V::fma(V::to_floats(dot), V::as_floats(scale), V::as_floats(sum)));
  }
};

}  // namespace kinglet::x86
