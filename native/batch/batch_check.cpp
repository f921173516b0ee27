#include "batch/batch_check.h"

#include <sstream>
#include <string>

#include "batch/legal.h"
#include "kernels/kernels.h"

namespace kinglet {
namespace {

using namespace legal;

template <typename Value>
Status wrong(const char* array, size_t index, Value value, const std::string& expected) {
  std::ostringstream message;
  message << array << '[' << index << "] is " << value << ": expected " << expected;
  return Status(ErrorCode::invalid_argument, message.str());
}

std::string from_to(int64_t first, int64_t last) {
  return std::to_string(first) + (last == INT32_MAX ? " or more" : " to " + std::to_string(last));
}

/// Elements of an array, from `begin` up to `end`.
struct Part {
  size_t begin;
  size_t end;
};

/// Of a list to which no draw's pair points: its elements are checked apart, or may be anything.
struct NoPart {};

/// The part that a draw uses of the list that its pair in `ranges` points into.
Part used_by(const int32_t* ranges, size_t draw) {
  return {static_cast<size_t>(ranges[2 * draw]), static_cast<size_t>(ranges[2 * draw + 1])};
}

Status check_each(const char* array, const int32_t* values, Part part, Whole legal) {
  for (size_t i = part.begin; i < part.end; ++i) {
    if (values[i] < legal.least || values[i] > legal.most) {
      return wrong(array, i, values[i], from_to(legal.least, legal.most));
    }
  }
  return Status();
}

Status check_each(const char* array, const float* values, Part part, const Real& legal) {
  for (size_t i = part.begin; i < part.end; ++i) {
    if (!legal.holds(values[i])) return wrong(array, i, values[i], legal.expected);
  }
  return Status();
}

// A NoPart with a rule for each element has no check_each(), which stops the compiler.
template <typename Value, typename AnyPart>
Status check_each(const char*, const Value*, AnyPart, Anything) {
  return Status();
}

template <typename Value, typename AnyPart>
Status check_each(const char*, const Value*, AnyPart, CheckedApart) {
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
  KINGLET_RETURN_IF_ERROR(check_elements(batch));
  return check_draw_lists(batch, lists);
}

Status BatchChecker::check_block_pairs(const int32_t* pairs, size_t values) const {
  if (values % 2 != 0) {
    return Status(ErrorCode::invalid_argument,
                  "pairs has " + std::to_string(values) + " values: expected (from, to) pairs");
  }
  return check_each("pairs", pairs, {0, values},
                    whole(0, static_cast<int64_t>(bounds_.kv_blocks) - 1));
}

Status BatchChecker::check_rows(const StepBatch& batch) const {
  if (batch.counts.rows > bounds_.max_rows) {
    return wrong("counts", count_rows, batch.counts.rows,
                 from_to(0, static_cast<int64_t>(bounds_.max_rows)) + " rows");
  }
  KINGLET_RETURN_IF_ERROR(
      check_offsets("rowOffsets", batch.row_offsets, batch.counts.sequences, batch.counts.rows));
  if (batch.row_offsets[0] != 0) return wrong("rowOffsets", 0, batch.row_offsets[0], "0");
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
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
  if (static_cast<size_t>(batch.row_offsets[batch.counts.sequences]) != batch.counts.rows) {
    return wrong("rowOffsets", batch.counts.sequences, batch.row_offsets[batch.counts.sequences],
                 std::to_string(batch.counts.rows) + ", the number of rows");
  }
  return Status();
}

Status BatchChecker::check_blocks(const StepBatch& batch, size_t block_table_entries) {
  KINGLET_RETURN_IF_ERROR(check_offsets("blockOffsets", batch.block_offsets, batch.counts.sequences,
                                        block_table_entries));
  const uint64_t first = first_of_step_;
  first_of_step_ += batch.counts.sequences;
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
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
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
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

/// Every element that a count of the batch gives, by the table.
Status BatchChecker::check_elements(const StepBatch& batch) const {
#define KINGLET_COUNT(count) const size_t count = batch.counts.count;
#include "batch/fields.def"
  const auto last_row = static_cast<int64_t>(rows) - 1;
  const auto last_token = static_cast<int64_t>(bounds_.vocab) - 1;
#define KINGLET_STEP(member, name, Element, length, legal) \
  KINGLET_RETURN_IF_ERROR(check_each(name, batch.member, Part{0, length}, legal));
#define KINGLET_LIST(...)
#define KINGLET_DRAW(member, name, Element, length, legal) \
  KINGLET_RETURN_IF_ERROR(check_each(name, batch.draws.member, Part{0, length}, legal));
#define KINGLET_SCORE(member, name, Element, length, legal) \
  KINGLET_RETURN_IF_ERROR(check_each(name, batch.scores.member, Part{0, length}, legal));
#include "batch/fields.def"
  return Status();
}

/// Where the draws' parts of the lists lie, and every element of these parts.
Status BatchChecker::check_draw_lists(const StepBatch& batch, const BatchLists& lists) const {
  const StepBatch::Draws& draws = batch.draws;
  KINGLET_RETURN_IF_ERROR(
      check_ranges("countRange", draws.count_range, batch.counts.draws, lists.count_entries));
  KINGLET_RETURN_IF_ERROR(
      check_ranges("biasRange", draws.bias_range, batch.counts.draws, lists.bias_entries));
  const size_t words = (bounds_.vocab + 31) / 32;
  const auto last_token = static_cast<int64_t>(bounds_.vocab) - 1;
  for (size_t d = 0; d < batch.counts.draws; ++d) {
    const int32_t offset = draws.mask_offset[d];
    if (offset < -1 || (offset >= 0 && (lists.mask_words < words ||
                                        static_cast<size_t>(offset) > lists.mask_words - words))) {
      return wrong("maskOffset", d, offset,
                   "-1, or room for " + std::to_string(words) + " of the " +
                       std::to_string(lists.mask_words) + " words of masks");
    }
    const NoPart block_table_entries{}, mask_words{};
    const Part count_entries = used_by(draws.count_range, d);
    const Part bias_entries = used_by(draws.bias_range, d);
#define KINGLET_LIST(member, name, Element, list, legal) \
  KINGLET_RETURN_IF_ERROR(check_each(name, batch.member, list, legal));
#include "batch/fields.def"
  }
  return Status();
}

}  // namespace kinglet
