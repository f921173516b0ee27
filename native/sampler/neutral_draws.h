// Draws of a step under parameters that change nothing, for tests and benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "batch/batch.h"
#include "sampler/sampler.h"

namespace kinglet {

/// A draw from each of `rows`, without lists, mask or log-probabilities. Owns what the batch reads.
class NeutralDraws {
 public:
  explicit NeutralDraws(std::vector<int32_t> rows)
      : row_(std::move(rows)), ranges_(2 * row_.size(), 0), minus_ones_(row_.size(), -1) {
    const SamplingParameters neutral;
#define KINGLET_SAMPLING(member, ...) member##_.assign(row_.size(), neutral.member);
#define KINGLET_DRAW(...)
#include "batch/fields.def"
  }

  /// Makes them the draws of `batch`, which they outlive.
  void put_into(StepBatch& batch) const {
    batch.counts.draws = row_.size();
    StepBatch::Draws& draws = batch.draws;
    draws.row = row_.data();
    draws.count_range = ranges_.data();
    draws.bias_range = ranges_.data();
    draws.mask_offset = minus_ones_.data();
    draws.top_logprobs = minus_ones_.data();
#define KINGLET_SAMPLING(member, ...) draws.member = member##_.data();
#define KINGLET_DRAW(...)
#include "batch/fields.def"
  }

 private:
  std::vector<int32_t> row_, ranges_, minus_ones_;
#define KINGLET_SAMPLING(member, name, Element, ...) std::vector<Element> member##_;
#define KINGLET_DRAW(...)
#include "batch/fields.def"
};

}  // namespace kinglet
