// Kernels with vpdpbusd: 4 unsigned weight codes times 4 signed activations into 32 bits. V is a
// type of the including ISA's namespace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/x86/block_tiles.h"
#include "kernels/x86/panel_gemm.h"
#include "kernels/x86/q6_k_tiles.h"

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

/// q4_0, q4_1, q5_1 and q8_0. Nibbles stay where a shift or a mask leaves them, in the upper half
/// of a byte: so codes without a minimum are all 128 too high, and begin from Q8Row::starts. The
/// scale makes up for the 16.
template <class Isa, Format format>
struct VnniBlock {
  using V = Isa;
  using I = typename V::I;
  using F = typename V::F;
  using Tiles = BlockTiles<V, format>;

  static constexpr size_t scale_at = 8, minimum_at = 9;
  static constexpr size_t registers = Tiles::has_min ? 10 : 9;
  static constexpr size_t waiting_columns = Tiles::nibbles ? 1 : 2;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i == scale_at) {
      const F scale = V::load_halves(block.scales());
      return V::as_words(Tiles::nibbles ? V::mul(scale, V::set1(1.0f / 16)) : scale);
    }
    if (i == minimum_at) return V::as_words(V::load_halves(block.scales() + V::rows));
    if constexpr (!Tiles::nibbles) return V::load(block.word(i));
    const I word = V::load(block.word(i % 4));
    return V::high_nibbles(i < 4 ? V::shift_left_4(word) : word);
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Q8Columns<V>& from) {
    I dots[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I start = Tiles::has_min ? V::no_words() : from.start(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) dots[c][t] = start;
    }
    add_dots<V, 0, 8>(dots, weights, from);
    F scales[tiles], minima[tiles];
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) {
      scales[t] = V::as_floats(weights.get(t, scale_at));
      if constexpr (Tiles::has_min) minima[t] = V::as_floats(weights.get(t, minimum_at));
    }
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
      F sum;
      if constexpr (Tiles::has_min) sum = from.sum(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        F scaled = V::mul(V::to_floats(dots[c][t]), scales[t]);
        if constexpr (Tiles::has_min) scaled = V::fma(minima[t], sum, scaled);
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }
};

/// q6_k: the integer scales multiply in float, where these integers are exact.
template <class Isa>
struct VnniQ6K {
  using V = Isa;
  using I = typename V::I;
  using F = typename V::F;
  using Tiles = Q6KTiles<V>;

  static constexpr size_t scales_at = 8, d_at = 10;
  static constexpr size_t registers = 11;
  static constexpr size_t waiting_columns = 0;

  [[gnu::always_inline]] static I get(const typename Tiles::Block& block, size_t i) {
    if (i == d_at) return V::as_words(V::load_halves(block.d()));
    if (i < scales_at) return q6_k_word<V>(block, i);
    return V::as_words(V::to_floats(V::load_int8(block.scales() + (i - scales_at) * V::rows)));
  }

  template <size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_block(F (&sums)[columns][tiles], const Weights& weights,
                                               const Q8Columns<V>& from) {
    F dots[columns][tiles];
    add_half<0>(dots, weights, from);
    add_half<1>(dots, weights, from);
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const F scale = from.scale(c);
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) {
        const F scaled = V::mul(dots[c][t], V::as_floats(weights.get(t, d_at)));
        sums[c][t] = V::fma(scaled, scale, sums[c][t]);
      }
    }
  }

 private:
  /// dots [+]= scale * dot of a half of the block.
  template <size_t half, size_t columns, size_t tiles, class Weights>
  [[gnu::always_inline]] static void add_half(F (&dots)[columns][tiles], const Weights& weights,
                                              const Q8Columns<V>& from) {
    I integers[columns][tiles];
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c) {
      const I start = V::dot_pairs(from.pair_sums(c, half), V::set1_16(-Tiles::offset));
#pragma GCC unroll 2
      for (size_t t = 0; t < tiles; ++t) integers[c][t] = start;
    }
    add_dots<V, 4 * half, 4 * half + 4>(integers, weights, from);
#pragma GCC unroll 2
    for (size_t t = 0; t < tiles; ++t) {
      const F scale = V::as_floats(weights.get(t, scales_at + half));
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) {
        const F dot = V::to_floats(integers[c][t]);
        dots[c][t] = half == 0 ? V::mul(dot, scale) : V::fma(dot, scale, dots[c][t]);
      }
    }
  }
};

}  // namespace kinglet::x86
