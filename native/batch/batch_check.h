// The one check of a step's input. What it lets pass cannot make the model read or write outside
// its memory, whatever the caller meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch/batch.h"
#include "platform/status.h"

namespace kinglet {

/// What the numbers of a batch are measured against.
struct BatchBounds {
  size_t vocab = 0;
  size_t context_length = 0;
  size_t kv_blocks = 0;
  size_t max_rows = 0;
};

/// Lengths of the batch's lists, which no count gives: that of the shortest array of each.
struct BatchLists {
  size_t block_table_entries = 0;
  size_t count_entries = 0;
  size_t bias_entries = 0;
  size_t mask_words = 0;
};

class BatchChecker {
 public:
  explicit BatchChecker(const BatchBounds& bounds);

  /// `invalid_argument` with the array's name in addon.ts and the index, or ok. The arrays are at
  /// least as long as the batch's counts say. Beyond the range of each number: every sequence has a
  /// row, no block stands twice in a sequence, and a block that one sequence writes to is in no
  /// other's table.
  Status check(const StepBatch& batch, const BatchLists& lists);

  /// (from, to) block ids of a copy; `values` is twice the number of pairs.
  Status check_block_pairs(const int32_t* pairs, size_t values) const;

 private:
  Status check_rows(const StepBatch& batch) const;
  Status check_blocks(const StepBatch& batch, size_t block_table_entries);
  Status check_elements(const StepBatch& batch) const;
  Status check_draw_lists(const StepBatch& batch, const BatchLists& lists) const;

  BatchBounds bounds_;
  // By block: the sequence, counted over all steps, that last had it in its table, and that last
  // wrote to it. Never cleared: numbers below first_of_step_ are of earlier steps.
  std::vector<uint64_t> listed_by_;
  std::vector<uint64_t> written_by_;
  uint64_t first_of_step_ = 1;
};

}  // namespace kinglet
