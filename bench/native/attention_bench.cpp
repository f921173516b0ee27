#include "../bench/native/attention_bench.h"

#include <cstdio>
#include <string>
#include <vector>

#include "../bench/native/rate.h"
#include "compute/kv_cache.h"
#include "kernels/kv_block.h"

namespace kinglet {
namespace {

constexpr size_t head_dim = 64;
constexpr size_t heads = 3;     // of a KV head
constexpr size_t kv_heads = 6;  // MobileLLM-R1-950M's

/// A cache of one context in so many layers that they fill memory; all blocks are alike.
KvCache filled_cache(const KernelTable& table, KvFormat format, size_t blocks,
                     const PageMemory& memory) {
  const size_t layer_bytes = blocks * kv_heads * 2 * kv_half_bytes(format, head_dim);
  ModelSpec spec;
  spec.layers = memory.size() / layer_bytes;
  spec.kv_heads = kv_heads;
  spec.head_dim = head_dim;
  KvCache cache(spec, format, blocks, table);
  MemoryLayout layout(memory.data());
  cache.lay_out(layout);
  std::vector<float> scratch(2 * kv_heads * head_dim);
  for (size_t layer = 0; layer < cache.layers(); ++layer) cache.fill(layer, 0, scratch.data());
  for (size_t b = 1; b < blocks; ++b) {
    const int32_t pair[] = {0, static_cast<int32_t>(b)};
    cache.copy_blocks(pair, 1);
  }
  return cache;
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
  AttentionTask task(const std::vector<KvBlock>& blocks) {
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

void bench_attention(const KernelVariant& variant, KvFormat format, size_t rows, size_t tokens,
                     size_t threads, const PageMemory& memory, const MeasuredPeaks& peaks) {
  const size_t blocks = tokens / kv_block_tokens;
  const KvCache cache = filled_cache(variant.table(), format, blocks, memory);
  const bool is_q8 = format == KvFormat::q8;
  const auto attend = is_q8 ? variant.table().attend_q8 : variant.table().attend_f16;
  std::vector<Queries> queries(threads, Queries(rows, tokens));
  std::vector<std::vector<KvBlock>> tables(threads, std::vector<KvBlock>(blocks));
  std::vector<size_t> turns(threads);
  const double bandwidth = peaks.bandwidth(threads);
  const double peak = peaks.operations(variant, PeakKind::fp32, threads);
  const double heads_per_second = work_rate(threads, [&](size_t thread) {
    const size_t turn = turns[thread]++ * threads + thread;
    for (size_t b = 0; b < blocks; ++b) {
      tables[thread][b] = cache.block(turn / kv_heads % cache.layers(), b, turn % kv_heads);
    }
    attend(queries[thread].task(tables[thread]));
    return 1.0;
  });
  const double head_bytes = static_cast<double>(blocks * 2 * kv_half_bytes(format, head_dim));
  const double read = heads_per_second * head_bytes;
  const double computed = heads_per_second * queries.front().operations();
  std::printf(
      "%-12s %-10s  %4zu queries over %5zu tokens  %6.2f GB/s %4.0f %%  %7.1f GOP/s %4.0f %%\n",
      std::string(variant.isa).c_str(), is_q8 ? "attend_q8" : "attend_f16", rows * heads, tokens,
      read * 1e-9, 100 * read / bandwidth, computed * 1e-9, 100 * computed / peak);
}

}  // namespace kinglet
