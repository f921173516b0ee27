#include "compute/step_state.h"

#include <cassert>
#include <cmath>

#include "kernels/kernels.h"

namespace kinglet {

void StepState::lay_out(MemoryLayout& layout, const StepLimits& limits) {
  positions_ = layout.add<uint32_t>(limits.rows);
  sequences_ = layout.add<int32_t>(limits.rows);
  cosines_ = add_rows(layout, limits.rows, spec_.head_dim / 2);
  sines_ = add_rows(layout, limits.rows, spec_.head_dim / 2);
}

void StepState::begin(const StepBatch& batch) {
  assert(batch.counts.rows <= cosines_.count);
  batch_ = &batch;
  rows_ = batch.counts.rows;
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
    const auto begin = static_cast<size_t>(batch.row_offsets[s]);
    const auto end = static_cast<size_t>(batch.row_offsets[s + 1]);
    for (size_t row = begin; row < end; ++row) {
      sequences_[row] = static_cast<int32_t>(s);
      positions_[row] =
          static_cast<uint32_t>(batch.first_positions[s]) + static_cast<uint32_t>(row - begin);
    }
  }
}

void StepState::compute_angles(size_t row) const {
  for (size_t i = 0; i < spec_.head_dim / 2; ++i) {
    // In double: at position 100000 a float angle is off by up to 0.004.
    const double angle = static_cast<double>(positions_[row]) * spec_.rope_inverse_frequencies[i];
    cosines_[row][i] = static_cast<float>(std::cos(angle) * spec_.rope_magnitude);
    sines_[row][i] = static_cast<float>(std::sin(angle) * spec_.rope_magnitude);
  }
}

size_t StepState::kv_block(size_t row) const {
  const auto sequence = static_cast<size_t>(sequences_[row]);
  const size_t entry =
      static_cast<size_t>(batch_->block_offsets[sequence]) + position(row) / kv_block_tokens;
  return static_cast<size_t>(batch_->block_tables[entry]);
}

}  // namespace kinglet
