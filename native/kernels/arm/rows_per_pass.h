// How many activation rows a matmul takes at a time. In an anonymous namespace for the reason that
// code_tile.h gives.
#pragma once

#include <cstddef>

namespace kinglet::arm {
namespace {

/// std::min would be a function that sources of all instruction sets share.
constexpr size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// Activation rows that share each load of weights.
constexpr size_t tile_batch = 4;

/// Activation rows that are multiplied with a whole range of weights before the next ones: as many
/// as stay in a half of a second-level cache of 512 KiB, which all of these chips have, while the
/// weights' part stays in the first level. Where cores share that cache they share the rows too.
inline size_t rows_per_pass(size_t activation_stride) {
  const size_t rows = 256 * 1024 / activation_stride / tile_batch * tile_batch;
  return rows < tile_batch ? tile_batch : rows;
}

}  // namespace
}  // namespace kinglet::arm
