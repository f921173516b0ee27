// The packed layout of block formats that x86 kernels share.
//
// A tile is `rows` weight rows, so that a register holds one 32-bit word of each: lane = row, and
// no dot product ever needs a horizontal sum. A word is 4 bytes of a block's codes: 4
// columns of q8_0, and of q5_1 whose codes get a byte each, or as in the file columns c..c+3 in low
// and c+16..c+19 in high nibbles of q4_0 and q4_1.
//
//   tile:  units of one block or two, such that a register's worth of halves follows the codes:
//            codes   [blocks][words][rows][4 bytes]
//            scales  [blocks][1 or 2][rows] halves: d, and m where the format has one
//          padding to a multiple of 64; zeros where the last unit has a block too many
//
// All that a matmul reads comes in one stream, as the CPU's prefetchers follow best: codes and
// scales that were apart were read at 85 % of this speed.
//
// Everything is a template over a type of the including ISA's namespace: no instantiation is shared
// between sources that are compiled with different flags.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "quant/block32.h"
#include "quant/half.h"

namespace kinglet::x86 {

/// `V` has rows, bytes of a register and, for q8_0, q8_0_flip: the byte that codes are xor-ed with
/// when packed.
template <class V, Format block_format>
struct BlockTiles {
  static constexpr Format format = block_format;
  static constexpr size_t rows = V::rows;
  static constexpr bool has_min = format == Format::q4_1 || format == Format::q5_1;
  static constexpr bool nibbles = format == Format::q4_0 || format == Format::q4_1;
  static constexpr size_t halves = has_min ? 2 : 1;
  static constexpr size_t words = nibbles ? 4 : 8;
  static constexpr size_t file_bytes = format == Format::q4_0   ? quant::q4_0_bytes
                                       : format == Format::q4_1 ? quant::q4_1_bytes
                                       : format == Format::q5_1 ? quant::q5_1_bytes
                                                                : quant::q8_0_bytes;
  static constexpr size_t word_bytes = 4 * rows;
  static constexpr size_t code_bytes = words * word_bytes;                 // of one block
  static constexpr size_t scale_bytes = halves * rows * sizeof(uint16_t);  // of one block
  static constexpr size_t unit_blocks = V::bytes / scale_bytes;
  static constexpr size_t scales_at = unit_blocks * code_bytes;
  static constexpr size_t unit_bytes = scales_at + unit_blocks * scale_bytes;
  static_assert(unit_blocks * scale_bytes == V::bytes);

  static size_t tile_bytes(size_t cols) {
    const size_t units = (cols / q8_block + unit_blocks - 1) / unit_blocks;
    return (units * unit_bytes + 63) / 64 * 64;
  }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / rows * tile_bytes(cols);
  }

  /// Block `block` of a tile.
  struct Block {
    const std::byte* unit;
    size_t index;  // in the unit

    Block(const std::byte* tile, size_t block)
        : unit(tile + block / unit_blocks * unit_bytes), index(block % unit_blocks) {}

    const std::byte* word(size_t w) const { return unit + index * code_bytes + w * word_bytes; }
    /// d, and from V::rows on m where the format has one.
    const uint16_t* scales() const {
      return reinterpret_cast<const uint16_t*>(unit + scales_at + index * scale_bytes);
    }
  };

  static size_t packed_bytes(size_t matrix_rows, size_t cols) {
    return (matrix_rows + rows - 1) / rows * tile_bytes(cols);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t matrix_rows, size_t cols) {
    assert(row_begin % rows == 0 && (row_end % rows == 0 || row_end == matrix_rows));
    static_cast<void>(matrix_rows);
    const size_t blocks = cols / q8_block;
    for (size_t first = row_begin; first < row_end; first += rows) {
      std::byte* tile = packed + first / rows * tile_bytes(cols);
      std::memset(tile, 0, tile_bytes(cols));
      const size_t count = row_end - first < rows ? row_end - first : rows;
      for (size_t r = 0; r < count; ++r) {
        for (size_t block = 0; block < blocks; ++block, in += file_bytes) {
          std::byte* unit = tile + block / unit_blocks * unit_bytes;
          pack_block(unit + block % unit_blocks * code_bytes + 4 * r,
                     unit + scales_at + block % unit_blocks * scale_bytes + 2 * r, in);
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
      const size_t byte = nibbles ? i % 16 : i;
      const auto code = static_cast<uint8_t>(block.word(byte / 4)[4 * r + byte % 4]);
      const float scale = half_to_float(block.scales()[r]);
      if constexpr (format == Format::q8_0) {
        out[c] = scale * static_cast<float>(static_cast<int8_t>(code ^ (code_flip & 0xff)));
      } else {
        const int q = !nibbles ? code : i < 16 ? code & 0x0f : code >> 4;
        if constexpr (has_min) {
          out[c] = scale * static_cast<float>(q) + half_to_float(block.scales()[rows + r]);
        } else {
          out[c] = scale * static_cast<float>(q - 8);
        }
      }
    }
  }

 private:
  static constexpr uint32_t code_flip = format == Format::q8_0 ? V::q8_0_flip * 0x01010101u : 0;

  /// Writes one row's part of a block. `codes` and `scales` are of that row.
  static void pack_block(std::byte* codes, std::byte* scales, const std::byte* block) {
    for (size_t h = 0; h < halves; ++h) {
      std::memcpy(scales + h * rows * sizeof(uint16_t), block + 2 * h, sizeof(uint16_t));
    }
    uint32_t block_words[words];
    load_words(block_words, block);
    for (size_t w = 0; w < words; ++w) {
      const uint32_t word = block_words[w] ^ code_flip;
      std::memcpy(codes + w * word_bytes, &word, sizeof word);
    }
  }

  /// The words of a block in a file.
  static void load_words(uint32_t (&out)[words], const std::byte* block) {
    if constexpr (format == Format::q5_1) {
      uint8_t codes[q8_block];
      quant::q5_1_codes(codes, block);
      std::memcpy(out, codes, sizeof out);
    } else {
      std::memcpy(out, block + 2 * halves, sizeof out);
    }
  }
};

}  // namespace kinglet::x86
