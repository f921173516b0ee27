#include "compute/attention.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/dispatch.h"

namespace kinglet::test {
namespace {

constexpr size_t heads = 4, kv_heads = 2, head_dim = 16, tokens = 700;

ModelSpec attention_spec() {
  ModelSpec spec;
  spec.layers = 1;
  spec.heads = heads;
  spec.kv_heads = kv_heads;
  spec.head_dim = head_dim;
  spec.context_length = tokens;
  return spec;
}

/// Queries, keys and values of one sequence, a row a token.
struct Sequence {
  std::vector<float> q, k, v;
};

/// Keys grow with the position, so that the largest score of a query is in its last splits, or
/// shrink, so that it is in the first.
Sequence random_sequence(bool growing) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  Sequence sequence;
  for (size_t t = 0; t < tokens; ++t) {
    const float size = 0.2f + 0.004f * static_cast<float>(growing ? t : tokens - t);
    for (size_t i = 0; i < heads * head_dim; ++i) sequence.q.push_back(normal(random));
    for (size_t i = 0; i < kv_heads * head_dim; ++i) {
      sequence.k.push_back(size * normal(random));
      sequence.v.push_back(normal(random));
    }
  }
  return sequence;
}

/// softmax(q k^T) v of one row and head in double precision, as it is defined.
std::vector<double> attended(const Sequence& s, size_t row, size_t head) {
  const size_t shared = head / (heads / kv_heads) * head_dim;
  std::vector<double> scores;
  for (size_t t = 0; t <= row; ++t) {
    const float* q = &s.q[(row * heads + head) * head_dim];
    scores.push_back(
        std::inner_product(q, q + head_dim, &s.k[t * kv_heads * head_dim + shared], 0.0));
  }
  const double largest = *std::max_element(scores.begin(), scores.end());
  std::vector<double> out(head_dim);
  double sum = 0;
  for (size_t t = 0; t <= row; ++t) {
    const double weight = std::exp(scores[t] - largest);
    sum += weight;
    for (size_t d = 0; d < head_dim; ++d) {
      out[d] += weight * s.v[t * kv_heads * head_dim + shared + d];
    }
  }
  for (double& x : out) x /= sum;
  return out;
}

/// Runs the sequence's rows [begin, tokens) in one step; returns the largest difference.
double largest_difference(const Sequence& s, const KernelTable& kernels, size_t threads,
                          size_t begin) {
  const ModelSpec spec = attention_spec();
  constexpr size_t blocks = (tokens + kv_block_tokens - 1) / kv_block_tokens;
  const StepLimits limits{.rows = tokens, .kv_blocks = blocks, .threads = threads};
  ThreadPool pool(threads);
  KvCache cache(spec, KvFormat::f32, blocks, kernels);
  StepState step(spec);
  Attention attention(spec, kernels, pool, cache, step);
  Rows queries, results;
  PageMemory memory;
  REQUIRE(allocate_layout(
              "attention's test",
              [&](MemoryLayout& layout) {
                cache.lay_out(layout);
                step.lay_out(layout, limits);
                attention.lay_out(layout, limits);
                queries = add_rows(layout, tokens, heads * head_dim);
                results = add_rows(layout, tokens, heads * head_dim);
              },
              &memory)
              .ok());

  // The sequence's blocks lie in the pool from the last to the first.
  std::vector<int32_t> table(blocks);
  for (size_t b = 0; b < blocks; ++b) table[b] = static_cast<int32_t>(blocks - 1 - b);
  for (size_t t = 0; t < tokens; ++t) {
    cache.store(0, blocks - 1 - t / kv_block_tokens, t % kv_block_tokens,
                &s.k[t * kv_heads * head_dim], &s.v[t * kv_heads * head_dim]);
  }
  const size_t rows = tokens - begin;
  const int32_t row_offsets[] = {0, static_cast<int32_t>(rows)};
  const int32_t block_offsets[] = {0, static_cast<int32_t>(blocks)};
  const auto first_position = static_cast<int32_t>(begin);
  StepBatch batch;
  batch.counts.rows = rows;
  batch.counts.sequences = 1;
  batch.row_offsets = row_offsets;
  batch.first_positions = &first_position;
  batch.block_offsets = block_offsets;
  batch.block_tables = table.data();
  for (size_t row = 0; row < rows; ++row) {
    std::copy_n(&s.q[(begin + row) * heads * head_dim], heads * head_dim, queries[row]);
  }
  step.begin(batch);
  attention.begin();
  attention.run(0, queries, results);

  double largest = 0;
  for (size_t row = 0; row < rows; row += 37) {
    for (size_t head = 0; head < heads; ++head) {
      const std::vector<double> expected = attended(s, begin + row, head);
      for (size_t d = 0; d < head_dim; ++d) {
        const double difference = std::fabs(results[row][head * head_dim + d] - expected[d]);
        largest = std::max(largest, std::isnan(difference) ? 1 : difference);
      }
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("attention over several splits is softmax(q k^T) v, in chunks and alone") {
  for (const bool growing : {false, true}) {
    const Sequence sequence = random_sequence(growing);
    for (const KernelVariant& variant : kernel_variants()) {
      if (!variant.supported()) continue;
      CAPTURE(variant.isa);
      CAPTURE(growing);
      for (const size_t threads : {1, 3}) {
        // The whole prompt, its end, and the last token alone: with three threads the splits of
        // one token are shared out.
        for (const size_t begin : {size_t{0}, size_t{650}, tokens - 1}) {
          CAPTURE(threads);
          CAPTURE(begin);
          CHECK(largest_difference(sequence, variant.table(), threads, begin) < 1e-4);
        }
      }
    }
  }
}

}  // namespace kinglet::test
