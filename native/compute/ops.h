// The operations that layers are written in. Each runs over all rows of a step, tiled over the
// thread pool; none allocates. A row's result depends on that row and the weights alone, whatever
// else is in the step and however many threads there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "compute/attention.h"
#include "compute/kv_cache.h"
#include "compute/row_loop.h"
#include "compute/rows.h"
#include "compute/step_state.h"
#include "compute/weights.h"
#include "kernels/kernels.h"
#include "model_spec.h"
#include "platform/page_memory.h"
#include "platform/thread_pool.h"

namespace kinglet {

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
  enum class Write : uint8_t {
    assign,
    // To what is there. The products pass through Ops::projected, which must then be neither the
    // input nor an output of the same call, and at least as wide.
    add,
  };
  const Matrix& matrix;
  Rows rows;
  Write write = Write::assign;
};

class Ops {
 public:
  Ops(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool, KvCache& cache);

  void lay_out(MemoryLayout& layout, const StepLimits& limits);

  /// Starts a step. The batch outlives it.
  void begin(const StepBatch& batch);

  const ModelSpec& spec() const { return spec_; }
  const KernelTable& kernels() const { return kernels_; }
  ThreadPool& pool() const { return pool_; }
  /// The absolute position of a row of the step.
  size_t position(size_t row) const { return step_.position(row); }

  Rows x;          // [hidden] the residual stream
  Rows q;          // [heads * head_dim]
  Rows k, v;       // [kv_heads * head_dim]
  Rows attended;   // [heads * head_dim]
  Rows gate, up;   // [ffn]
  Rows projected;  // [hidden] a branch before it joins x

  /// x = the embeddings of the step's tokens.
  void embed(const Matrix& embedding, const int32_t* tokens);

  /// Multiplies one input by several matrices, all in one parallel region. Widths are those of the
  /// matrices.
  void linear(const Input& input, std::initializer_list<Output> outputs);

  /// Calls body(row) for every row of the step; `width` is the number of floats that it works on.
  template <typename Body>
  void for_each_row(size_t width, const Body& body) {
    for_row_ranges(pool_, step_.rows(), width, [&](size_t begin, size_t end, size_t) {
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

  /// attended = softmax(q k^T) v: see Attention::run.
  void attend(size_t layer) { attention_.run(layer, q, attended); }

 private:
  bool fits(const Input& input, size_t count, std::initializer_list<Output> outputs) const;
  const float* input_row(const Input& input, size_t row, float* out) const;
  void prepare(const Input& input, size_t count, bool need_float, const MatmulKernel* q8_unit);
  void run_matmul(const Output& output, size_t batch, const Rows& floats, size_t row_begin,
                  size_t row_end) const;

  const ModelSpec& spec_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  KvCache& cache_;
  StepState step_;
  Attention attention_;

  Rows input_;  // [widest input] a linear map's input
  std::byte* input_q8_ = nullptr;
  std::byte* row_q8_ = nullptr;  // a row a thread, on its way into a four
  size_t input_q8_stride_ = 0;
};

}  // namespace kinglet
