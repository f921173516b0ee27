// Attention over the paged KV cache.
//
// The context is cut into splits at absolute positions, the same ones for every batch, chunk and
// number of threads, and the splits of a query are merged in their order. How queries are tiled and
// who computes a split then changes nothing in the result ("Flash-Decoding": Dao et al., 2023, with
// the online softmax of Milakov and Gimelshein, 2018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compute/kv_cache.h"
#include "compute/rows.h"
#include "compute/step_state.h"
#include "kernels/kernels.h"
#include "model_spec.h"
#include "platform/page_memory.h"
#include "platform/thread_pool.h"

namespace kinglet {

class Attention {
 public:
  Attention(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool,
            const KvCache& cache, const StepState& step);

  void lay_out(MemoryLayout& layout, const StepLimits& limits);

  /// Cuts the rows of the step into tiles.
  void begin();

  /// attended = softmax(q k^T) v, causal, over everything that the step's sequences have in the
  /// cache; queries come scaled. Both are [heads * head_dim] a row. Grouped queries share a KV
  /// head: Ainslie et al., "GQA", 2023.
  void run(size_t layer, const Rows& queries, const Rows& attended);

 private:
  /// What one call is about.
  struct Call {
    size_t layer;
    Rows queries;
    Rows attended;
  };

  /// Some rows of one sequence and the query heads of one KV head.
  struct Tile {
    size_t sequence;
    size_t kv_head;
    size_t row_begin;  // rows of the step
    size_t queries;    // rows * query_group_
    size_t length;     // positions that the last row sees
  };

  /// A split of a tile's context, and whether the same thread takes the one after it next.
  struct Split {
    size_t index;
    bool next_follows;
  };

  /// The unnormalised result of some splits; see AttentionTask.
  struct Partial {
    float* out;     // [queries][head_dim]
    float* maxima;  // [queries]
    float* sums;    // [queries]
  };

  /// What one thread needs to call a kernel.
  struct WorkerScratch {
    KvBlock* blocks = nullptr;    // [max_blocks] by number in the sequence
    size_t* q_offsets = nullptr;  // [tile_queries_]
    uint32_t* lengths = nullptr;  // [tile_queries_]
    float* total = nullptr;       // a Partial of tile_queries_
    float* partial = nullptr;     // a Partial of tile_queries_
  };

  /// How much there is to do, over all sequences of the step.
  struct Work {
    size_t multiply_adds = 0;
    size_t splits = 0;   // of the longest sequence
    size_t queries = 0;  // of the largest tile
  };

  Work measure_work() const;
  Tile tile_at(size_t item) const;
  Partial partial_at(float* data, size_t queries) const;
  void run_tiles(const Call& call, size_t begin, size_t end, const WorkerScratch& scratch) const;
  void run_shared_splits(const Call& call, size_t splits, size_t partial_floats);
  void run_split(const Call& call, const Tile& tile, const Split& split,
                 const WorkerScratch& scratch, const Partial& partial) const;
  void merge_split(const Tile& tile, const Partial& total, const Partial& partial) const;
  void finish(const Call& call, const Tile& tile, const Partial& total) const;

  const ModelSpec& spec_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  const KvCache& cache_;
  const StepState& step_;

  const size_t query_group_;   // query heads of one KV head
  const size_t tile_rows_;     // rows of one tile
  const size_t tile_queries_;  // query_group_ * tile_rows_

  size_t* tile_offsets_ = nullptr;  // [limits.rows + 1] tiles of all KV heads before a sequence
  float* shared_partials_ = nullptr;
  size_t shared_partial_floats_ = 0;
  std::vector<WorkerScratch> workers_;  // [limits.threads]
};

}  // namespace kinglet
