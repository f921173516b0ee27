// Rows of a tensor, read from its file, checked, and brought into the format that they are computed
// in.
#pragma once

#include <vector>

#include "load/model_file.h"
#include "load/piece.h"
#include "load/weight_plan.h"
#include "platform/status.h"

namespace kinglet {

/// Any number of threads may read at once, each with a scratch of its own. What is not finite, in
/// the file or in the format that it is converted to, is refused: it would spread into every
/// answer.
class RowReader {
 public:
  /// `files` are those that the placements' entries are of, and outlive the reader.
  explicit RowReader(const std::vector<ModelFile>& files) : files_(files) {}

  /// Leaves rows [begin, end) of a matrix in `scratch.rows`, which has room for them.
  Status read_matrix(const Placement& placement, size_t begin, size_t end,
                     const PieceScratch& scratch) const;

  /// Writes the floats of a norm or a bias; `scratch` is of its placement.
  Status read_vector(const Placement& placement, const PieceScratch& scratch, float* out) const;

  /// Asks the system to begin reading rows of a matrix, or a vector.
  void read_ahead(const Placement& placement, size_t begin, size_t end) const;

 private:
  Status read_rows(const TensorEntry& entry, size_t begin, size_t end, std::byte* out) const;
  Status too_large(const TensorEntry& entry, const FormatInfo& to) const;

  const std::vector<ModelFile>& files_;
};

}  // namespace kinglet
