// The packed layout of block formats that x86 kernels share.
//
// A tile is `rows` weight rows, so that a register holds one 32-bit word of each: lane = row, and
// no dot product ever needs a horizontal sum.
//
//   tile:  units of 8 blocks for formats of 256 columns, else of one block or two, such that
//          their halves are a register's worth:
//            halves    [blocks, or one][d, then m][rows], m where the format has minima
//            integers  [blocks][scales, then minima][rows] bytes, where the format has integer ones
//            padding to whole registers
//            codes     [blocks][packed words][rows][4 bytes], as code_fields.h has them
//          padding to a multiple of 64; zeros where the last unit has a block too many
//
// All that a matmul reads comes in one stream, as the CPU's prefetchers follow best: codes and
// scales that were apart were read at 85 % of this speed. What all blocks of a unit need comes
// first: behind the codes, it would be further ahead of the first block than memory is asked for.
//
// Integers stay what they are in the file: scale * code needs no rounding, and what a block adds is
// exact with them. Those of q2_k are 4 bits each, and a scale shares its byte with its minimum.
//
// Everything is a template over a type of the including ISA's namespace: no instantiation is shared
// between sources that are compiled with different flags.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/x86/code_fields.h"
#include "quant/block32.h"
#include "quant/iq_quants.h"
#include "quant/k_quants.h"

namespace kinglet::x86 {

/// `Isa` has rows, bytes of a register and signed_bytes, which says whether codes of 8 bits are
/// packed as the numbers that they stand for. Unpacked codes are times 2^code_shift: 0, or what
/// moves them to the top of a byte.
template <class Isa, Format block_format, unsigned code_shift = 0>
struct CodeTiles {
  using V = Isa;
  static constexpr Format format = block_format;
  static constexpr quant::CodeLayout layout = quant::code_layout<format>;
  static constexpr unsigned shift = code_shift;
  static_assert(shift == 0 || shift == 8 - layout.bits);

  static constexpr size_t rows = V::rows;
  static constexpr size_t halves = layout.has_minima ? 2 : 1;
  static constexpr size_t half_blocks =
      quant::format_values<format> / q8_block;  // under the same halves
  static constexpr bool is_shared = layout.integer_scales == 2 && layout.has_minima;
  static constexpr size_t integers =
      layout.integer_scales * (layout.has_minima && !is_shared ? 2 : 1);

  static constexpr size_t word_bytes = word_columns * rows;
  static constexpr size_t code_bytes = layout.bits * word_bytes;            // of one block
  static constexpr size_t integer_bytes = integers * rows;                  // of one block
  static constexpr size_t halves_bytes = halves * rows * sizeof(uint16_t);  // of half_blocks
  static constexpr size_t unit_blocks = half_blocks > 1 ? half_blocks : V::bytes / halves_bytes;
  static constexpr size_t integers_at = unit_blocks / half_blocks * halves_bytes;
  static constexpr size_t codes_at =
      (integers_at + unit_blocks * integer_bytes + V::bytes - 1) / V::bytes * V::bytes;
  static constexpr size_t unit_bytes = codes_at + unit_blocks * code_bytes;
  static_assert(half_blocks > 1 || codes_at == V::bytes);

  static constexpr CodeFields fields = code_fields<layout.bits>(shift);

  static size_t tile_bytes(size_t cols) {
    const size_t units = (cols / q8_block + unit_blocks - 1) / unit_blocks;
    return (units * unit_bytes + 63) / 64 * 64;
  }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / rows * tile_bytes(cols);
  }

  /// A block of 32 columns of a tile, and what it has of row 0. Rows follow each other, 4 bytes of
  /// a packed word, a byte of an integer, a half.
  template <class Byte>
  struct Place {
    Byte* unit;
    size_t index;  // in the unit

    Place(Byte* tile, size_t block)
        : unit(tile + block / unit_blocks * unit_bytes), index(block % unit_blocks) {}

    Byte* packed_word(size_t p) const {
      return unit + codes_at + index * code_bytes + p * word_bytes;
    }
    Byte* scale(size_t i) const { return unit + integers_at + index * integer_bytes + i * rows; }
    Byte* minimum(size_t i) const { return scale(is_shared ? i : layout.integer_scales + i); }
    Byte* d() const { return unit + index / half_blocks * halves_bytes; }
    Byte* m() const { return d() + rows * sizeof(uint16_t); }
  };
  using Block = Place<const std::byte>;

  static size_t packed_bytes(size_t matrix_rows, size_t cols) {
    return (matrix_rows + rows - 1) / rows * tile_bytes(cols);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t matrix_rows, size_t cols) {
    assert(row_begin % rows == 0 && (row_end % rows == 0 || row_end == matrix_rows));
    assert(cols % quant::format_values<format> == 0);
    static_cast<void>(matrix_rows);
    for (size_t first = row_begin; first < row_end; first += rows) {
      std::byte* tile = packed + first / rows * tile_bytes(cols);
      std::memset(tile, 0, tile_bytes(cols));
      const size_t count = row_end - first < rows ? row_end - first : rows;
      for (size_t r = 0; r < count; ++r) {
        for (size_t block = 0; block < cols / q8_block; in += quant::format_bytes<format>) {
          quant::CodeBlock blocks[half_blocks];
          layout.read(blocks, in);
          for (const quant::CodeBlock& each : blocks) write_block({tile, block++}, r, each);
        }
      }
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t matrix_rows,
                         size_t cols) {
    assert(row < matrix_rows);
    static_cast<void>(matrix_rows);
    for (size_t block = 0; block < cols / q8_block; ++block, out += q8_block) {
      const quant::CodeBlock codes = read_block({tile(packed, row, cols), block}, row % rows);
      quant::dequantize_codes<format>(out, codes);
    }
  }

 private:
  // Four bytes at once.
  static constexpr uint32_t every_byte = 0x01010101;
  static constexpr uint32_t low_bits(unsigned bits) { return every_byte * ((1u << bits) - 1); }
  static constexpr uint32_t flip = layout.bits == 8 && V::signed_bytes ? every_byte << 7 : 0;

  /// Writes row `r` of a block, whose bytes are zero.
  static void write_block(const Place<std::byte>& to, size_t r, const quant::CodeBlock& from) {
    uint32_t codes[block_words], packed[layout.bits] = {};
    std::memcpy(codes, from.codes, sizeof codes);
#pragma GCC unroll 8
    for (size_t w = 0; w < block_words; ++w) {
#pragma GCC unroll 3
      for (const CodeField& field : fields.word[w]) {
        packed[field.packed] |= (codes[w] >> field.code_bit & low_bits(field.bits)) << field.at;
      }
    }
    for (size_t p = 0; p < layout.bits; ++p) {
      packed[p] ^= flip;
      std::memcpy(to.packed_word(p) + word_columns * r, &packed[p], sizeof packed[p]);
    }
    for (size_t i = 0; i < layout.integer_scales; ++i) {
      to.scale(i)[r] = static_cast<std::byte>(from.scales[i]);
      const auto minimum = static_cast<std::byte>(from.minima[i]);
      if constexpr (layout.has_minima) to.minimum(i)[r] |= minimum << (is_shared ? 4 : 0);
    }
    std::memcpy(to.d() + sizeof(uint16_t) * r, &from.d, sizeof from.d);
    if constexpr (layout.has_minima) {
      std::memcpy(to.m() + sizeof(uint16_t) * r, &from.m, sizeof from.m);
    }
  }

  static quant::CodeBlock read_block(const Block& from, size_t r) {
    quant::CodeBlock block{.codes = {}, .scales = {1, 1}, .minima = {1, 1}, .d = 0, .m = 0};
    uint32_t codes[block_words] = {};
#pragma GCC unroll 8
    for (size_t w = 0; w < block_words; ++w) {
#pragma GCC unroll 3
      for (const CodeField& field : fields.word[w]) {
        uint32_t packed;
        std::memcpy(&packed, from.packed_word(field.packed) + word_columns * r, sizeof packed);
        codes[w] |= ((packed ^ flip) >> field.at & low_bits(field.bits)) << field.code_bit;
      }
    }
    std::memcpy(block.codes, codes, sizeof codes);
    for (size_t i = 0; i < 2 && layout.integer_scales > 0; ++i) {
      const size_t which = i % layout.integer_scales;
      const auto scale = from.scale(which)[r];
      block.scales[i] = static_cast<int8_t>(is_shared ? scale & std::byte{0x0f} : scale);
      if constexpr (layout.has_minima) {
        block.minima[i] = static_cast<uint8_t>(from.minimum(which)[r] >> (is_shared ? 4 : 0));
      }
    }
    std::memcpy(&block.d, from.d() + sizeof(uint16_t) * r, sizeof block.d);
    if constexpr (layout.has_minima) {
      std::memcpy(&block.m, from.m() + sizeof(uint16_t) * r, sizeof block.m);
    }
    return block;
  }
};

}  // namespace kinglet::x86
