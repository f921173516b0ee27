// The operations that layers are written in. Each runs over all rows of a step, tiled over the
// thread pool; none allocates. A row's result depends on that row and the weights alone, whatever
// else is in the step and however many threads there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "batch/batch.h"
#include "compute/kv_cache.h"
#include "compute/weights.h"
#include "kernels/kernels.h"
#include "model_spec.h"
#include "platform/page_memory.h"
#include "platform/status.h"
#include "platform/thread_pool.h"

namespace kinglet {

/// Rows of floats, each 64-byte aligned.
struct Rows {
  float* data = nullptr;
  size_t stride = 0;  // in floats
  size_t width = 0;

  float* operator[](size_t row) const { return data + row * stride; }
};

/// What a linear map is applied to. It is computed row by row just before it is rounded to the
/// activation format, so that it passes through the cache once.
struct Input {
  enum class Kind : uint8_t { rows, rms_norm, swiglu };
  Kind kind;
  Rows a;
  Rows b;
  const float* weight = nullptr;
  const int32_t* index = nullptr;  // of rms_norm: row i is a[index[i]]; null: a[i]
  size_t count = SIZE_MAX;         // rows; by default those of the step
};

/// The rows as they are.
inline Input as_is(const Rows& rows) { return {Input::Kind::rows, rows, {}}; }
/// RMSNorm(x) with the given weight [width]: Zhang and Sennrich, 2019.
inline Input rms_normed(const Rows& x, const float* weight) {
  return {Input::Kind::rms_norm, x, {}, weight};
}
/// RMSNorm of the `count` rows of x that `index` lists.
inline Input rms_normed(const Rows& x, const float* weight, const int32_t* index, size_t count) {
  return {Input::Kind::rms_norm, x, {}, weight, index, count};
}
/// silu(gate) * up.
inline Input swiglu(const Rows& gate, const Rows& up) { return {Input::Kind::swiglu, gate, up}; }

/// Where a linear map's result goes.
struct Output {
  enum class Write : uint8_t { assign, add };
  const Matrix& matrix;
  Rows rows;
  Write write = Write::assign;
};

class Ops {
 public:
  Ops(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool, KvCache& cache);

  /// Takes all scratch that steps of up to `max_rows` rows need.
  Status allocate(size_t max_rows, size_t kv_blocks);
  size_t scratch_bytes() const { return memory_.size(); }

  /// Starts a step: positions and RoPE angles of every row. The batch outlives the step.
  void begin(const StepBatch& batch);

  const ModelSpec& spec() const { return spec_; }
  const KernelTable& kernels() const { return kernels_; }
  ThreadPool& pool() const { return pool_; }
  size_t row_count() const { return rows_; }
  /// The absolute position of a row.
  size_t position(size_t row) const { return positions_[row]; }

  Rows x;          // [hidden] the residual stream
  Rows q;          // [heads * head_dim]
  Rows k, v;       // [kv_heads * head_dim]
  Rows attended;   // [heads * head_dim]
  Rows gate, up;   // [ffn]
  Rows projected;  // [hidden]

  /// x = the embeddings of the step's tokens.
  void embed(const Matrix& embedding, const int32_t* tokens);

  /// Multiplies one input by several matrices, all in one parallel region.
  void linear(const Input& input, std::initializer_list<Output> outputs);

  /// Calls body(row) for every row of the step; `width` is the number of floats that it works on.
  template <typename Body>
  void for_each_row(size_t width, const Body& body) {
    for_each_row(rows_, width, [&](size_t begin, size_t end, size_t) {
      for (size_t row = begin; row < end; ++row) body(row);
    });
  }

  // Of one row, for the bodies of for_each_row.

  /// RMSNorm of each of `count` heads; a null weight [head_dim] means ones.
  void norm_heads(float* heads, size_t count, const float* weight) const;
  /// RoPE of each of `count` heads at the row's position: Su et al., "RoFormer", 2021.
  void rotate_heads(float* heads, size_t count, size_t row) const;
  /// Multiplies the row's queries by `factor` and the model's attention scale.
  void scale_queries(size_t row, float factor = 1.0f) const;
  /// Keeps k and v of the row in the cache.
  void store_kv(size_t layer, size_t row) const;

  /// attended = softmax(q k^T) v, causal, over everything that the step's sequences have in the
  /// cache; queries come scaled. Grouped queries share a KV head: Ainslie et al., "GQA", 2023.
  void attend(size_t layer);

 private:
  // attention.cpp
  struct AttentionTile;
  struct AttentionScratch;
  struct AttentionPartial;

  void for_each_row(size_t rows, size_t width, RangeBody body);
  const float* input_row(const Input& input, size_t row, float* out) const;
  void prepare(const Input& input, size_t count, bool need_float, bool need_q8);
  void run_matmul(const Output& output, size_t batch, const std::byte* float_rows,
                  size_t float_stride, size_t row_begin, size_t row_end) const;

  AttentionTile attention_tile(size_t item) const;
  AttentionScratch attention_scratch(size_t worker) const;
  void attend_split(const AttentionTile& tile, size_t split, size_t layer,
                    const AttentionScratch& scratch, const AttentionPartial& partial) const;
  void merge_split(const AttentionTile& tile, const AttentionPartial& total,
                   const AttentionPartial& partial) const;
  void finish_attention(const AttentionTile& tile, const AttentionPartial& total) const;
  AttentionPartial partial_at(float* data, size_t queries) const;

  const ModelSpec& spec_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  KvCache& cache_;
  PageMemory memory_;

  const StepBatch* batch_ = nullptr;
  size_t rows_ = 0;
  size_t query_group_ = 0;   // query heads of one KV head
  size_t tile_rows_ = 0;     // rows of one attention tile
  size_t tile_queries_ = 0;  // query_group_ * tile_rows_
  size_t max_blocks_ = 0;    // of one sequence
  size_t partial_floats_ = 0;

  Rows input_;  // [widest input] floats of a linear map's input
  std::byte* input_q8_ = nullptr;
  size_t input_q8_stride_ = 0;
  uint32_t* positions_ = nullptr;    // [max_rows]
  int32_t* row_sequence_ = nullptr;  // [max_rows]
  Rows cosines_, sines_;             // [head_dim / 2]
  size_t* item_offsets_ = nullptr;   // [max_rows + 1] attention tiles before a sequence
  float* partials_ = nullptr;        // [partial_floats_]
  std::byte* worker_scratch_ = nullptr;
  size_t worker_scratch_stride_ = 0;
};

}  // namespace kinglet
