#include "../bench/native/attention_bench.h"

#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "../bench/native/rate.h"
#include "quant/half.h"

namespace kinglet {
namespace {

constexpr size_t head_dim = 64;
constexpr size_t heads = 3;     // of a KV head
constexpr size_t kv_heads = 6;  // MobileLLM-R1-950M's
constexpr size_t block_bytes = 2 * head_dim * kv_block_tokens * sizeof(uint16_t);

/// Random halves in [-2, 2), a block repeated.
void fill(const PageMemory& memory) {
  std::mt19937 random(1);
  std::vector<uint16_t> block(block_bytes / sizeof(uint16_t));
  for (uint16_t& value : block) {
    value = float_to_half(static_cast<float>(random()) * 0x1p-30f - 2);
  }
  const size_t blocks = memory.size() / block_bytes;
  for (size_t i = 0; i < blocks; ++i) {
    std::memcpy(memory.data() + i * block_bytes, block.data(), block_bytes);
  }
}

/// The queries of one thread, and where their results go.
struct Queries {
  Queries(size_t rows, size_t tokens)
      : q(rows * heads * head_dim, 0.1f), out(q.size()), maxima(rows * heads), sums(maxima.size()) {
    for (size_t i = 0; i < maxima.size(); ++i) {
      offsets.push_back(i * head_dim);
      lengths.push_back(static_cast<uint32_t>(tokens - rows + i / heads + 1));
    }
  }
  AttentionTask task(const std::vector<const std::byte*>& blocks) {
    return {.out = out.data(),
            .maxima = maxima.data(),
            .sums = sums.data(),
            .q = q.data(),
            .q_offsets = offsets.data(),
            .lengths = lengths.data(),
            .queries = maxima.size(),
            .head_dim = head_dim,
            .blocks = blocks.data(),
            .block_begin = 0,
            .block_end = blocks.size(),
            .known_end = blocks.size()};
  }
  /// Of q k^T and of the product with v.
  double operations() const {
    double seen = 0;
    for (const uint32_t length : lengths) seen += length;
    return 4 * seen * head_dim;
  }

  std::vector<float> q, out, maxima, sums;
  std::vector<size_t> offsets;
  std::vector<uint32_t> lengths;
};

}  // namespace

void bench_attention(const KernelVariant& variant, size_t rows, size_t tokens, size_t threads,
                     const PageMemory& memory, MeasuredPeaks& peaks) {
  fill(memory);
  const size_t blocks = tokens / kv_block_tokens;
  const size_t layers = memory.size() / (blocks * kv_heads * block_bytes);
  std::vector<Queries> queries(threads, Queries(rows, tokens));
  std::vector<std::vector<const std::byte*>> tables(threads, std::vector<const std::byte*>(blocks));
  std::vector<size_t> turns(threads);
  const double heads_per_second = work_rate(threads, [&](size_t thread) {
    const size_t turn = turns[thread]++ * threads + thread;
    const std::byte* const layer =
        memory.data() + turn / kv_heads % layers * blocks * kv_heads * block_bytes;
    for (size_t b = 0; b < blocks; ++b) {
      tables[thread][b] = layer + (b * kv_heads + turn % kv_heads) * block_bytes;
    }
    variant.table().attend_f16(queries[thread].task(tables[thread]));
    return 1.0;
  });
  const double read = heads_per_second * static_cast<double>(blocks * block_bytes);
  const double computed = heads_per_second * queries.front().operations();
  std::printf(
      "%-12s attend_f16  %4zu queries over %5zu tokens  %6.2f GB/s %4.0f %%  %7.1f GOP/s"
      " %4.0f %%\n",
      std::string(variant.isa).c_str(), rows * heads, tokens, read * 1e-9,
      100 * read / peaks.bandwidth(threads), computed * 1e-9,
      100 * computed / peaks.operations(variant, PeakKind::fp32, threads));
}

}  // namespace kinglet
