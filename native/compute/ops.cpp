#include "compute/ops.h"

#include <algorithm>
#include <cassert>

#include "kernels/q8_fours.h"

namespace kinglet {

namespace {

// A thread takes at least this much of a matrix at a time, which hides taking it (in a GEMM less
// does, as it is multiplied by many rows), and at most so much that who lends its CPU is not kept
// waiting for it.
constexpr size_t min_gemv_bytes = 24 << 10;
constexpr size_t min_gemm_bytes = 8 << 10;
constexpr size_t max_piece_bytes = 1 << 20;
// GEMM kernels go through a few tiles of rows together.
constexpr size_t gemm_batch = 16;
constexpr size_t gemm_tile_step = 4;

size_t tile_count(const Matrix& matrix) {
  return (matrix.rows + matrix.kernel->row_tile - 1) / matrix.kernel->row_tile;
}

size_t tile_bytes(const Matrix& matrix) {
  return matrix.kernel->packed_bytes(matrix.rows, matrix.cols) / tile_count(matrix);
}

}  // namespace

Ops::Ops(const ModelSpec& spec, const KernelTable& kernels, ThreadPool& pool, KvCache& cache)
    : spec_(spec),
      kernels_(kernels),
      pool_(pool),
      cache_(cache),
      step_(spec),
      attention_(spec, kernels, pool, cache, step_) {}

void Ops::lay_out(MemoryLayout& layout, const StepLimits& limits) {
  const size_t query_width = spec_.heads * spec_.head_dim;
  const size_t kv_width = spec_.kv_heads * spec_.head_dim;
  x = add_rows(layout, limits.rows, spec_.hidden_size);
  q = add_rows(layout, limits.rows, query_width);
  k = add_rows(layout, limits.rows, kv_width);
  v = add_rows(layout, limits.rows, kv_width);
  attended = add_rows(layout, limits.rows, query_width);
  gate = add_rows(layout, limits.rows, spec_.ffn_size);
  up = add_rows(layout, limits.rows, spec_.ffn_size);
  projected = add_rows(layout, limits.rows, spec_.hidden_size);

  const size_t widest = std::max({spec_.hidden_size, spec_.ffn_size, query_width});
  input_ = add_rows(layout, std::max(limits.rows, limits.threads), widest);
  input_q8_stride_ =
      activation_row_bytes(Activation::q8, (widest + q8_block - 1) / q8_block * q8_block);
  input_q8_ = layout.add_bytes(rows_of_fours(limits.rows), input_q8_stride_);
  row_q8_ = layout.add_bytes(limits.threads, input_q8_stride_);
  step_.lay_out(layout, limits);
  attention_.lay_out(layout, limits);
}

void Ops::begin(const StepBatch& batch) {
  step_.begin(batch);
  attention_.begin();
  for_each_row(spec_.head_dim, [&](size_t row) { step_.compute_angles(row); });
}

void Ops::embed(const Matrix& embedding, const int32_t* tokens) {
  for_each_row(embedding.cols, [&](size_t row) {
    embedding.kernel->unpack_row(x[row], embedding.packed, static_cast<size_t>(tokens[row]),
                                 embedding.rows, embedding.cols);
  });
}

const float* Ops::input_row(const Input& input, size_t row, float* out) const {
  const size_t source = input.index ? static_cast<size_t>(input.index[row]) : row;
  const size_t width = input.a.width;
  switch (input.kind) {
    case Input::Kind::rows: return input.a[source];
    case Input::Kind::rms_norm:
      kernels_.rms_norm(out, input.a[source], input.weight, width, spec_.rms_norm_epsilon);
      return out;
    case Input::Kind::swiglu:
      kernels_.silu_mul(out, input.a[source], input.b[source], width);
      return out;
  }
  return out;
}

/// Makes the input ready as floats, and as the q8 rows that `q8_unit` reads, if not null.
void Ops::prepare(const Input& input, size_t count, bool need_float, const MatmulKernel* q8_unit) {
  if (input.kind == Input::Kind::rows && q8_unit == nullptr) return;
  const bool by_fours = q8_unit != nullptr && reads_fours(*q8_unit, count);
  for_row_ranges(pool_, count, input.a.width, [&](size_t begin, size_t end, size_t worker) {
    for (size_t row = begin; row < end; ++row) {
      // Floats that nobody reads again stay in one row a thread, in its cache.
      float* out = need_float ? input_[row] : input_[worker];
      const float* values = input_row(input, row, out);
      if (q8_unit == nullptr) continue;
      if (!by_fours) {
        kernels_.quantize_q8(input_q8_ + row * input_q8_stride_, values, input.a.width);
        continue;
      }
      std::byte* const q8 = row_q8_ + worker * input_q8_stride_;
      kernels_.quantize_q8(q8, values, input.a.width);
      interleave_row(*q8_unit, input_q8_, input_q8_stride_, row, count, q8, input.a.width);
    }
  });
}

/// The preconditions of linear().
bool Ops::fits(const Input& input, size_t count, std::initializer_list<Output> outputs) const {
  if (count > x.count || input.a.width > input_.width) return false;
  if (input.kind == Input::Kind::swiglu && input.b.width != input.a.width) return false;
  return std::all_of(outputs.begin(), outputs.end(), [&](const Output& output) {
    const bool shapes = output.matrix.cols == input.a.width &&
                        output.matrix.rows == output.rows.width && count <= output.rows.count;
    if (output.write == Output::Write::assign) return shapes;
    const auto uses_projected = [&](const Rows& rows) { return rows.data == projected.data; };
    return shapes && output.matrix.rows <= projected.width && !uses_projected(input.a) &&
           std::none_of(outputs.begin(), outputs.end(),
                        [&](const Output& other) { return uses_projected(other.rows); });
  });
}

void Ops::linear(const Input& input, std::initializer_list<Output> outputs) {
  const size_t count = std::min(input.count, step_.rows());
  assert(fits(input, count, outputs));
  bool need_float = false;
  const MatmulKernel* q8_unit = nullptr;  // any: all read an input alike
  size_t tiles = 0;
  size_t bytes = 0;
  for (const Output& output : outputs) {
    const bool q8 = output.matrix.kernel->activation == Activation::q8;
    if (q8) q8_unit = output.matrix.kernel;
    need_float |= !q8;
    tiles += tile_count(output.matrix);
    bytes += tile_count(output.matrix) * tile_bytes(output.matrix);
  }
  prepare(input, count, need_float, q8_unit);
  const Rows& floats = input.kind == Input::Kind::rows ? input.a : input_;
  const bool is_gemm = count >= gemm_batch;
  const size_t step = is_gemm ? gemm_tile_step : 1;
  const auto tiles_of = [&](size_t piece_bytes) {
    return std::max<size_t>(1, piece_bytes * tiles / bytes / step) * step;
  };
  const size_t smallest = tiles_of(is_gemm ? min_gemm_bytes : min_gemv_bytes);
  const size_t largest = std::max(smallest, tiles_of(max_piece_bytes));
  pool_.parallel_for(tiles, smallest, largest, [&](size_t begin, size_t end, size_t) {
    size_t first = 0;  // the first tile of this output's matrix
    for (const Output& output : outputs) {
      const Matrix& matrix = output.matrix;
      const size_t last = first + tile_count(matrix);
      if (begin < last && first < end) {
        const size_t tile = matrix.kernel->row_tile;
        run_matmul(output, count, floats, (std::max(begin, first) - first) * tile,
                   std::min((std::min(end, last) - first) * tile, matrix.rows));
      }
      first = last;
    }
  });
}

void Ops::run_matmul(const Output& output, size_t batch, const Rows& floats, size_t row_begin,
                     size_t row_end) const {
  const Matrix& matrix = output.matrix;
  const bool q8 = matrix.kernel->activation == Activation::q8;
  const bool add = output.write == Output::Write::add;
  const Rows& products = add ? projected : output.rows;
  const MatmulTask task{
      .out = products.data,
      .out_stride = products.stride,
      .packed = matrix.packed,
      .activations = q8 ? input_q8_ : reinterpret_cast<const std::byte*>(floats.data),
      .activation_stride = q8 ? input_q8_stride_ : floats.stride * sizeof(float),
      .batch = batch,
      .row_begin = row_begin,
      .row_end = row_end,
      .rows = matrix.rows,
      .cols = matrix.cols,
  };
  (batch == 1 ? matrix.kernel->gemv : matrix.kernel->gemm)(task);

  if (!add && matrix.bias == nullptr) return;
  for (size_t b = 0; b < batch; ++b) {
    float* result = products[b];
    if (matrix.bias != nullptr) {
      for (size_t r = row_begin; r < row_end; ++r) result[r] += matrix.bias[r];
    }
    if (add) {
      kernels_.add(output.rows[b] + row_begin, result + row_begin, row_end - row_begin);
    }
  }
}

void Ops::norm_heads(float* heads, size_t count, const float* weight) const {
  for (size_t head = 0; head < count; ++head, heads += spec_.head_dim) {
    kernels_.rms_norm(heads, heads, weight, spec_.head_dim, spec_.rms_norm_epsilon);
  }
}

void Ops::rotate_heads(float* heads, size_t count, size_t row) const {
  for (size_t head = 0; head < count; ++head, heads += spec_.head_dim) {
    kernels_.rope(heads, step_.cosines(row), step_.sines(row), spec_.head_dim, spec_.rope_pairing);
  }
}

void Ops::scale_queries(size_t row, float factor) const {
  const float scale = spec_.attention_scale * factor;
  float* queries = q[row];
  for (size_t i = 0; i < q.width; ++i) queries[i] *= scale;
}

void Ops::store_kv(size_t layer, size_t row) const {
  const size_t token = step_.position(row) % kv_block_tokens;
  cache_.store(layer, step_.kv_block(row), token, k[row], v[row]);
}

}  // namespace kinglet
