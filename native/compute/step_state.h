// What a step's batch says of its rows: the sequence and the position of each, and the angles that
// RoPE rotates by there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "batch/batch.h"
#include "compute/rows.h"
#include "model_spec.h"
#include "platform/page_memory.h"

namespace kinglet {

/// What no step exceeds; fixed when the model is loaded.
struct StepLimits {
  size_t rows = 0;
  size_t kv_blocks = 0;  // of the pool
  size_t threads = 0;
};

class StepState {
 public:
  explicit StepState(const ModelSpec& spec) : spec_(spec) {}

  void lay_out(MemoryLayout& layout, const StepLimits& limits);

  /// Takes the rows of a batch, which outlives the step, but for their angles.
  void begin(const StepBatch& batch);
  /// Computes the angles of one row.
  void compute_angles(size_t row) const;

  const StepBatch& batch() const { return *batch_; }
  size_t rows() const { return rows_; }
  /// The absolute position of a row in its sequence.
  size_t position(size_t row) const { return positions_[row]; }
  /// The block of the pool that the row's position lies in.
  size_t kv_block(size_t row) const;

  /// [head_dim / 2] cosines and sines of the row's angles, times the model's rope_magnitude.
  const float* cosines(size_t row) const { return cosines_[row]; }
  const float* sines(size_t row) const { return sines_[row]; }

 private:
  const ModelSpec& spec_;
  const StepBatch* batch_ = nullptr;
  size_t rows_ = 0;
  uint32_t* positions_ = nullptr;  // [limits.rows]
  int32_t* sequences_ = nullptr;   // [limits.rows]
  Rows cosines_, sines_;           // [head_dim / 2]
};

}  // namespace kinglet
