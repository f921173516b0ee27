// From the last layer's rows to logits, and from these to draws and scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch/batch.h"
#include "compute/ops.h"
#include "compute/rows.h"
#include "compute/step_state.h"
#include "compute/weights.h"
#include "platform/page_memory.h"

namespace kinglet {

/// Rows whose logits are held at once: of a vocabulary of 128k, 512 rows would take 256 MiB.
inline constexpr size_t max_head_rows = 64;

class Head {
 public:
  Head(Ops& ops, const Weights& weights) : ops_(ops), weights_(weights) {}

  void lay_out(MemoryLayout& layout, const StepLimits& limits);

  /// Computes the logits of the rows of ops.x that a draw, a score or the caller asks for, and no
  /// others, and writes every result.
  void run(const StepBatch& batch, const StepResults& results);

 private:
  size_t select_rows(const StepBatch& batch);
  void draw_one(const StepBatch& batch, const StepResults& results, size_t draw,
                const float* logits, size_t worker) const;
  void score_one(const StepBatch& batch, const StepResults& results, size_t score,
                 const float* logits, size_t worker) const;

  Ops& ops_;
  const Weights& weights_;
  Rows logits_;                              // [vocab]
  int32_t* selected_ = nullptr;              // [limits.rows] rows of the step, ascending
  int32_t* slot_ = nullptr;                  // [limits.rows] place in selected_, or -1
  std::vector<std::byte*> sampler_scratch_;  // [limits.threads]
};

}  // namespace kinglet
