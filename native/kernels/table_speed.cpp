#include "kernels/table_speed.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace kinglet {
namespace {

constexpr size_t rows = 32, cols = 1024, batch = 16;  // 18 KB of weights
constexpr int rounds = 32;

struct Free {
  void operator()(std::byte* bytes) const { std::free(bytes); }
};
using Bytes = std::unique_ptr<std::byte, Free>;

/// Zeros, 64-byte aligned. What the numbers are makes no difference to the time.
Bytes zeros(size_t bytes) {
  const size_t rounded = (bytes + 63) / 64 * 64;
  Bytes memory(static_cast<std::byte*>(std::aligned_alloc(64, rounded)));
  if (memory != nullptr) std::memset(memory.get(), 0, rounded);
  return memory;
}

double measure(const KernelTable& table) {
  using Clock = std::chrono::steady_clock;
  const MatmulKernel& unit = table.units[computed::q4_0];
  const size_t stride = activation_row_bytes(unit.activation, cols);
  const Bytes packed = zeros(unit.packed_bytes(rows, cols)), activations = zeros(batch * stride);
  double best = std::numeric_limits<double>::infinity();
  if (packed == nullptr || activations == nullptr) return best;
  std::vector<float> out(batch * rows);
  MatmulTask task{.out = out.data(),
                  .out_stride = rows,
                  .packed = packed.get(),
                  .activations = activations.get(),
                  .activation_stride = stride,
                  .batch = 1,
                  .row_begin = 0,
                  .row_end = rows,
                  .rows = rows,
                  .cols = cols};
  for (int round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    // As long for one row at a time as for all together.
    task.batch = 1;
    for (size_t b = 0; b < batch / 2; ++b) unit.gemv(task);
    task.batch = batch;
    unit.gemm(task);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

}  // namespace

double measured_seconds(const KernelTable& table) {
  // Held while measuring: two at a time would be in each other's way.
  static std::mutex mutex;
  static std::map<const KernelTable*, double> seconds;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = seconds.try_emplace(&table, 0);
  if (is_new) entry->second = measure(table);
  return entry->second;
}

}  // namespace kinglet
