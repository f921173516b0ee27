// The packed layout of q6_k that x86 kernels share: as block_tiles.h has it for blocks of 32, a
// tile is `rows` weight rows, and a lane of a register is a row. Codes are of 6 bits, as in a file.
//
//   tile:  [cols / 256] units:
//            codes   [8 blocks][6 words][rows][4 bytes]
//            scales  [8 blocks][2][rows] int8, for columns 0..15 and 16..31 of a block
//            d       [rows] halves
//            padding to whole registers
//          padding to a multiple of 64
//
// Of a block's 8 words of 4 columns, words 0..3 have low nibbles, and words 4..7 high ones, of
// packed words 0..3; the upper two bits of words 0..3 are in packed word 4, of the others in packed
// word 5, the first word's in the lowest bits of each byte.
//
// Scales stay the integers that they are in the file: scale * code needs no rounding, and the dot
// product of a block of 32 is exact with them.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "quant/half.h"
#include "quant/k_quants.h"

namespace kinglet::x86 {

/// `V` has rows and bytes, of a register.
template <class V>
struct Q6KTiles {
  static constexpr size_t rows = V::rows;
  static constexpr int offset = 32;  // makes codes unsigned
  static constexpr size_t words = 6;
  static constexpr size_t word_bytes = 4 * rows;
  static constexpr size_t unit_blocks = quant::k_block / q8_block;
  static constexpr size_t code_bytes = words * word_bytes;
  static constexpr size_t scale_bytes = 2 * rows;
  static constexpr size_t scales_at = unit_blocks * code_bytes;
  static constexpr size_t d_at = scales_at + unit_blocks * scale_bytes;
  static constexpr size_t unit_bytes =
      (d_at + rows * sizeof(uint16_t) + V::bytes - 1) / V::bytes * V::bytes;

  static size_t tile_bytes(size_t cols) {
    return (cols / quant::k_block * unit_bytes + 63) / 64 * 64;
  }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / rows * tile_bytes(cols);
  }

  /// Block `block` of 32 columns of a tile.
  struct Block {
    const std::byte* unit;
    size_t index;  // in the unit

    Block(const std::byte* tile, size_t block)
        : unit(tile + block / unit_blocks * unit_bytes), index(block % unit_blocks) {}

    const std::byte* word(size_t w) const { return unit + index * code_bytes + w * word_bytes; }
    const std::byte* scales() const { return unit + scales_at + index * scale_bytes; }
    const uint16_t* d() const { return reinterpret_cast<const uint16_t*>(unit + d_at); }
  };

  static size_t packed_bytes(size_t matrix_rows, size_t cols) {
    return (matrix_rows + rows - 1) / rows * tile_bytes(cols);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t matrix_rows, size_t cols) {
    assert(row_begin % rows == 0 && (row_end % rows == 0 || row_end == matrix_rows));
    assert(cols % quant::k_block == 0);
    static_cast<void>(matrix_rows);
    for (size_t first = row_begin; first < row_end; first += rows) {
      std::byte* tile = packed + first / rows * tile_bytes(cols);
      std::memset(tile, 0, tile_bytes(cols));
      const size_t count = row_end - first < rows ? row_end - first : rows;
      for (size_t r = 0; r < count; ++r) {
        for (size_t k = 0; k < cols / quant::k_block; ++k, in += quant::q6_k_bytes) {
          pack_unit(tile + k * unit_bytes, r, in);
        }
      }
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t matrix_rows,
                         size_t cols) {
    assert(row < matrix_rows);
    static_cast<void>(matrix_rows);
    const size_t r = row % rows;
    for (size_t c = 0; c < cols; ++c) {
      const Block block(tile(packed, row, cols), c / q8_block);
      const size_t i = c % q8_block;
      const auto byte_of = [&](size_t w) {
        return std::to_integer<int>(block.word(w)[4 * r + i % 4]);
      };
      const int low = i < 16 ? byte_of(i / 4) & 0x0f : byte_of(i / 4 - 4) >> 4;
      const int high = byte_of(4 + i / 16) >> (i / 4 % 4 * 2) & 0x03;
      const auto scale = static_cast<int8_t>(block.scales()[i / 16 * rows + r]);
      uint16_t d;
      std::memcpy(&d, block.d() + r, sizeof d);
      out[c] = half_to_float(d) * static_cast<float>(scale) *
               static_cast<float>((low | high << 4) - offset);
    }
  }

 private:
  /// Writes row `r` of a unit, whose bytes are zero.
  static void pack_unit(std::byte* unit, size_t r, const std::byte* block) {
    int8_t codes[quant::k_block];
    quant::q6_k_codes(codes, block);
    for (size_t c = 0; c < quant::k_block; ++c) {
      const size_t i = c % q8_block;
      std::byte* at = unit + c / q8_block * code_bytes + 4 * r + i % 4;
      const int code = codes[c] + offset;
      at[i / 4 % 4 * word_bytes] |= static_cast<std::byte>((code & 0x0f) << (i < 16 ? 0 : 4));
      at[(4 + i / 16) * word_bytes] |= static_cast<std::byte>(code >> 4 << (i / 4 % 4 * 2));
    }
    for (size_t s = 0; s < quant::k_block / 16; ++s) {
      unit[scales_at + s * rows + r] = block[quant::q6_k_scales_at + s];
    }
    std::memcpy(unit + d_at + r * sizeof(uint16_t), block + quant::q6_k_d_at, sizeof(uint16_t));
  }
};

/// The codes of word `i` below 8 of a block, each plus 32.
template <class V>
[[gnu::always_inline]] inline typename V::I q6_k_word(const typename Q6KTiles<V>::Block& block,
                                                      size_t i) {
  const auto nibbles = V::load(block.word(i % 4));
  const auto low = V::low_nibbles(i < 4 ? nibbles : V::shift_right_4(nibbles));
  auto high = V::load(block.word(4 + i / 4));
  switch (i % 4) {
    case 0: high = V::shift_left_4(high); break;
    case 1: high = V::shift_left_2(high); break;
    case 2: break;
    case 3: high = V::shift_right_2(high); break;
  }
  return V::merge(low, V::upper_crumbs(high));
}

}  // namespace kinglet::x86
