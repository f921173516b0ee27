#include "compute/attention.h"

#include <algorithm>
#include <cmath>

#include "compute/row_loop.h"

namespace kinglet {

namespace {

constexpr size_t split_tokens = 256;
constexpr size_t split_blocks = split_tokens / kv_block_tokens;

// Queries that share a pass over the keys and values of one head, about. Rows go in fours because
// kernels take queries in groups of up to four.
constexpr size_t wanted_tile_queries = 48;
constexpr size_t tile_row_step = 4;

// Multiply-adds below which attention runs on the calling thread alone.
constexpr size_t inline_work = 32 << 10;

// With fewer tiles than this for each thread, the splits of one tile are shared out too.
constexpr size_t tiles_per_thread = 4;

// Splits that a thread takes at once, at least: they are read as one stream.
constexpr size_t smallest_run = 2;

// Blocks of the next split that kernels ask for early.
constexpr size_t blocks_ahead = 4;

// Decoding rows whose partial results at full context there is room for; beyond it, tiles suffice.
constexpr size_t shared_rows = 4;

size_t splits_of(size_t length) { return (length + split_tokens - 1) / split_tokens; }

/// What brings sums under the maximum `before` under another one; in most cases they are the same.
float factor_under(float maximum, float before) {
  return before == maximum ? 1.0f : std::exp(before - maximum);
}

/// Floats of a Partial, rounded up so that the next one is aligned.
size_t partial_size(size_t queries, size_t head_dim) {
  constexpr size_t align = memory_alignment / sizeof(float);
  return (queries * (head_dim + 2) + align - 1) / align * align;
}

}  // namespace

Attention::Attention(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool,
                     const KvCache& cache, const StepState& step)
    : spec_(spec),
      kernels_(kernels),
      pool_(pool),
      cache_(cache),
      step_(step),
      query_group_(spec.heads / spec.kv_heads),
      tile_rows_(std::max<size_t>(1, wanted_tile_queries / query_group_ / tile_row_step) *
                 tile_row_step),
      tile_queries_(tile_rows_ * query_group_) {}

void Attention::lay_out(MemoryLayout& layout, const StepLimits& limits) {
  const size_t head_dim = spec_.head_dim;
  const size_t max_blocks = (spec_.context_length + kv_block_tokens - 1) / kv_block_tokens;
  const size_t longest = std::min(max_blocks, limits.kv_blocks) * kv_block_tokens;
  tile_offsets_ = layout.add<size_t>(limits.rows + 1);
  shared_partial_floats_ =
      shared_rows * splits_of(longest) * spec_.kv_heads * partial_size(query_group_, head_dim);
  shared_partials_ = layout.add<float>(shared_partial_floats_);
  workers_.resize(limits.threads);
  for (WorkerScratch& worker : workers_) {
    worker.blocks = layout.add<KvBlock>(max_blocks);
    worker.q_offsets = layout.add<size_t>(tile_queries_);
    worker.lengths = layout.add<uint32_t>(tile_queries_);
    worker.total = layout.add<float>(partial_size(tile_queries_, head_dim));
    worker.partial = layout.add<float>(partial_size(tile_queries_, head_dim));
  }
}

void Attention::begin() {
  const StepBatch& batch = step_.batch();
  tile_offsets_[0] = 0;
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
    const auto rows = static_cast<size_t>(batch.row_offsets[s + 1] - batch.row_offsets[s]);
    const size_t tiles = (rows + tile_rows_ - 1) / tile_rows_;
    tile_offsets_[s + 1] = tile_offsets_[s] + tiles * spec_.kv_heads;
  }
}

void Attention::run(size_t layer, const Rows& queries, const Rows& attended) {
  const Call call{layer, queries, attended};
  const Work work = measure_work();
  const size_t tiles = tile_offsets_[step_.batch().counts.sequences];
  const size_t partial_floats = partial_size(work.queries, spec_.head_dim);
  const bool shares_splits = work.splits > 1 && pool_.threads() > 1 &&
                             tiles < tiles_per_thread * pool_.threads() &&
                             tiles * work.splits * partial_floats <= shared_partial_floats_;
  if (shares_splits) {
    run_shared_splits(call, work.splits, partial_floats);
  } else if (work.multiply_adds <= inline_work) {
    run_tiles(call, 0, tiles, workers_[0]);
  } else {
    pool_.parallel_for(tiles, 1, [&](size_t begin, size_t end, size_t worker) {
      run_tiles(call, begin, end, workers_[worker]);
    });
  }
}

Attention::Work Attention::measure_work() const {
  const StepBatch& batch = step_.batch();
  size_t longest = 0;
  size_t most_rows = 0;
  Work work;
  for (size_t s = 0; s < batch.counts.sequences; ++s) {
    const auto rows = static_cast<size_t>(batch.row_offsets[s + 1] - batch.row_offsets[s]);
    const size_t length = static_cast<size_t>(batch.first_positions[s]) + rows;
    longest = std::max(longest, length);
    most_rows = std::max(most_rows, rows);
    work.multiply_adds += rows * length * spec_.heads * spec_.head_dim;
  }
  work.splits = splits_of(longest);
  work.queries = std::min(most_rows, tile_rows_) * query_group_;
  return work;
}

Attention::Tile Attention::tile_at(size_t item) const {
  const StepBatch& batch = step_.batch();
  const size_t* begin = tile_offsets_;
  const size_t* found = std::upper_bound(begin, begin + batch.counts.sequences + 1, item) - 1;
  const auto sequence = static_cast<size_t>(found - begin);
  const size_t kv_heads = spec_.kv_heads;
  const size_t tiles = (found[1] - found[0]) / kv_heads;
  // The last tiles see the most context: they are handed out first.
  const size_t tile = tiles - 1 - (item - *found) / kv_heads;

  const auto sequence_begin = static_cast<size_t>(batch.row_offsets[sequence]);
  const auto sequence_end = static_cast<size_t>(batch.row_offsets[sequence + 1]);
  const size_t row_begin = sequence_begin + tile * tile_rows_;
  const size_t row_end = std::min(row_begin + tile_rows_, sequence_end);
  return {sequence, (item - *found) % kv_heads, row_begin, (row_end - row_begin) * query_group_,
          step_.position(row_end - 1) + 1};
}

Attention::Partial Attention::partial_at(float* data, size_t queries) const {
  float* maxima = data + queries * spec_.head_dim;
  return {data, maxima, maxima + queries};
}

void Attention::run_tiles(const Call& call, size_t begin, size_t end,
                          const WorkerScratch& scratch) const {
  for (size_t item = begin; item < end; ++item) {
    const Tile tile = tile_at(item);
    const Partial total = partial_at(scratch.total, tile.queries);
    const Partial partial = partial_at(scratch.partial, tile.queries);
    const size_t splits = splits_of(tile.length);
    run_split(call, tile, {0, splits > 1}, scratch, total);
    for (size_t split = 1; split < splits; ++split) {
      run_split(call, tile, {split, split + 1 < splits}, scratch, partial);
      merge_split(tile, total, partial);
    }
    finish(call, tile, total);
  }
}

/// The splits of all tiles in parallel, each into a Partial of `partial_floats` of its own; then
/// they are merged.
void Attention::run_shared_splits(const Call& call, size_t splits, size_t partial_floats) {
  const size_t tiles = tile_offsets_[step_.batch().counts.sequences];
  const size_t all = tiles * splits;
  pool_.parallel_for(all, smallest_run, all, [&](size_t begin, size_t end, size_t worker) {
    for (size_t i = begin; i < end; ++i) {
      const Tile tile = tile_at(i / splits);
      const size_t split = i % splits;
      const size_t own = splits_of(tile.length);
      if (split >= own) continue;
      float* data = shared_partials_ + i * partial_floats;
      const Split run{split, split + 1 < own && i + 1 < end};
      run_split(call, tile, run, workers_[worker], partial_at(data, tile.queries));
    }
  });
  for_row_ranges(pool_, tiles, splits * partial_floats, [&](size_t begin, size_t end, size_t) {
    for (size_t item = begin; item < end; ++item) {
      const Tile tile = tile_at(item);
      float* first = shared_partials_ + item * splits * partial_floats;
      const Partial total = partial_at(first, tile.queries);
      for (size_t split = 1; split < splits_of(tile.length); ++split) {
        merge_split(tile, total, partial_at(first + split * partial_floats, tile.queries));
      }
      finish(call, tile, total);
    }
  });
}

void Attention::run_split(const Call& call, const Tile& tile, const Split& split,
                          const WorkerScratch& scratch, const Partial& partial) const {
  const size_t block_begin = split.index * split_blocks;
  const size_t blocks = (tile.length + kv_block_tokens - 1) / kv_block_tokens;
  const size_t block_end = std::min(block_begin + split_blocks, blocks);
  const size_t known_end =
      split.next_follows ? std::min(block_end + blocks_ahead, blocks) : block_end;
  const StepBatch& batch = step_.batch();
  const int32_t* table = batch.block_tables + batch.block_offsets[tile.sequence];
  for (size_t b = block_begin; b < known_end; ++b) {
    scratch.blocks[b] = cache_.block(call.layer, static_cast<size_t>(table[b]), tile.kv_head);
  }
  for (size_t i = 0; i < tile.queries; ++i) {
    const size_t row = tile.row_begin + i / query_group_;
    const size_t head = tile.kv_head * query_group_ + i % query_group_;
    scratch.q_offsets[i] = row * call.queries.stride + head * spec_.head_dim;
    scratch.lengths[i] = static_cast<uint32_t>(step_.position(row)) + 1;
  }
  const AttentionTask task{
      .out = partial.out,
      .maxima = partial.maxima,
      .sums = partial.sums,
      .q = call.queries.data,
      .q_offsets = scratch.q_offsets,
      .lengths = scratch.lengths,
      .queries = tile.queries,
      .head_dim = spec_.head_dim,
      .blocks = scratch.blocks,
      .block_begin = block_begin,
      .block_end = block_end,
      .known_end = known_end,
  };
  switch (cache_.format()) {
    case KvFormat::f16: return kernels_.attend_f16(task);
    case KvFormat::f32: return kernels_.attend_f32(task);
    case KvFormat::q8: return kernels_.attend_q8(task);
  }
}

void Attention::merge_split(const Tile& tile, const Partial& total, const Partial& partial) const {
  for (size_t i = 0; i < tile.queries; ++i) {
    // Nothing seen: the query's position is before this split. A NaN is seen, and goes on.
    if (partial.sums[i] == 0) continue;
    const float maximum = std::max(total.maxima[i], partial.maxima[i]);
    const float keep = factor_under(maximum, total.maxima[i]);
    const float take = factor_under(maximum, partial.maxima[i]);
    total.maxima[i] = maximum;
    total.sums[i] = total.sums[i] * keep + partial.sums[i] * take;
    float* to = total.out + i * spec_.head_dim;
    const float* from = partial.out + i * spec_.head_dim;
    for (size_t d = 0; d < spec_.head_dim; ++d) to[d] = to[d] * keep + from[d] * take;
  }
}

void Attention::finish(const Call& call, const Tile& tile, const Partial& total) const {
  for (size_t i = 0; i < tile.queries; ++i) {
    const size_t row = tile.row_begin + i / query_group_;
    const size_t head = tile.kv_head * query_group_ + i % query_group_;
    float* to = call.attended[row] + head * spec_.head_dim;
    const float* from = total.out + i * spec_.head_dim;
    const float factor = 1.0f / total.sums[i];
    for (size_t d = 0; d < spec_.head_dim; ++d) to[d] = from[d] * factor;
  }
}

}  // namespace kinglet
