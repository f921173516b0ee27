// Attention over the paged KV cache.
//
// The context is cut into splits at absolute positions, the same ones for every batch, chunk and
// number of threads, and the splits of a query are merged in their order. How queries are tiled and
// who computes a split then changes nothing in the result ("Flash-Decoding": Dao et al., 2023, with
// the online softmax of Milakov and Gimelshein, 2018).
#include <algorithm>
#include <cmath>

#include "compute/ops.h"

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

// Decoding rows whose partial results at full context there is room for; beyond it, tiles suffice.
constexpr size_t partial_rows = 4;

size_t splits_of(size_t length) { return (length + split_tokens - 1) / split_tokens; }

size_t partial_size(size_t queries, size_t head_dim) {
  // [queries][head_dim], then [queries] maxima and [queries] sums, rounded up to 64 bytes.
  return (queries * (head_dim + 2) + 15) / 16 * 16;
}

}  // namespace

/// Some rows of one sequence and the query heads of one KV head.
struct Ops::AttentionTile {
  size_t sequence;
  size_t kv_head;
  size_t row_begin;  // rows of the step
  size_t queries;    // rows * query_group_
  size_t length;     // positions that the last row sees
};

/// What one thread needs to call a kernel.
struct Ops::AttentionScratch {
  const std::byte** blocks;  // [max_blocks_]
  size_t* q_offsets;         // [tile_queries_]
  uint32_t* lengths;         // [tile_queries_]
  float* total;              // [partial_size(tile_queries_)]
  float* partial;            // [partial_size(tile_queries_)]
};

/// The unnormalised result of some splits; see AttentionTask.
struct Ops::AttentionPartial {
  float* out;     // [queries][head_dim]
  float* maxima;  // [queries]
  float* sums;    // [queries]
};

Ops::Ops(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool, KvCache& cache)
    : spec_(spec),
      kernels_(kernels),
      pool_(pool),
      cache_(cache),
      query_group_(spec.heads / spec.kv_heads),
      tile_rows_(std::max<size_t>(1, wanted_tile_queries / query_group_ / tile_row_step) *
                 tile_row_step),
      tile_queries_(tile_rows_ * query_group_) {}

Status Ops::allocate(size_t max_rows, size_t kv_blocks) {
  MemoryLayout layout;
  struct Placement {
    Rows* rows;
    size_t offset;
  };
  std::vector<Placement> placements;
  const size_t row_align = memory_alignment / sizeof(float);
  const auto add_rows = [&](Rows* rows, size_t count, size_t width) {
    rows->width = width;
    rows->stride = (width + row_align - 1) / row_align * row_align;
    placements.push_back({rows, layout.add(count, rows->stride * sizeof(float))});
  };

  const size_t query_width = spec_.heads * spec_.head_dim;
  const size_t kv_width = spec_.kv_heads * spec_.head_dim;
  const size_t widest = std::max({spec_.hidden_size, spec_.ffn_size, query_width});
  const size_t threads = pool_.threads();
  add_rows(&x, max_rows, spec_.hidden_size);
  add_rows(&q, max_rows, query_width);
  add_rows(&k, max_rows, kv_width);
  add_rows(&v, max_rows, kv_width);
  add_rows(&attended, max_rows, query_width);
  add_rows(&gate, max_rows, spec_.ffn_size);
  add_rows(&up, max_rows, spec_.ffn_size);
  add_rows(&projected, max_rows, spec_.hidden_size);
  add_rows(&input_, std::max(max_rows, threads), widest);
  add_rows(&cosines_, max_rows, spec_.head_dim / 2);
  add_rows(&sines_, max_rows, spec_.head_dim / 2);

  input_q8_stride_ =
      activation_row_bytes(Activation::q8, (widest + q8_block - 1) / q8_block * q8_block);
  const size_t input_q8 = layout.add(max_rows, input_q8_stride_);
  const size_t positions = layout.add(max_rows, sizeof(uint32_t));
  const size_t row_sequence = layout.add(max_rows, sizeof(int32_t));
  const size_t item_offsets = layout.add(max_rows + 1, sizeof(size_t));

  max_blocks_ = (spec_.context_length + kv_block_tokens - 1) / kv_block_tokens;
  const size_t longest = std::min(max_blocks_, kv_blocks) * kv_block_tokens;
  partial_floats_ = partial_rows * splits_of(longest) * spec_.kv_heads *
                    partial_size(query_group_, spec_.head_dim);
  const size_t partials = layout.add(partial_floats_, sizeof(float));

  MemoryLayout worker;
  worker.add(max_blocks_, sizeof(std::byte*));
  worker.add(tile_queries_, sizeof(size_t));
  worker.add(tile_queries_, sizeof(uint32_t));
  worker.add(partial_size(tile_queries_, spec_.head_dim), sizeof(float));
  worker.add(partial_size(tile_queries_, spec_.head_dim), sizeof(float));
  worker_scratch_stride_ = worker.bytes();
  const size_t worker_scratch = layout.add(threads, worker_scratch_stride_);

  if (layout.overflowed() || worker.overflowed()) {
    return Status(ErrorCode::out_of_memory, "a step of " + std::to_string(max_rows) +
                                                " rows is more than this machine can address");
  }
  KINGLET_RETURN_IF_ERROR(PageMemory::allocate(layout.bytes(), "scratch of a step", &memory_));
  std::byte* base = memory_.data();
  for (const Placement& placement : placements) {
    placement.rows->data = reinterpret_cast<float*>(base + placement.offset);
  }
  input_q8_ = base + input_q8;
  positions_ = reinterpret_cast<uint32_t*>(base + positions);
  row_sequence_ = reinterpret_cast<int32_t*>(base + row_sequence);
  item_offsets_ = reinterpret_cast<size_t*>(base + item_offsets);
  partials_ = reinterpret_cast<float*>(base + partials);
  worker_scratch_ = base + worker_scratch;
  return Status();
}

Ops::AttentionTile Ops::attention_tile(size_t item) const {
  const size_t* end = item_offsets_ + batch_->sequences + 1;
  const size_t* found = std::upper_bound(static_cast<const size_t*>(item_offsets_), end, item) - 1;
  const auto sequence = static_cast<size_t>(found - item_offsets_);
  const size_t kv_heads = spec_.kv_heads;
  const size_t tiles = (found[1] - found[0]) / kv_heads;
  // The last tiles see the most context: they are handed out first.
  const size_t tile = tiles - 1 - (item - *found) / kv_heads;

  const auto sequence_begin = static_cast<size_t>(batch_->row_offsets[sequence]);
  const auto sequence_end = static_cast<size_t>(batch_->row_offsets[sequence + 1]);
  const size_t row_begin = sequence_begin + tile * tile_rows_;
  const size_t row_end = std::min(row_begin + tile_rows_, sequence_end);
  return {sequence, (item - *found) % kv_heads, row_begin, (row_end - row_begin) * query_group_,
          positions_[row_end - 1] + size_t{1}};
}

Ops::AttentionScratch Ops::attention_scratch(size_t worker) const {
  std::byte* base = worker_scratch_ + worker * worker_scratch_stride_;
  MemoryLayout layout;
  const auto place = [&](size_t count, size_t size) { return base + layout.add(count, size); };
  const size_t partial = partial_size(tile_queries_, spec_.head_dim);
  AttentionScratch scratch;
  scratch.blocks = reinterpret_cast<const std::byte**>(place(max_blocks_, sizeof(std::byte*)));
  scratch.q_offsets = reinterpret_cast<size_t*>(place(tile_queries_, sizeof(size_t)));
  scratch.lengths = reinterpret_cast<uint32_t*>(place(tile_queries_, sizeof(uint32_t)));
  scratch.total = reinterpret_cast<float*>(place(partial, sizeof(float)));
  scratch.partial = reinterpret_cast<float*>(place(partial, sizeof(float)));
  return scratch;
}

Ops::AttentionPartial Ops::partial_at(float* data, size_t queries) const {
  float* maxima = data + queries * spec_.head_dim;
  return {data, maxima, maxima + queries};
}

void Ops::attend_split(const AttentionTile& tile, size_t split, size_t layer,
                       const AttentionScratch& scratch, const AttentionPartial& partial) const {
  const size_t block_begin = split * split_blocks;
  const size_t blocks = (tile.length + kv_block_tokens - 1) / kv_block_tokens;
  const size_t block_end = std::min(block_begin + split_blocks, blocks);
  const int32_t* table = batch_->block_tables + batch_->block_offsets[tile.sequence];
  for (size_t b = block_begin; b < block_end; ++b) {
    scratch.blocks[b] = cache_.block(layer, static_cast<size_t>(table[b]), tile.kv_head);
  }
  for (size_t i = 0; i < tile.queries; ++i) {
    const size_t row = tile.row_begin + i / query_group_;
    const size_t head = tile.kv_head * query_group_ + i % query_group_;
    scratch.q_offsets[i] = row * q.stride + head * spec_.head_dim;
    scratch.lengths[i] = positions_[row] + 1;
  }
  const AttentionTask task{
      .out = partial.out,
      .maxima = partial.maxima,
      .sums = partial.sums,
      .q = q.data,
      .q_offsets = scratch.q_offsets,
      .lengths = scratch.lengths,
      .queries = tile.queries,
      .head_dim = spec_.head_dim,
      .blocks = scratch.blocks,
      .block_begin = block_begin,
      .block_end = block_end,
  };
  (cache_.format() == KvFormat::f16 ? kernels_.attend_f16 : kernels_.attend_f32)(task);
}

void Ops::merge_split(const AttentionTile& tile, const AttentionPartial& total,
                      const AttentionPartial& partial) const {
  for (size_t i = 0; i < tile.queries; ++i) {
    // Nothing seen: the query's position is before this split. A NaN is seen, and goes on.
    if (partial.sums[i] == 0) continue;
    const float maximum = std::max(total.maxima[i], partial.maxima[i]);
    const float keep = std::exp(total.maxima[i] - maximum);
    const float take = std::exp(partial.maxima[i] - maximum);
    total.maxima[i] = maximum;
    total.sums[i] = total.sums[i] * keep + partial.sums[i] * take;
    float* to = total.out + i * spec_.head_dim;
    const float* from = partial.out + i * spec_.head_dim;
    for (size_t d = 0; d < spec_.head_dim; ++d) to[d] = to[d] * keep + from[d] * take;
  }
}

void Ops::finish_attention(const AttentionTile& tile, const AttentionPartial& total) const {
  for (size_t i = 0; i < tile.queries; ++i) {
    const size_t row = tile.row_begin + i / query_group_;
    const size_t head = tile.kv_head * query_group_ + i % query_group_;
    float* to = attended[row] + head * spec_.head_dim;
    const float* from = total.out + i * spec_.head_dim;
    const float factor = 1.0f / total.sums[i];
    for (size_t d = 0; d < spec_.head_dim; ++d) to[d] = from[d] * factor;
  }
}

void Ops::attend(size_t layer) {
  const size_t items = item_offsets_[batch_->sequences];
  const size_t head_dim = spec_.head_dim;
  size_t longest = 0;
  size_t work = 0;
  size_t most_rows = 0;
  for (size_t s = 0; s < batch_->sequences; ++s) {
    const auto rows = static_cast<size_t>(batch_->row_offsets[s + 1] - batch_->row_offsets[s]);
    const size_t length = static_cast<size_t>(batch_->first_positions[s]) + rows;
    longest = std::max(longest, length);
    most_rows = std::max(most_rows, rows);
    work += rows * length * q.width;
  }
  const size_t splits = splits_of(longest);
  const size_t slot = partial_size(std::min(most_rows, tile_rows_) * query_group_, head_dim);

  const bool share_splits = splits > 1 && pool_.threads() > 1 &&
                            items < tiles_per_thread * pool_.threads() &&
                            items * splits * slot <= partial_floats_;
  if (!share_splits) {
    const auto body = [&](size_t begin, size_t end, size_t worker) {
      const AttentionScratch scratch = attention_scratch(worker);
      for (size_t item = begin; item < end; ++item) {
        const AttentionTile tile = attention_tile(item);
        const AttentionPartial total = partial_at(scratch.total, tile.queries);
        const AttentionPartial partial = partial_at(scratch.partial, tile.queries);
        attend_split(tile, 0, layer, scratch, total);
        for (size_t split = 1; split < splits_of(tile.length); ++split) {
          attend_split(tile, split, layer, scratch, partial);
          merge_split(tile, total, partial);
        }
        finish_attention(tile, total);
      }
    };
    if (work <= inline_work) {
      body(0, items, 0);
    } else {
      pool_.parallel_for(items, 1, body);
    }
    return;
  }

  pool_.parallel_for(items * splits, 1, [&](size_t begin, size_t end, size_t worker) {
    const AttentionScratch scratch = attention_scratch(worker);
    for (size_t i = begin; i < end; ++i) {
      const AttentionTile tile = attention_tile(i / splits);
      const size_t split = i % splits;
      if (split >= splits_of(tile.length)) continue;
      attend_split(tile, split, layer, scratch, partial_at(partials_ + i * slot, tile.queries));
    }
  });
  for_each_row(items, splits * slot, [&](size_t begin, size_t end, size_t) {
    for (size_t item = begin; item < end; ++item) {
      const AttentionTile tile = attention_tile(item);
      float* first = partials_ + item * splits * slot;
      const AttentionPartial total = partial_at(first, tile.queries);
      for (size_t split = 1; split < splits_of(tile.length); ++split) {
        merge_split(tile, total, partial_at(first + split * slot, tile.queries));
      }
      finish_attention(tile, total);
    }
  });
}

}  // namespace kinglet
