#include "load/piece.h"

#include <algorithm>

namespace kinglet {

namespace {

constexpr size_t piece_bytes = 256 << 10;

}  // namespace

size_t piece_rows(const Placement& placement) {
  if (placement.matrix == nullptr) return 1;
  const TensorEntry& entry = *placement.entry;
  const size_t row_tile = placement.matrix->kernel->row_tile;
  const size_t widest = std::max(row_bytes(format_info(entry.format), entry.cols),
                                 row_bytes(format_info(placement.format), entry.cols));
  const size_t tiles = (entry.rows + row_tile - 1) / row_tile;
  return std::clamp<size_t>(piece_bytes / (row_tile * widest), 1, tiles) * row_tile;
}

PieceScratch lay_out_piece(MemoryLayout& layout, const Placement& placement, size_t rows) {
  const TensorEntry& entry = *placement.entry;
  PieceScratch scratch;
  scratch.read = layout.add_bytes(rows, row_bytes(format_info(entry.format), entry.cols));
  scratch.rows = scratch.read;
  if (placement.matrix != nullptr && placement.format != entry.format) {
    scratch.rows = layout.add_bytes(rows, row_bytes(format_info(placement.format), entry.cols));
    scratch.floats = layout.add<float>(entry.cols);
  }
  return scratch;
}

std::vector<std::byte*> lay_out_pieces(MemoryLayout& layout,
                                       const std::vector<Placement>& placements, size_t threads) {
  size_t largest = 0;
  for (const Placement& placement : placements) {
    MemoryLayout piece;
    lay_out_piece(piece, placement, piece_rows(placement));
    largest = std::max(largest, piece.bytes());
  }
  std::vector<std::byte*> workers(threads);
  for (std::byte*& worker : workers) worker = layout.add_bytes(largest);
  return workers;
}

}  // namespace kinglet
