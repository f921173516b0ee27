// The packed layout of q6_k that x86 kernels share: as block_tiles.h has it for blocks of 32, a
// tile is `rows` weight rows, and a lane of a register is a row.
//
//   tile:  codes   [cols / 32][8 words][rows][4 bytes], 4 columns to a word
//          scales  [cols / 32][2][rows] int8, for columns 0..15 and 16..31 of a block
//          d       [cols / 256][rows] halves
//          padding to a multiple of 64
//
// Codes get a byte each, which costs 2 bits a weight over the file's 6.56 and saves its shifts
// and masks. Scales stay the integers that they are in the file: scale * code needs no rounding,
// and the dot product of a block of 32 is exact with them.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/x86/prefetch.h"
#include "quant/half.h"
#include "quant/k_quants.h"

namespace kinglet::x86 {

/// `V` has rows.
template <class V>
struct Q6KTiles {
  static constexpr size_t rows = V::rows;
  static constexpr size_t words = 8;
  static constexpr int offset = 32;  // makes codes unsigned
  static constexpr size_t code_bytes = 4 * words * rows;         // of 32 columns of the tile
  static constexpr size_t scale_bytes = 2 * rows;                // of 32 columns
  static constexpr size_t d_bytes = rows * sizeof(uint16_t);     // of 256 columns
  static constexpr size_t k_blocks = quant::k_block / q8_block;  // of 32 columns, under one d
  static constexpr size_t k_bytes = k_blocks * (code_bytes + scale_bytes) + d_bytes;

  static size_t tile_bytes(size_t cols) { return (cols / quant::k_block * k_bytes + 63) / 64 * 64; }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / rows * tile_bytes(cols);
  }

  /// The arrays of a tile.
  struct Parts {
    const std::byte* codes;
    const std::byte* scales;
    const std::byte* d;

    Parts(const std::byte* tile, size_t cols)
        : codes(tile),
          scales(codes + cols / q8_block * code_bytes),
          d(scales + cols / q8_block * scale_bytes) {}

    const std::byte* block_codes(size_t block) const { return codes + block * code_bytes; }
    const std::byte* block_scales(size_t block) const { return scales + block * scale_bytes; }
    const std::byte* block_d(size_t block) const { return d + block / k_blocks * d_bytes; }

    /// As BlockTiles::prefetch. The d are left to the CPU: they are a hundredth of a tile, and
    /// asking for one of their lines in each block made a gemv half as fast on Sapphire Rapids.
    void prefetch(size_t block, size_t distance) const {
      for (size_t i = 0; i < code_bytes; i += 64) prefetch_l2(block_codes(block) + distance + i);
      prefetch_l2(block_scales(block) + distance);
    }
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
      std::byte* codes = packed + first / rows * tile_bytes(cols);
      std::memset(codes, 0, tile_bytes(cols));
      std::byte* scales = codes + cols / q8_block * code_bytes;
      std::byte* d = scales + cols / q8_block * scale_bytes;
      const size_t count = row_end - first < rows ? row_end - first : rows;
      for (size_t r = 0; r < count; ++r) {
        for (size_t k = 0; k < cols / quant::k_block; ++k, in += quant::q6_k_bytes) {
          pack_block(codes + k * k_blocks * code_bytes + 4 * r,
                     scales + k * k_blocks * scale_bytes + r, in);
          std::memcpy(d + k * d_bytes + 2 * r, in + quant::q6_k_d_at, sizeof(uint16_t));
        }
      }
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t matrix_rows,
                         size_t cols) {
    assert(row < matrix_rows);
    static_cast<void>(matrix_rows);
    const Parts parts(tile(packed, row, cols), cols);
    const size_t r = row % rows;
    for (size_t c = 0; c < cols; ++c) {
      const size_t block = c / q8_block, i = c % q8_block;
      uint16_t d;
      std::memcpy(&d, parts.block_d(block) + 2 * r, sizeof d);
      const auto scale = static_cast<int8_t>(parts.block_scales(block)[i / 16 * rows + r]);
      const auto code = static_cast<int>(parts.block_codes(block)[(i / 4 * rows + r) * 4 + i % 4]) -
                        offset;
      out[c] = half_to_float(d) * static_cast<float>(scale) *
               static_cast<float>(static_cast<int8_t>(code));
    }
  }

 private:
  /// Writes one row's part of 256 columns. `codes` and `scales` are of that row.
  static void pack_block(std::byte* codes, std::byte* scales, const std::byte* block) {
    int8_t block_codes[quant::k_block];
    quant::q6_k_codes(block_codes, block);
    for (size_t i = 0; i < quant::k_block; ++i) {
      codes[i / 4 * rows * 4 + i % 4] = static_cast<std::byte>(block_codes[i] + offset);
    }
    for (size_t s = 0; s < quant::k_block / 16; ++s) {
      scales[s * rows] = block[quant::q6_k_scales_at + s];
    }
  }
};

}  // namespace kinglet::x86
