// A piece of a tensor: what one thread reads, converts and packs at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "load/weight_plan.h"
#include "platform/page_memory.h"

namespace kinglet {

/// Rows of a piece: a multiple of the matrix's row_tile, so few that the piece stays in a thread's
/// cache. A vector is one row.
size_t piece_rows(const Placement& placement);

/// One thread's memory for a piece.
struct PieceScratch {
  std::byte* read = nullptr;  // rows as they stand in the file
  std::byte* rows = nullptr;  // the same in the computed format; `read` where that is the same
  float* floats = nullptr;    // [cols], for rewriting
};

/// Room for `rows` rows, piece_rows() at most.
PieceScratch lay_out_piece(MemoryLayout& layout, const Placement& placement, size_t rows);

/// Memory in which each of `threads` threads has room for a piece of any of the tensors.
std::vector<std::byte*> lay_out_pieces(MemoryLayout& layout,
                                       const std::vector<Placement>& placements, size_t threads);

}  // namespace kinglet
