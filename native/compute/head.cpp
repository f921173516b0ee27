#include "compute/head.h"

#include <algorithm>
#include <cstring>

#include "sampler/sampler.h"

namespace kinglet {

void Head::lay_out(MemoryLayout& layout, const StepLimits& limits) {
  const size_t vocab = ops_.spec().vocab_size;
  logits_ = add_rows(layout, std::min(limits.rows, max_head_rows), vocab);
  selected_ = layout.add<int32_t>(limits.rows);
  slot_ = layout.add<int32_t>(limits.rows);
  sampler_scratch_.resize(limits.threads);
  for (std::byte*& scratch : sampler_scratch_) {
    scratch = layout.add_bytes(sampler_scratch_bytes(vocab));
  }
}

size_t Head::select_rows(const StepBatch& batch) {
  std::fill_n(slot_, batch.counts.rows, -1);
  const auto mark = [&](const int32_t* rows, size_t count) {
    for (size_t i = 0; i < count; ++i) slot_[rows[i]] = 0;
  };
  mark(batch.draws.row, batch.counts.draws);
  mark(batch.scores.row, batch.counts.scores);
  mark(batch.logit_rows, batch.counts.logit_rows);
  size_t count = 0;
  for (size_t row = 0; row < batch.counts.rows; ++row) {
    if (slot_[row] < 0) continue;
    slot_[row] = static_cast<int32_t>(count);
    selected_[count++] = static_cast<int32_t>(row);
  }
  return count;
}

void Head::run(const StepBatch& batch, const StepResults& results) {
  const size_t count = select_rows(batch);
  const size_t draws = batch.counts.draws;
  for (size_t begin = 0; begin < count; begin += max_head_rows) {
    const size_t end = std::min(begin + max_head_rows, count);
    ops_.linear(rms_normed(ops_.x, weights_.output_norm, selected_ + begin, end - begin),
                {{weights_.head, logits_}});

    // The logits of a row of the step, or null where they are not among these.
    const auto logits_of = [&](int32_t row) -> const float* {
      const auto slot = static_cast<size_t>(slot_[row]);
      return slot >= begin && slot < end ? logits_[slot - begin] : nullptr;
    };
    ops_.pool().parallel_for(
        draws + batch.counts.scores, 1, [&](size_t item, size_t item_end, size_t worker) {
          for (; item < item_end; ++item) {
            const int32_t row =
                item < draws ? batch.draws.row[item] : batch.scores.row[item - draws];
            const float* logits = logits_of(row);
            if (logits == nullptr) continue;
            if (item < draws) {
              draw_one(batch, results, item, logits, worker);
            } else {
              score_one(batch, results, item - draws, logits, worker);
            }
          }
        });
    for (size_t i = 0; i < batch.counts.logit_rows; ++i) {
      if (const float* logits = logits_of(batch.logit_rows[i])) {
        std::memcpy(results.logits + i * logits_.width, logits, logits_.width * sizeof(float));
      }
    }
  }
}

void Head::draw_one(const StepBatch& batch, const StepResults& results, size_t draw_id,
                    const float* logits, size_t worker) const {
  const StepBatch::Draws& draws = batch.draws;
  const int32_t* counts = draws.count_range + 2 * draw_id;
  const int32_t* biases = draws.bias_range + 2 * draw_id;
  SamplingParameters parameters{
      .count_ids = batch.count_ids + counts[0],
      .counts = batch.count_values + counts[0],
      .count_entries = static_cast<size_t>(counts[1] - counts[0]),
      .bias_ids = batch.bias_ids + biases[0],
      .biases = batch.bias_values + biases[0],
      .bias_entries = static_cast<size_t>(biases[1] - biases[0]),
      .mask = draws.mask_offset[draw_id] < 0 ? nullptr : batch.masks + draws.mask_offset[draw_id],
  };
#define KINGLET_SAMPLING(member, ...) parameters.member = draws.member[draw_id];
#define KINGLET_DRAW(...)
#include "batch/fields.def"
  const int32_t wanted = draws.top_logprobs[draw_id];
  const RowScores scores{
      .top_logprobs = results.draw_top_logprobs + draw_id * max_top_logprobs,
      .top_ids = results.draw_top_ids + draw_id * max_top_logprobs,
      .top_count = static_cast<size_t>(std::max(wanted, 0)),
  };
  const RowStatus status =
      draw(ops_.kernels(), logits, logits_.width, parameters, scores, sampler_scratch_[worker],
           results.draw_tokens + draw_id, wanted < 0 ? nullptr : results.draw_logprobs + draw_id);
  results.draw_status[draw_id] = static_cast<uint8_t>(status);
}

void Head::score_one(const StepBatch& batch, const StepResults& results, size_t score_id,
                     const float* logits, size_t worker) const {
  const StepBatch::Scores& scores = batch.scores;
  const RowScores best{
      .top_logprobs = results.score_top_logprobs + score_id * max_top_logprobs,
      .top_ids = results.score_top_ids + score_id * max_top_logprobs,
      .top_count = static_cast<size_t>(std::max(scores.top_logprobs[score_id], 0)),
  };
  const RowStatus status = score(ops_.kernels(), logits, logits_.width, scores.target[score_id],
                                 best, sampler_scratch_[worker], results.score_logprobs + score_id);
  results.score_status[score_id] = static_cast<uint8_t>(status);
}

}  // namespace kinglet
