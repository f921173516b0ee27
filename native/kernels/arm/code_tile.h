// The packed layout of block formats that the Arm kernels share.
//
// A tile is 8 rows of weights; a packed matrix is its tiles in order, a tile its units in order. A
// unit is a file's block of each of the 8 rows:
//
//   d       [8] halves, then m [8] where the format has minima
//   parts, one for each 32 columns:
//     integers   [n][8] scales and minima, where the format has such: first the scales. Where there
//                are two of each, a scale is the lower half of a byte, the minimum the upper one
//     codes      a plane of their low bits, then one of their high bits: see below
//
// The codes of a part are 16 registers of 16. Which rows and columns a register covers is the
// instruction set's (`Lanes`): what its dot product wants. Register r is one byte a code with 8
// bits; else its low 4 bits (2, of codes of 2 and 3 bits) are those bits of the plane's byte that
// follow those of register r - 1, and the bits above these are likewise in the second plane.
//
// Everything is in an anonymous namespace: each source that includes this gets its own copy,
// compiled with its own flags, which the linker cannot merge with another's.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"
#include "quant/block32.h"
#include "quant/code_block.h"
#include "quant/iq_quants.h"
#include "quant/k_quants.h"

namespace kinglet::arm {
namespace {

constexpr size_t tile_rows = 8;

/// Registers of codes that cover `register_rows` rows by 16 / register_rows columns each.
template <size_t register_rows>
struct Lanes {
  static constexpr size_t rows = register_rows;
  static constexpr size_t columns = 16 / rows;
  static constexpr size_t words = q8_block / columns;  // registers beside each other
  static constexpr size_t registers = tile_rows / rows * words;

  static constexpr size_t register_of(size_t row, size_t column) {
    return row / rows * words + column / columns;
  }
  static constexpr size_t byte_of(size_t row, size_t column) {
    return row % rows * columns + column % columns;
  }
};

/// Part of the bits of each code of a part, side by side.
struct Plane {
  size_t at;      // in the part's codes
  unsigned bits;  // of a code
  unsigned from;  // the code's bit that is the lowest of these

  constexpr size_t bytes() const { return q8_block * tile_rows / 8 * bits; }
  /// Where the bits of register r are: in which 16 bytes, and how far up in these.
  constexpr size_t address(size_t r) const { return at + r * bits / 8 * 16; }
  constexpr unsigned shift(size_t r) const { return static_cast<unsigned>(r * bits % 8); }
};

template <Format block_format, class L>
struct CodeTile {
  using Lanes = L;
  static constexpr Format format = block_format;
  static constexpr const quant::CodeLayout& layout = quant::code_layout<format>;
  static constexpr size_t columns = quant::format_values<format>;  // of a unit
  static constexpr size_t parts = columns / q8_block;

  static constexpr size_t halves = layout.has_minima ? 2 : 1;
  static constexpr bool shared_integers = layout.integer_scales == 2 && layout.has_minima;
  static constexpr size_t integers =
      layout.integer_scales * (layout.has_minima && !shared_integers ? 2 : 1);
  static constexpr Plane low{.at = 0,
                             .bits = layout.bits == 8   ? 8u
                                     : layout.bits >= 4 ? 4u
                                                        : 2u,
                             .from = 0};
  static constexpr Plane high{.at = low.bytes(), .bits = layout.bits - low.bits, .from = low.bits};

  static constexpr size_t codes_at = integers * tile_rows;  // in a part
  static constexpr size_t part_bytes = codes_at + low.bytes() + high.bytes();
  static constexpr size_t parts_at = halves * tile_rows * sizeof(uint16_t);  // in a unit
  static constexpr size_t unit_bytes = parts_at + parts * part_bytes;

  // What is added to a code before it is packed. Kernels read codes with an offset, or of five
  // bits, as numbers in two's complement; such codes of other formats are `lowered` by 16 to be.
  static constexpr uint8_t flip =
      layout.offset != 0 || layout.bits == 5 ? 1u << (layout.bits - 1) : 0;
  static constexpr int lowered = layout.bits == 5 && layout.offset == 0 ? 16 : 0;

  static const uint16_t* d(const std::byte* unit) {
    return reinterpret_cast<const uint16_t*>(unit);
  }
  static const uint16_t* m(const std::byte* unit) { return d(unit) + tile_rows; }
  static const std::byte* part(const std::byte* unit, size_t p) {
    return unit + parts_at + p * part_bytes;
  }
  static const int8_t* integers_of(const std::byte* part, size_t i) {
    return reinterpret_cast<const int8_t*>(part) + i * tile_rows;
  }
  static const uint8_t* codes_of(const std::byte* part) {
    return reinterpret_cast<const uint8_t*>(part) + codes_at;
  }

  static size_t tile_bytes(size_t cols) { return cols / columns * unit_bytes; }
  static const std::byte* tile(const std::byte* packed, size_t row, size_t cols) {
    return packed + row / tile_rows * tile_bytes(cols);
  }

  static size_t packed_bytes(size_t rows, size_t cols) {
    return (rows + tile_rows - 1) / tile_rows * tile_bytes(cols);
  }

  static void pack(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
                   size_t rows, size_t cols) {
    assert(row_begin % tile_rows == 0 && row_begin <= row_end && row_end <= rows);
    assert(row_end % tile_rows == 0 || row_end == rows);
    assert(cols % columns == 0);
    (void)rows;
    for (size_t row = row_begin; row < row_end; ++row) {
      std::byte* unit = packed + row / tile_rows * tile_bytes(cols);
      if (row % tile_rows == 0) std::memset(unit, 0, tile_bytes(cols));
      for (size_t c = 0; c < cols; c += columns) {
        quant::CodeBlock blocks[parts];
        layout.read(blocks, in);
        for (size_t p = 0; p < parts; ++p) pack_row(unit, p, row % tile_rows, blocks[p]);
        in += quant::format_bytes<format>;
        unit += unit_bytes;
      }
    }
  }

  static void unpack_row(float* out, const std::byte* packed, size_t row, size_t rows,
                         size_t cols) {
    assert(row < rows && cols % columns == 0);
    (void)rows;
    const std::byte* unit = tile(packed, row, cols);
    for (size_t c = 0; c < cols; c += columns, unit += unit_bytes) {
      for (size_t p = 0; p < parts; ++p, out += q8_block) {
        quant::dequantize_codes<format>(out, row_of(unit, p, row % tile_rows));
      }
    }
  }

 private:
  /// Writes row r of part p of a unit whose codes of the row are zero.
  static void pack_row(std::byte* unit, size_t p, size_t r, const quant::CodeBlock& block) {
    std::memcpy(unit + r * sizeof(uint16_t), &block.d, sizeof block.d);
    if constexpr (layout.has_minima) {
      std::memcpy(unit + (tile_rows + r) * sizeof(uint16_t), &block.m, sizeof block.m);
    }
    std::byte* at = unit + parts_at + p * part_bytes;
    for (size_t i = 0; i < integers; ++i) {
      at[i * tile_rows + r] = static_cast<std::byte>(
          shared_integers             ? block.scales[i] | block.minima[i] << 4
          : i < layout.integer_scales ? static_cast<uint8_t>(block.scales[i])
                                      : block.minima[i - layout.integer_scales]);
    }
    for (size_t c = 0; c < q8_block; ++c) {
      const size_t reg = Lanes::register_of(r, c);
      const unsigned code = block.codes[c] ^ flip;
      for (const Plane& plane : {low, high}) {
        if (plane.bits == 0) continue;
        at[codes_at + plane.address(reg) + Lanes::byte_of(r, c)] |= static_cast<std::byte>(
            (code >> plane.from & ((1u << plane.bits) - 1)) << plane.shift(reg));
      }
    }
  }

  static quant::CodeBlock row_of(const std::byte* unit, size_t p, size_t r) {
    quant::CodeBlock block{
        .codes = {}, .scales = {1, 1}, .minima = {1, 1}, .d = d(unit)[r], .m = 0};
    if constexpr (layout.has_minima) block.m = m(unit)[r];
    const std::byte* at = part(unit, p);
    for (size_t half = 0; half < 2 && integers > 0; ++half) {
      const size_t i = layout.integer_scales == 2 ? half : 0;
      const auto scale = static_cast<uint8_t>(at[i * tile_rows + r]);
      block.scales[half] = static_cast<int8_t>(shared_integers ? scale & 0x0f : scale);
      if constexpr (shared_integers) {
        block.minima[half] = scale >> 4;
      } else if constexpr (layout.has_minima) {
        block.minima[half] = static_cast<uint8_t>(at[(layout.integer_scales + i) * tile_rows + r]);
      }
    }
    for (size_t c = 0; c < q8_block; ++c) {
      const size_t reg = Lanes::register_of(r, c);
      unsigned code = 0;
      for (const Plane& plane : {low, high}) {
        if (plane.bits == 0) continue;
        const auto byte =
            static_cast<uint8_t>(at[codes_at + plane.address(reg) + Lanes::byte_of(r, c)]);
        code |= (byte >> plane.shift(reg) & ((1u << plane.bits) - 1)) << plane.from;
      }
      block.codes[c] = static_cast<uint8_t>(code ^ flip);
    }
    return block;
  }
};

}  // namespace
}  // namespace kinglet::arm
