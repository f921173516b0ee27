#include "../bench/native/bandwidth.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../bench/native/rate.h"

namespace kinglet {

PageMemory footprint_memory() {
  PageMemory memory;
  const Status status = PageMemory::allocate(bandwidth_footprint, "benchmark", &memory);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    std::exit(1);
  }
  std::memset(memory.data(), 1, memory.size());
  return memory;
}

double read_bandwidth(const PageMemory& memory, size_t threads) {
  using Vector __attribute__((vector_size(16))) = uint64_t;
  constexpr size_t line = 64;
  constexpr size_t ahead = 8192;             // bytes; what reads most on the machines at hand
  constexpr size_t piece = size_t{8} << 20;  // bytes a call
  const size_t part = memory.size() / threads / piece * piece;
  std::vector<size_t> positions(threads);
  return work_rate(threads, [&](size_t thread) {
    const std::byte* const begin = memory.data() + thread * part + positions[thread];
    // Apart, so that loads do not wait for each other's result.
    Vector sums[line / sizeof(Vector)] = {};
    for (const std::byte* at = begin; at < begin + piece; at += line) {
      __builtin_prefetch(at + ahead);
      const auto* vectors = reinterpret_cast<const Vector*>(at);
      for (size_t i = 0; i < line / sizeof(Vector); ++i) sums[i] ^= vectors[i];
    }
    asm volatile("" ::"m"(sums));
    positions[thread] = (positions[thread] + piece) % part;
    return static_cast<double>(piece);
  });
}

}  // namespace kinglet
