#include "batch/batch_check.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <string>

#include "kernels/kernels.h"

namespace kinglet {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

template <typename Value>
Status wrong(const char* array, size_t index, Value value, const std::string& expected) {
  std::ostringstream message;
  message << array << '[' << index << "] is " << value << ": expected " << expected;
  return Status(ErrorCode::invalid_argument, message.str());
}

std::string from_to(int64_t first, int64_t last) {
  return std::to_string(first) + " to " + std::to_string(last);
}

/// All of values[0, count) in [first, last].
Status check_each(const char* array, const int32_t* values, size_t count, int64_t first,
                  int64_t last) {
  for (size_t i = 0; i < count; ++i) {
    if (values[i] < first || values[i] > last) {
      return wrong(array, i, values[i], from_to(first, last));
    }
  }
  return Status();
}

template <typename Legal>
Status check_each(const char* array, const float* values, size_t count, const Legal& legal,
                  const char* expected) {
  for (size_t i = 0; i < count; ++i) {
    if (!legal(values[i])) return wrong(array, i, values[i], expected);
  }
  return Status();
}

/// offsets[0] >= 0, offsets[i] <= offsets[i + 1], offsets[sequences] <= last.
Status check_offsets(const char* array, const int32_t* offsets, size_t sequences, size_t last) {
  int64_t previous = 0;
  for (size_t i = 0; i <= sequences; ++i) {
    const int64_t largest = static_cast<int64_t>(last);
    if (offsets[i] < previous || offsets[i] > largest) {
      return wrong(array, i, offsets[i], from_to(previous, largest));
    }
    previous = offsets[i];
  }
  return Status();
}

/// Pairs (begin, end) with 0 <= begin <= end <= entries.
Status check_ranges(const char* array, const int32_t* ranges, size_t count, size_t entries) {
  for (size_t i = 0; i < count; ++i) {
    const int32_t begin = ranges[2 * i], end = ranges[2 * i + 1];
    if (begin < 0 || static_cast<size_t>(begin) > entries) {
      return wrong(array, 2 * i, begin, from_to(0, static_cast<int64_t>(entries)));
    }
    if (end < begin || static_cast<size_t>(end) > entries) {
      return wrong(array, 2 * i + 1, end, from_to(begin, static_cast<int64_t>(entries)));
    }
  }
  return Status();
}

}  // namespace

BatchChecker::BatchChecker(const BatchBounds& bounds)
    : bounds_(bounds), listed_by_(bounds.kv_blocks, 0), written_by_(bounds.kv_blocks, 0) {}

Status BatchChecker::check(const StepBatch& batch, const BatchLists& lists) {
  KINGLET_RETURN_IF_ERROR(check_rows(batch));
  KINGLET_RETURN_IF_ERROR(check_blocks(batch, lists.block_table_entries));
  KINGLET_RETURN_IF_ERROR(check_draws(batch, lists));
  return check_scores(batch);
}

Status BatchChecker::check_block_pairs(const int32_t* pairs, size_t values) const {
  if (values % 2 != 0) {
    return Status(ErrorCode::invalid_argument,
                  "pairs has " + std::to_string(values) + " values: expected (from, to) pairs");
  }
  return check_each("pairs", pairs, values, 0, static_cast<int64_t>(bounds_.kv_blocks) - 1);
}

Status BatchChecker::check_rows(const StepBatch& batch) const {
  if (batch.rows > bounds_.max_rows) {
    return wrong("counts", 0, batch.rows,
                 from_to(0, static_cast<int64_t>(bounds_.max_rows)) + " rows");
  }
  KINGLET_RETURN_IF_ERROR(
      check_offsets("rowOffsets", batch.row_offsets, batch.sequences, batch.rows));
  if (batch.row_offsets[0] != 0) return wrong("rowOffsets", 0, batch.row_offsets[0], "0");
  for (size_t s = 0; s < batch.sequences; ++s) {
    if (batch.row_offsets[s + 1] == batch.row_offsets[s]) {
      return wrong("rowOffsets", s + 1, batch.row_offsets[s + 1],
                   "a row for sequence " + std::to_string(s));
    }
    const int64_t rows = batch.row_offsets[s + 1] - batch.row_offsets[s];
    const int64_t largest = static_cast<int64_t>(bounds_.context_length) - rows;
    if (batch.first_positions[s] < 0 || batch.first_positions[s] > largest) {
      return wrong("firstPositions", s, batch.first_positions[s],
                   from_to(0, largest) + " for " + std::to_string(rows) + " rows in a context of " +
                       std::to_string(bounds_.context_length));
    }
  }
  if (static_cast<size_t>(batch.row_offsets[batch.sequences]) != batch.rows) {
    return wrong("rowOffsets", batch.sequences, batch.row_offsets[batch.sequences],
                 std::to_string(batch.rows) + ", the number of rows");
  }
  return check_each("tokens", batch.tokens, batch.rows, 0, static_cast<int64_t>(bounds_.vocab) - 1);
}

Status BatchChecker::check_blocks(const StepBatch& batch, size_t block_table_entries) {
  KINGLET_RETURN_IF_ERROR(
      check_offsets("blockOffsets", batch.block_offsets, batch.sequences, block_table_entries));
  const uint64_t first = first_of_step_;
  first_of_step_ += batch.sequences;
  for (size_t s = 0; s < batch.sequences; ++s) {
    const auto begin = static_cast<size_t>(batch.block_offsets[s]);
    const auto end = static_cast<size_t>(batch.block_offsets[s + 1]);
    const auto position = static_cast<size_t>(batch.first_positions[s]);
    const auto rows = static_cast<size_t>(batch.row_offsets[s + 1] - batch.row_offsets[s]);
    const size_t first_written = begin + position / kv_block_tokens;
    const size_t needed_end = begin + (position + rows - 1) / kv_block_tokens + 1;
    if (end < needed_end) {
      return wrong("blockOffsets", s + 1, end,
                   std::to_string(needed_end) + " or more, for the positions of sequence " +
                       std::to_string(s));
    }
    for (size_t i = begin; i < end; ++i) {
      const int32_t block = batch.block_tables[i];
      if (block < 0 || static_cast<size_t>(block) >= bounds_.kv_blocks) {
        return wrong("blockTables", i, block,
                     from_to(0, static_cast<int64_t>(bounds_.kv_blocks) - 1));
      }
      const auto id = static_cast<size_t>(block);
      if (listed_by_[id] == first + s) {
        return wrong("blockTables", i, block, "each block once in a sequence's table");
      }
      listed_by_[id] = first + s;
      if (i < first_written || i >= needed_end) continue;
      if (written_by_[id] >= first) {
        return wrong("blockTables", i, block,
                     "no block that sequence " + std::to_string(written_by_[id] - first) +
                         " writes to as well");
      }
      written_by_[id] = first + s;
    }
  }
  // Reading what another sequence writes in the same step.
  for (size_t s = 0; s < batch.sequences; ++s) {
    const auto end = static_cast<size_t>(batch.block_offsets[s + 1]);
    for (auto i = static_cast<size_t>(batch.block_offsets[s]); i < end; ++i) {
      const uint64_t writer = written_by_[static_cast<size_t>(batch.block_tables[i])];
      if (writer >= first && writer != first + s) {
        return wrong("blockTables", i, batch.block_tables[i],
                     "no block that sequence " + std::to_string(writer - first) + " writes to");
      }
    }
  }
  return Status();
}

Status BatchChecker::check_draws(const StepBatch& batch, const BatchLists& lists) const {
  const StepBatch::Draws& draws = batch.draws;
  const size_t count = draws.count;
  const auto last_id = static_cast<int64_t>(bounds_.vocab) - 1;
  const auto finite = [](float x) { return std::isfinite(x); };
  KINGLET_RETURN_IF_ERROR(
      check_each("drawRow", draws.row, count, 0, static_cast<int64_t>(batch.rows) - 1));
  KINGLET_RETURN_IF_ERROR(check_each(
      "temperature", draws.temperature, count, [](float x) { return std::isfinite(x) && x >= 0; },
      "a finite number of at least 0"));
  KINGLET_RETURN_IF_ERROR(check_each("topK", draws.top_k, count, 0, INT32_MAX));
  KINGLET_RETURN_IF_ERROR(check_each(
      "topP", draws.top_p, count, [](float x) { return x > 0 && x <= 1; },
      "above 0 and at most 1"));
  KINGLET_RETURN_IF_ERROR(
      check_each("minP", draws.min_p, count, [](float x) { return x >= 0 && x <= 1; }, "0 to 1"));
  KINGLET_RETURN_IF_ERROR(check_each(
      "repetitionPenalty", draws.repetition_penalty, count,
      [](float x) { return std::isfinite(x) && x > 0; }, "a finite number above 0"));
  KINGLET_RETURN_IF_ERROR(
      check_each("presencePenalty", draws.presence_penalty, count, finite, "a finite number"));
  KINGLET_RETURN_IF_ERROR(
      check_each("frequencyPenalty", draws.frequency_penalty, count, finite, "a finite number"));
  KINGLET_RETURN_IF_ERROR(
      check_ranges("countRange", draws.count_range, count, lists.count_entries));
  KINGLET_RETURN_IF_ERROR(check_ranges("biasRange", draws.bias_range, count, lists.bias_entries));

  const size_t words = (bounds_.vocab + 31) / 32;
  for (size_t d = 0; d < count; ++d) {
    const int32_t offset = draws.mask_offset[d];
    if (offset < -1 || (offset >= 0 && (lists.mask_words < words ||
                                        static_cast<size_t>(offset) > lists.mask_words - words))) {
      return wrong("maskOffset", d, offset,
                   "-1, or room for " + std::to_string(words) + " of the " +
                       std::to_string(lists.mask_words) + " words of masks");
    }
    for (int32_t i = draws.count_range[2 * d]; i < draws.count_range[2 * d + 1]; ++i) {
      const auto entry = static_cast<size_t>(i);
      if (batch.count_ids[i] < 0 || batch.count_ids[i] > last_id) {
        return wrong("countIds", entry, batch.count_ids[i], from_to(0, last_id));
      }
      if (batch.count_values[i] < 0) {
        return wrong("countValues", entry, batch.count_values[i], "0 or more");
      }
    }
    for (int32_t i = draws.bias_range[2 * d]; i < draws.bias_range[2 * d + 1]; ++i) {
      const auto entry = static_cast<size_t>(i);
      if (batch.bias_ids[i] < 0 || batch.bias_ids[i] > last_id) {
        return wrong("biasIds", entry, batch.bias_ids[i], from_to(0, last_id));
      }
      if (!std::isfinite(batch.bias_values[i]) && batch.bias_values[i] != -infinity) {
        return wrong("biasValues", entry, batch.bias_values[i], "a finite number or -Infinity");
      }
    }
  }
  return check_each("drawTopLogprobs", draws.top_logprobs, count, -1, max_top_logprobs);
}

Status BatchChecker::check_scores(const StepBatch& batch) const {
  const StepBatch::Scores& scores = batch.scores;
  const auto last_row = static_cast<int64_t>(batch.rows) - 1;
  KINGLET_RETURN_IF_ERROR(check_each("scoreRow", scores.row, scores.count, 0, last_row));
  KINGLET_RETURN_IF_ERROR(check_each("scoreTarget", scores.target, scores.count, -1,
                                     static_cast<int64_t>(bounds_.vocab) - 1));
  KINGLET_RETURN_IF_ERROR(
      check_each("scoreTopLogprobs", scores.top_logprobs, scores.count, 0, max_top_logprobs));
  return check_each("logitRows", batch.logit_rows, batch.logit_row_count, 0, last_row);
}

}  // namespace kinglet
