// From packed words to registers of codes, a row in each lane, and to scales and minima beside
// them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/x86/code_tiles.h"

namespace kinglet::x86 {

template <class Tiles, size_t w, size_t f>
[[gnu::always_inline]] inline typename Tiles::V::I code_field(const typename Tiles::Block& block) {
  using V = typename Tiles::V;
  constexpr CodeField field = Tiles::fields.word[w][f];
  const auto packed = V::load(block.packed_word(field.packed));
  if constexpr (field.bits == 8) return packed;
  constexpr unsigned to = field.code_bit + Tiles::shift;
  constexpr uint32_t mask = (((1u << field.bits) - 1) << to) * 0x01010101u;
  // 16 bits are shifted, and the mask takes out what comes from the other byte.
  return V::masked(V::template shifted<static_cast<int>(to) - static_cast<int>(field.at)>(packed),
                   mask);
}

template <class Tiles, size_t w>
[[gnu::always_inline]] inline typename Tiles::V::I code_fields_of(
    const typename Tiles::Block& block) {
  using V = typename Tiles::V;
  auto codes = code_field<Tiles, w, 0>(block);
  if constexpr (Tiles::fields.word[w][1].bits > 0)
    codes = V::merge(codes, code_field<Tiles, w, 1>(block));
  if constexpr (Tiles::fields.word[w][2].bits > 0)
    codes = V::merge(codes, code_field<Tiles, w, 2>(block));
  return codes;
}

/// The codes of word `w`, each times 2^Tiles::shift.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::I code_word(const typename Tiles::Block& block,
                                                             size_t w) {
  switch (w) {
    case 0: return code_fields_of<Tiles, 0>(block);
    case 1: return code_fields_of<Tiles, 1>(block);
    case 2: return code_fields_of<Tiles, 2>(block);
    case 3: return code_fields_of<Tiles, 3>(block);
    case 4: return code_fields_of<Tiles, 4>(block);
    case 5: return code_fields_of<Tiles, 5>(block);
    case 6: return code_fields_of<Tiles, 6>(block);
    default: return code_fields_of<Tiles, 7>(block);
  }
}

/// What a block's integer scales are multiplied by.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::F block_d(const typename Tiles::Block& block) {
  using V = typename Tiles::V;
  const auto d = V::load_halves(block.d());
  if constexpr (Tiles::layout.unit == 1) return d;
  return V::mul(d, V::set1(Tiles::layout.unit));
}

/// What a block's codes are multiplied by, where there are no scales of 16 columns. An integer
/// scale of up to 8 bits times a half is exact.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::F block_scale(const typename Tiles::Block& block) {
  using V = typename Tiles::V;
  const auto d = block_d<Tiles>(block);
  if constexpr (Tiles::layout.integer_scales == 0) return d;
  return V::mul(d, V::to_floats(V::load_int8(block.scale(0))));
}

/// What a block's weights are higher by, where there are no minima of 16 columns. As exact.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::F block_minimum(
    const typename Tiles::Block& block) {
  using V = typename Tiles::V;
  const auto m = V::load_halves(block.m());
  if constexpr (Tiles::layout.integer_scales == 0) return m;
  return V::mul(m, V::to_floats(V::load_int8(block.minimum(0))));
}

/// Scales of 16 columns and their minima where they share bytes, in both 16-bit parts of each word.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::I shared_integers(
    const typename Tiles::Block& block, size_t half) {
  static_assert(Tiles::is_shared);
  return Tiles::V::load_bytes_twice(block.scale(half));
}

/// The minima alone, as 16-bit numbers.
template <class Tiles>
[[gnu::always_inline]] inline typename Tiles::V::I shared_minima(const typename Tiles::Block& block,
                                                                 size_t half) {
  return Tiles::V::template shifted<-4>(shared_integers<Tiles>(block, half));
}

}  // namespace kinglet::x86
