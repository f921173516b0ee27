#include "load/sample_check.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "platform/checksum.h"

namespace kinglet {

namespace {

struct Sample {
  size_t row;    // is compared
  size_t begin;  // the rows of its tile, which are packed together
  size_t end;
};

/// Another row in each matrix.
Sample sample_of(const Placement& placement) {
  if (placement.matrix == nullptr) return {0, 0, 1};
  const Matrix& matrix = *placement.matrix;
  const std::string& name = placement.entry->name;
  const size_t row_tile = matrix.kernel->row_tile;
  const size_t row =
      checksum(reinterpret_cast<const std::byte*>(name.data()), name.size()) % matrix.rows;
  const size_t begin = row / row_tile * row_tile;
  return {row, begin, std::min(begin + row_tile, matrix.rows)};
}

struct SampleScratch {
  PieceScratch piece;
  std::byte* packed = nullptr;  // one tile
  float* kept = nullptr;        // [cols]
  float* anew = nullptr;        // [cols]
};

SampleScratch lay_out_sample(MemoryLayout& layout, const Placement& placement) {
  const size_t cols = placement.entry->cols;
  const Sample sample = sample_of(placement);
  SampleScratch scratch;
  scratch.piece = lay_out_piece(layout, placement, sample.end - sample.begin);
  if (placement.matrix != nullptr) {
    const MatmulKernel& kernel = *placement.matrix->kernel;
    scratch.packed = layout.add_bytes(kernel.packed_bytes(kernel.row_tile, cols));
  }
  scratch.kept = layout.add<float>(cols);
  scratch.anew = layout.add<float>(cols);
  return scratch;
}

Status is_other(const Placement& placement) {
  return Status(ErrorCode::file_malformed,
                "its " + placement.entry->shown_name() + " is not that of the model's file");
}

Status check_vector(const Placement& placement, const RowReader& reader,
                    const SampleScratch& scratch) {
  KINGLET_RETURN_IF_ERROR(reader.read_vector(placement, scratch.piece, scratch.anew));
  const size_t bytes = placement.entry->cols * sizeof(float);
  return std::memcmp(placement.data, scratch.anew, bytes) == 0 ? Status() : is_other(placement);
}

Status check_matrix(const Placement& placement, const RowReader& reader,
                    const SampleScratch& scratch) {
  const Matrix& matrix = *placement.matrix;
  const MatmulKernel& kernel = *matrix.kernel;
  const auto [row, begin, end] = sample_of(placement);
  const size_t rows = end - begin;
  KINGLET_RETURN_IF_ERROR(reader.read_matrix(placement, begin, end, scratch.piece));
  kernel.pack(scratch.packed, scratch.piece.rows, 0, rows, rows, matrix.cols);
  kernel.unpack_row(scratch.anew, scratch.packed, row - begin, rows, matrix.cols);
  kernel.unpack_row(scratch.kept, placement.data, row, matrix.rows, matrix.cols);
  const size_t bytes = matrix.cols * sizeof(float);
  return std::memcmp(scratch.kept, scratch.anew, bytes) == 0 ? Status() : is_other(placement);
}

}  // namespace

void lay_out_samples(MemoryLayout& layout, const std::vector<Placement>& placements) {
  size_t largest = 0;
  for (const Placement& placement : placements) {
    MemoryLayout sample;
    lay_out_sample(sample, placement);
    largest = std::max(largest, sample.bytes());
  }
  layout.add_bytes(largest);
}

Status check_samples(const std::vector<Placement>& placements, const RowReader& reader,
                     MappedBytes& mapped) {
  for (const Placement& placement : placements) {
    const Sample sample = sample_of(placement);
    reader.read_ahead(placement, sample.begin, sample.end);
  }
  PageMemory memory;
  KINGLET_RETURN_IF_ERROR(allocate_layout(
      "samples of weights", [&](MemoryLayout& layout) { lay_out_samples(layout, placements); },
      &memory, &mapped));
  for (const Placement& placement : placements) {
    MemoryLayout layout(memory.data());
    const SampleScratch scratch = lay_out_sample(layout, placement);
    KINGLET_RETURN_IF_ERROR(placement.matrix != nullptr ? check_matrix(placement, reader, scratch)
                                                        : check_vector(placement, reader, scratch));
  }
  return Status();
}

}  // namespace kinglet
