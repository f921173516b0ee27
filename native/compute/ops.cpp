#include "compute/ops.h"

#include <algorithm>
#include <cmath>

namespace kinglet {

namespace {

// Below this many floats, a parallel region costs more than it saves.
constexpr size_t inline_floats = 8192;

// A thread takes this much of a matrix at a time: large enough to hide taking it, small enough for
// threads to finish together.
constexpr size_t min_piece_bytes = 16 << 10;
constexpr size_t max_piece_bytes = 256 << 10;
constexpr size_t pieces_per_thread = 4;
// Of a GEMM more: taking one is nothing beside computing it, and no thread should wait for
// another's last piece. Kernels go through a few tiles of rows together.
constexpr size_t gemm_pieces_per_thread = 16;
constexpr size_t gemm_batch = 16;
constexpr size_t gemm_tile_step = 4;

size_t tile_count(const Matrix& matrix) {
  return (matrix.rows + matrix.kernel->row_tile - 1) / matrix.kernel->row_tile;
}

size_t tile_bytes(const Matrix& matrix) {
  return matrix.kernel->packed_bytes(matrix.rows, matrix.cols) / tile_count(matrix);
}

}  // namespace

void Ops::for_each_row(size_t rows, size_t width, RangeBody body) {
  if (rows * width <= inline_floats || pool_.threads() == 1) {
    body(0, rows, 0);
    return;
  }
  pool_.parallel_for(rows, std::max<size_t>(1, rows / (pieces_per_thread * pool_.threads())), body);
}

void Ops::begin(const StepBatch& batch) {
  batch_ = &batch;
  rows_ = batch.rows;
  item_offsets_[0] = 0;
  for (size_t s = 0; s < batch.sequences; ++s) {
    const auto begin = static_cast<size_t>(batch.row_offsets[s]);
    const auto end = static_cast<size_t>(batch.row_offsets[s + 1]);
    for (size_t row = begin; row < end; ++row) {
      row_sequence_[row] = static_cast<int32_t>(s);
      positions_[row] =
          static_cast<uint32_t>(batch.first_positions[s]) + static_cast<uint32_t>(row - begin);
    }
    const size_t tiles = (end - begin + tile_rows_ - 1) / tile_rows_;
    item_offsets_[s + 1] = item_offsets_[s] + tiles * spec_.kv_heads;
  }
  // In double: at position 100000 a float angle is off by up to 0.004.
  for_each_row(spec_.head_dim, [&](size_t row) {
    for (size_t i = 0; i < spec_.head_dim / 2; ++i) {
      const double angle = static_cast<double>(positions_[row]) * spec_.rope_inverse_frequencies[i];
      cosines_[row][i] = static_cast<float>(std::cos(angle) * spec_.rope_magnitude);
      sines_[row][i] = static_cast<float>(std::sin(angle) * spec_.rope_magnitude);
    }
  });
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

void Ops::prepare(const Input& input, size_t count, bool need_float, bool need_q8) {
  if (input.kind == Input::Kind::rows && !need_q8) return;
  for_each_row(count, input.a.width, [&](size_t begin, size_t end, size_t worker) {
    for (size_t row = begin; row < end; ++row) {
      // Floats that nobody reads again stay in one row a thread, in its cache.
      float* out = need_float ? input_[row] : input_[worker];
      const float* values = input_row(input, row, out);
      if (need_q8) {
        kernels_.quantize_q8(input_q8_ + row * input_q8_stride_, values, input.a.width);
      }
    }
  });
}

void Ops::linear(const Input& input, std::initializer_list<Output> outputs) {
  const size_t count = std::min(input.count, rows_);
  bool need_float = false;
  bool need_q8 = false;
  size_t tiles = 0;
  size_t bytes = 0;
  for (const Output& output : outputs) {
    const bool q8 = output.matrix.kernel->activation == Activation::q8;
    need_q8 |= q8;
    need_float |= !q8;
    tiles += tile_count(output.matrix);
    bytes += tile_count(output.matrix) * tile_bytes(output.matrix);
  }
  prepare(input, count, need_float, need_q8);
  const Rows& floats = input.kind == Input::Kind::rows ? input.a : input_;

  const bool is_gemm = count >= gemm_batch;
  const size_t pieces = (is_gemm ? gemm_pieces_per_thread : pieces_per_thread) * pool_.threads();
  const size_t piece_bytes = std::clamp(bytes / pieces, min_piece_bytes, max_piece_bytes);
  size_t grain = std::max<size_t>(1, piece_bytes * tiles / bytes);
  if (is_gemm) grain = (grain + gemm_tile_step - 1) / gemm_tile_step * gemm_tile_step;
  pool_.parallel_for(tiles, grain, [&](size_t begin, size_t end, size_t) {
    size_t first = 0;  // the first tile of this output's matrix
    for (const Output& output : outputs) {
      const Matrix& matrix = output.matrix;
      const size_t last = first + tile_count(matrix);
      if (begin < last && first < end) {
        const size_t tile = matrix.kernel->row_tile;
        run_matmul(output, count, reinterpret_cast<const std::byte*>(floats.data),
                   floats.stride * sizeof(float), (std::max(begin, first) - first) * tile,
                   std::min((std::min(end, last) - first) * tile, matrix.rows));
      }
      first = last;
    }
  });
}

void Ops::run_matmul(const Output& output, size_t batch, const std::byte* float_rows,
                     size_t float_stride, size_t row_begin, size_t row_end) const {
  const Matrix& matrix = output.matrix;
  const bool q8 = matrix.kernel->activation == Activation::q8;
  const bool add = output.write == Output::Write::add;
  const Rows& rows = add ? projected : output.rows;
  const MatmulTask task{
      .out = rows.data,
      .out_stride = rows.stride,
      .packed = matrix.packed,
      .activations = q8 ? input_q8_ : float_rows,
      .activation_stride = q8 ? input_q8_stride_ : float_stride,
      .batch = batch,
      .row_begin = row_begin,
      .row_end = row_end,
      .rows = matrix.rows,
      .cols = matrix.cols,
  };
  (batch == 1 ? matrix.kernel->gemv : matrix.kernel->gemm)(task);

  if (!add && matrix.bias == nullptr) return;
  for (size_t b = 0; b < batch; ++b) {
    float* result = rows[b];
    if (matrix.bias != nullptr) {
      for (size_t r = row_begin; r < row_end; ++r) result[r] += matrix.bias[r];
    }
    if (add) {
      float* sum = output.rows[b];
      for (size_t r = row_begin; r < row_end; ++r) sum[r] += result[r];
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
    kernels_.rope(heads, cosines_[row], sines_[row], spec_.head_dim, spec_.rope_pairing);
  }
}

void Ops::scale_queries(size_t row, float factor) const {
  const float scale = spec_.attention_scale * factor;
  float* queries = q[row];
  for (size_t i = 0; i < q.width; ++i) queries[i] *= scale;
}

void Ops::store_kv(size_t layer, size_t row) const {
  const size_t sequence = static_cast<size_t>(row_sequence_[row]);
  const size_t position = positions_[row];
  const size_t entry =
      static_cast<size_t>(batch_->block_offsets[sequence]) + position / kv_block_tokens;
  cache_.store(layer, static_cast<size_t>(batch_->block_tables[entry]), position % kv_block_tokens,
               k[row], v[row]);
}

}  // namespace kinglet
