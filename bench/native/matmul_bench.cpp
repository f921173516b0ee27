#include "../bench/native/matmul_bench.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "../bench/native/rate.h"
#include "kernels/q8_fours.h"
#include "quant/code_block.h"

namespace kinglet {
namespace {

constexpr ModelMatrix matrices[] = {
    {"140M", "q, o", 576, 576},
    {"140M", "k, v", 192, 576},
    {"140M", "gate, up", 2048, 576},
    {"140M", "down", 576, 2048},
    {"140M", "head", 128256, 576},
    {"360M", "q, o", 1024, 1024},
    {"360M", "k, v", 256, 1024},
    {"360M", "gate, up", 4096, 1024},
    {"360M", "down", 1024, 4096},
    {"360M", "head", 128256, 1024},
    {"950M", "q, o", 1536, 1536},
    {"950M", "k, v", 384, 1536},
    {"950M", "gate, up", 6144, 1536},
    {"950M", "down", 1536, 6144},
    {"950M", "head", 128256, 1536},
    {"Qwen3-0.6B", "q", 2048, 1024},
    {"Qwen3-0.6B", "k, v", 1024, 1024},
    {"Qwen3-0.6B", "o", 1024, 2048},
    {"Qwen3-0.6B", "gate, up", 3072, 1024},
    {"Qwen3-0.6B", "down", 1024, 3072},
    {"Qwen3-0.6B", "head", 151936, 1024},
};

/// Rows that steps of a model ask of the head, at most: a draw for each sequence.
constexpr size_t most_head_rows = 32;

PeakKind kind_of(const FormatInfo& info) {
  if (info.is_float()) return PeakKind::fp32;
  const bool is_wide = info.layout->bits > 5 || info.layout->has_values;
  return is_wide ? PeakKind::q8 : PeakKind::q4;
}

/// Rows that repeat a few random ones: speed does not depend on values.
std::vector<std::byte> some_weights(const FormatInfo& info, size_t rows, size_t cols) {
  constexpr size_t kinds = 64;
  const size_t bytes = row_bytes(info, cols);
  std::mt19937 random(1);
  std::vector<std::byte> weights(rows * bytes);
  const size_t first = std::min(kinds, rows) * bytes;
  // No subnormal floats: multiplying them takes many times as long.
  for (size_t i = 0; i < first; ++i) weights[i] = static_cast<std::byte>(0x20 | (random() & 0x1f));
  for (size_t at = first; at < weights.size(); at += first) {
    std::memcpy(&weights[at], weights.data(), std::min(first, weights.size() - at));
  }
  return weights;
}

/// A matrix packed in copies, and activations of `batch` rows.
class Input {
 public:
  Input(const KernelTable& table, const MatmulKernel& kernel, const FormatInfo& info,
        const ModelMatrix& matrix, size_t batch, const PageMemory& memory)
      : kernel_(kernel),
        rows_(matrix.rows),
        cols_(matrix.cols),
        stride_((kernel.packed_bytes(rows_, cols_) + 63) / 64 * 64),
        copies_(memory.size() / stride_),
        packed_(memory.data()),
        activation_stride_(activation_row_bytes(kernel.activation, cols_)),
        activations_(rows_of_fours(batch) * activation_stride_ + memory_alignment),
        out_(batch * rows_) {
    const std::vector<std::byte> weights = some_weights(info, rows_, cols_);
    kernel.pack(packed_, weights.data(), 0, rows_, rows_, cols_);
    for (size_t i = 1; i < copies_; ++i) std::memcpy(packed_ + i * stride_, packed_, stride_);
    const std::vector<float> row(cols_, 0.5f);
    std::vector<std::byte> q8(activation_stride_);
    table.quantize_q8(q8.data(), row.data(), cols_);
    for (size_t b = 0; b < batch; ++b) {
      std::byte* const to = activations() + b * activation_stride_;
      if (kernel.activation == Activation::f32) {
        std::memcpy(to, row.data(), cols_ * sizeof(float));
      } else if (reads_fours(kernel, batch)) {
        interleave_row(kernel, activations(), activation_stride_, b, batch, q8.data(), cols_);
      } else {
        std::memcpy(to, q8.data(), activation_stride_);
      }
    }
  }

  bool fits() const { return copies_ > 0; }
  double copy_bytes() const { return static_cast<double>(stride_); }

  /// Multiplies by copy `copy`; returns the share of the rows that this thread has.
  double run(void (*matmul)(const MatmulTask&), size_t batch, size_t copy, size_t thread,
             size_t threads) {
    const size_t tiles = (rows_ + kernel_.row_tile - 1) / kernel_.row_tile;
    const size_t begin = tiles * thread / threads * kernel_.row_tile;
    const size_t end = std::min(rows_, tiles * (thread + 1) / threads * kernel_.row_tile);
    if (begin >= end) return 0;
    matmul({.out = out_.data(),
            .out_stride = rows_,
            .packed = packed_ + copy % copies_ * stride_,
            .activations = activations(),
            .activation_stride = activation_stride_,
            .batch = batch,
            .row_begin = begin,
            .row_end = end,
            .rows = rows_,
            .cols = cols_});
    return static_cast<double>(end - begin) / static_cast<double>(rows_);
  }

 private:
  std::byte* activations() {
    const auto address = reinterpret_cast<uintptr_t>(activations_.data());
    return activations_.data() + (memory_alignment - address % memory_alignment) % memory_alignment;
  }

  const MatmulKernel& kernel_;
  const size_t rows_, cols_;
  const size_t stride_;
  const size_t copies_;
  std::byte* const packed_;
  const size_t activation_stride_;
  std::vector<std::byte> activations_;
  std::vector<float> out_;
};

/// Whole matrices a second. Each thread walks over the copies for itself.
double matrices_per_second(Input& input, void (*matmul)(const MatmulTask&), size_t batch,
                           size_t threads) {
  std::vector<size_t> copies(threads);
  return work_rate(threads, [&](size_t thread) {
    return input.run(matmul, batch, copies[thread]++, thread, threads);
  });
}

}  // namespace

std::span<const ModelMatrix> model_matrices() { return matrices; }

void bench_matmul(const KernelVariant& variant, const FormatInfo& info, const ModelMatrix& matrix,
                  size_t batch, size_t threads, const PageMemory& memory,
                  const MeasuredPeaks& peaks) {
  const MatmulKernel* kernel = find_unit(variant.table(), info.format);
  if (kernel == nullptr || matrix.cols % info.block_values != 0) return;
  if (kernel->packed_bytes(matrix.rows, matrix.cols) > memory.size()) return;
  const bool is_head = std::strcmp(matrix.name, "head") == 0;
  const size_t columns = is_head ? std::min(batch, most_head_rows) : batch;
  Input input(variant.table(), *kernel, info, matrix, columns, memory);
  const double bandwidth = peaks.bandwidth(threads);
  const double gemv = matrices_per_second(input, kernel->gemv, 1, threads);
  const double peak = peaks.operations(variant, kind_of(info), threads);
  const double gemm = matrices_per_second(input, kernel->gemm, columns, threads);
  const double operations =
      2.0 * static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols);
  const double read = gemv * input.copy_bytes();
  const double computed = gemm * operations * static_cast<double>(columns);
  std::printf(
      "%-18s %-10s %-8s %6zu x %-4zu  gemv %6.2f GB/s %4.0f %% %7.1f GOP/s"
      "   gemm %3zu %7.1f GOP/s %4.0f %%\n",
      kernel->name, matrix.model, matrix.name, matrix.rows, matrix.cols, read * 1e-9,
      100 * read / bandwidth, gemv * operations * 1e-9, columns, computed * 1e-9,
      100 * computed / peak);
  std::fflush(stdout);
}

}  // namespace kinglet
