#include "batch/batch_check.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace kinglet;

namespace {

constexpr BatchBounds bounds{.vocab = 100, .context_length = 64, .kv_blocks = 8, .max_rows = 32};

/// Sequences only; the vectors have just the lengths that the contract asks for, so that a
/// sanitizer sees a read beyond them.
struct Rows {
  std::vector<int32_t> tokens, row_offsets{0}, first_positions, block_offsets{0}, block_tables;

  void add(int32_t position, int32_t rows, const std::vector<int32_t>& blocks) {
    tokens.insert(tokens.end(), size_t(rows), 1);
    row_offsets.push_back(row_offsets.back() + rows);
    first_positions.push_back(position);
    block_tables.insert(block_tables.end(), blocks.begin(), blocks.end());
    block_offsets.push_back(int32_t(block_tables.size()));
  }

  StepBatch batch() const {
    StepBatch batch;
    batch.tokens = tokens.data();
    batch.counts.rows = tokens.size();
    batch.row_offsets = row_offsets.data();
    batch.first_positions = first_positions.data();
    batch.counts.sequences = first_positions.size();
    batch.block_offsets = block_offsets.data();
    batch.block_tables = block_tables.data();
    return batch;
  }

  Status check(BatchChecker& checker) const {
    return checker.check(batch(), {.block_table_entries = block_tables.size()});
  }
};

bool names(const Status& status, const std::string& text) {
  return status.code() == ErrorCode::invalid_argument &&
         status.message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("sequences that share full blocks and write to their own pass, step after step") {
  BatchChecker checker(bounds);
  Rows rows;
  rows.add(32, 1, {0, 1, 2});
  rows.add(32, 1, {0, 1, 3});
  rows.add(0, 20, {4, 5, 6});  // a block more than needed
  for (int step = 0; step < 3; ++step) {
    const Status status = rows.check(checker);
    CHECK_MESSAGE(status.ok(), status.message());
  }
}

TEST_CASE("a block that is written is nobody else's") {
  BatchChecker checker(bounds);
  Rows both_write;
  both_write.add(17, 1, {0, 1});
  both_write.add(17, 1, {2, 1});
  CHECK(names(both_write.check(checker), "blockTables[3] is 1"));

  Rows later_reads;
  later_reads.add(17, 1, {0, 1});
  later_reads.add(40, 1, {1, 2, 3});
  CHECK(names(later_reads.check(checker), "blockTables[2] is 1"));

  Rows earlier_reads;
  earlier_reads.add(40, 1, {1, 2, 3});
  earlier_reads.add(17, 1, {0, 1});
  CHECK(names(earlier_reads.check(checker), "blockTables[0] is 1"));

  Rows twice;
  twice.add(17, 1, {1, 1});
  CHECK(names(twice.check(checker), "once"));

  // What a refused step marked does not matter to the next.
  Rows fine;
  fine.add(17, 1, {2, 1});
  CHECK(fine.check(checker).ok());
}

TEST_CASE("a refusal names array, index and what was expected") {
  BatchChecker checker(bounds);
  Rows beyond;
  beyond.add(60, 5, {0, 1, 2, 3, 4});
  CHECK(beyond.check(checker).message() ==
        "firstPositions[0] is 60: expected 0 to 59 for 5 rows in a context of 64");
  Rows tokens;
  tokens.add(0, 2, {0});
  tokens.tokens[1] = 100;
  CHECK(tokens.check(checker).message() == "tokens[1] is 100: expected 0 to 99");
  const int32_t pairs[] = {0, 7, 8, 0};
  CHECK(checker.check_block_pairs(pairs, 2).ok());
  CHECK(names(checker.check_block_pairs(pairs, 4), "pairs[2] is 8"));
  CHECK(names(checker.check_block_pairs(pairs, 3), "pairs has 3 values"));
}

TEST_CASE("what passes stays inside rows, context and pool") {
  std::mt19937 random(3);
  const int rounds = std::getenv("KINGLET_TEST_QUICK") != nullptr ? 5'000 : 100'000;
  BatchChecker checker(bounds);
  const auto number = [&]() -> int32_t {
    static constexpr int32_t edges[] = {INT32_MIN, -1, 0, 1, 2, 15, 16, 63, 64, INT32_MAX};
    return random() % 4 == 0 ? edges[random() % 10] : int32_t(random() % 9);
  };
  int passed = 0;
  for (int round = 0; round < rounds; ++round) {
    Rows rows;
    const size_t sequences = random() % 3;
    for (size_t s = 0; s < sequences; ++s) {
      std::vector<int32_t> blocks;
      for (size_t i = random() % 4; i > 0; --i) blocks.push_back(int32_t(random() % 8));
      rows.add(int32_t(random() % 20), 1 + int32_t(random() % 12), blocks);
    }
    if (random() % 2 == 0) {
      std::vector<int32_t>* const arrays[] = {&rows.tokens, &rows.row_offsets,
                                              &rows.first_positions, &rows.block_offsets,
                                              &rows.block_tables};
      std::vector<int32_t>& array = *arrays[random() % 5];
      if (!array.empty()) array[random() % array.size()] = number();
    }
    if (!rows.check(checker).ok()) continue;
    ++passed;
    REQUIRE(size_t(rows.row_offsets.back()) == rows.tokens.size());
    for (const int32_t token : rows.tokens) REQUIRE((token >= 0 && token < 100));
    for (size_t s = 0; s < sequences; ++s) {
      const int64_t length =
          int64_t(rows.first_positions[s]) + rows.row_offsets[s + 1] - rows.row_offsets[s];
      REQUIRE(rows.first_positions[s] >= 0);
      REQUIRE(rows.row_offsets[s + 1] > rows.row_offsets[s]);
      REQUIRE(length <= 64);
      REQUIRE(rows.block_offsets[s] >= 0);
      REQUIRE(size_t(rows.block_offsets[s + 1]) <= rows.block_tables.size());
      REQUIRE((rows.block_offsets[s + 1] - rows.block_offsets[s]) * int64_t{16} >= length);
      for (int32_t i = rows.block_offsets[s]; i < rows.block_offsets[s + 1]; ++i) {
        REQUIRE((rows.block_tables[size_t(i)] >= 0 && rows.block_tables[size_t(i)] < 8));
      }
    }
  }
  CHECK(passed > rounds / 20);
}
