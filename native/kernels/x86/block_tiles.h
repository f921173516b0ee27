// The packed layout of block formats that x86 kernels share.
//
// A tile is `rows` weight rows, so that a register holds one 32-bit word of each: lane = row, and
// no dot product ever needs a horizontal sum. A word is 4 bytes of a block's codes: 4
// columns of q8_0, and of q5_1 whose codes get a byte each, or as in the file columns c..c+3 in low
// and c+16..c+19 in high nibbles of q4_0 and q4_1.
//
//   tile:  codes   [cols / 32][words][rows][4 bytes]
//          scales  [cols / 32][1 or 2][rows] halves: d, and m where the format has one
//          padding to a multiple of 64
//
// Everything is a template over a type of the including ISA's namespace: no instantiation is shared
// between sources that are compiled with different flags.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/x86/prefetch.h"
#include "quant/block32.h"
#include "quant/half.h"

namespace kinglet::x86 {

/// `V` has rows and, for q8_0, q8_0_flip: the byte that codes are xor-ed with when packed.
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
  static constexpr size_t code_bytes = 4 * words * rows;  // of one block of the tile
  static constexpr size_t block_scales = halves * rows;

  static size_t tile_bytes(size_t cols) {
    const size_t blocks = cols / q8_block;
    return (blocks * (code_bytes + block_scales * sizeof(uint16_t)) + 63) / 64 * 64;
  }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / rows * tile_bytes(cols);
  }
  static const uint16_t* scales(const std::byte* tile, size_t cols) {
    return reinterpret_cast<const uint16_t*>(tile + cols / q8_block * code_bytes);
  }

  /// Asks for what lies `distance` bytes after a block's codes and scales.
  [[gnu::always_inline]] static void prefetch(const std::byte* codes, const uint16_t* scales,
                                              size_t distance) {
    for (size_t i = 0; i < code_bytes; i += 64) prefetch_l2(codes + distance + i);
    prefetch_l2(reinterpret_cast<const std::byte*>(scales) + distance);
  }

  static size_t packed_bytes(size_t matrix_rows, size_t cols) {
    return (matrix_rows + rows - 1) / rows * tile_bytes(cols);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t matrix_rows, size_t cols) {
    assert(row_begin % rows == 0 && (row_end % rows == 0 || row_end == matrix_rows));
    static_cast<void>(matrix_rows);
    const size_t blocks = cols / q8_block;
    for (size_t first = row_begin; first < row_end; first += rows) {
      std::byte* codes = packed + first / rows * tile_bytes(cols);
      std::memset(codes, 0, tile_bytes(cols));
      std::byte* scales = codes + blocks * code_bytes;
      const size_t count = row_end - first < rows ? row_end - first : rows;
      for (size_t r = 0; r < count; ++r, in += blocks * file_bytes) {
        for (size_t block = 0; block < blocks; ++block) {
          const std::byte* from = in + block * file_bytes;
          for (size_t h = 0; h < halves; ++h) {
            std::memcpy(scales + ((block * halves + h) * rows + r) * 2, from + 2 * h, 2);
          }
          uint32_t block_words[words];
          load_words(block_words, from);
          for (size_t w = 0; w < words; ++w) {
            const uint32_t word = block_words[w] ^ code_flip;
            std::memcpy(codes + block * code_bytes + (w * rows + r) * 4, &word, 4);
          }
        }
      }
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t matrix_rows,
                         size_t cols) {
    assert(row < matrix_rows);
    static_cast<void>(matrix_rows);
    const std::byte* codes = tile(packed, row, cols);
    const uint16_t* d = scales(codes, cols) + row % rows;
    for (size_t c = 0; c < cols; ++c) {
      const size_t block = c / q8_block, i = c % q8_block;
      const size_t byte = nibbles ? i % 16 : i;
      const auto code = static_cast<uint8_t>(
          codes[block * code_bytes + (byte / 4 * rows + row % rows) * 4 + byte % 4]);
      const float scale = half_to_float(d[block * block_scales]);
      if constexpr (format == Format::q8_0) {
        out[c] = scale * static_cast<float>(static_cast<int8_t>(code ^ (code_flip & 0xff)));
      } else {
        const int q = !nibbles ? code : i < 16 ? code & 0x0f : code >> 4;
        if constexpr (has_min) {
          out[c] = scale * static_cast<float>(q) + half_to_float(d[block * block_scales + rows]);
        } else {
          out[c] = scale * static_cast<float>(q - 8);
        }
      }
    }
  }

 private:
  static constexpr uint32_t code_flip = format == Format::q8_0 ? V::q8_0_flip * 0x01010101u : 0;

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
