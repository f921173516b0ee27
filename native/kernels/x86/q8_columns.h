// The activations of one block, as kernels of packed tiles read them: a column of the result is an
// activation row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"

namespace kinglet::x86 {

/// A block of some activation rows that lie `stride` bytes apart. `V` is of the including ISA's
/// namespace.
template <class V>
struct Q8Columns {
  Q8Row first;
  size_t stride;

  Q8Columns(const std::byte* rows, size_t row_stride, size_t cols)
      : first(q8_row(rows, cols)), stride(row_stride) {}

  /// The rows from row `column` on, the same block.
  Q8Columns from_column(size_t column) const {
    Q8Columns there = *this;
    there.first = {moved(first.values, column), moved(first.scales, column),
                   moved(first.sums, column), moved(first.starts, column),
                   moved(first.pair_sums, column)};
    return there;
  }
  /// The same rows' block `block`, where this is block 0.
  Q8Columns at(size_t block) const {
    Q8Columns there = *this;
    there.first.values += block * q8_block;
    there.first.scales += block;
    there.first.sums += block;
    there.first.starts += block;
    there.first.pair_sums += 4 * block;
    return there;
  }

  /// Values 4w..4w+3 of a column, for every row of a tile.
  typename V::I word(size_t column, size_t w) const { return broadcast(first.values, column, w); }
  typename V::I start(size_t column) const { return broadcast(first.starts, column, 0); }
  typename V::F sum(size_t column) const { return V::to_floats(broadcast(first.sums, column, 0)); }
  /// The two pair sums of a half of the block.
  typename V::I pair_sums(size_t column, size_t half) const {
    return broadcast(first.pair_sums, column, half);
  }
  typename V::F scale(size_t column) const {
    float scale;
    std::memcpy(&scale, bytes(first.scales, column), sizeof scale);
    return V::set1(scale);
  }

 private:
  template <typename Element>
  const Element* moved(const Element* array, size_t column) const {
    return reinterpret_cast<const Element*>(bytes(array, column));
  }
  template <typename Element>
  const std::byte* bytes(const Element* array, size_t column) const {
    return reinterpret_cast<const std::byte*>(array) + column * stride;
  }
  template <typename Element>
  typename V::I broadcast(const Element* array, size_t column, size_t w) const {
    int32_t word;
    std::memcpy(&word, bytes(array, column) + 4 * w, sizeof word);
    return V::broadcast(word);
  }
};

}  // namespace kinglet::x86
