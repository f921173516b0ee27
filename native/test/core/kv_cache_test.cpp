#include "compute/kv_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "kernels/kv_block.h"
#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

constexpr size_t head_dim = 256;
constexpr size_t kv_heads = 3;
constexpr size_t layers = 2;
// More than two runs, and the last one is shorter.
constexpr size_t blocks = 77;

/// A cache and its memory, which is zero.
struct Cache {
  explicit Cache(KvFormat format) : cache(spec(), format, blocks, scalar_table()) {
    const size_t bytes = cache.block_bytes() * blocks;
    memory.resize(bytes + memory_alignment);
    const auto address = reinterpret_cast<uintptr_t>(memory.data());
    begin = memory.data() + (memory_alignment - address % memory_alignment) % memory_alignment;
    MemoryLayout layout(begin);
    cache.lay_out(layout);
    CHECK(layout.bytes() == bytes);
  }

  static ModelSpec spec() {
    ModelSpec spec;
    spec.layers = layers;
    spec.kv_heads = kv_heads;
    spec.head_dim = head_dim;
    return spec;
  }

  KvCache cache;
  std::vector<std::byte> memory;
  std::byte* begin = nullptr;
};

/// Calls body(block) for each KV head's part of each block.
template <typename Body>
void for_each_part(const KvCache& cache, const Body& body) {
  for (size_t layer = 0; layer < layers; ++layer) {
    for (size_t b = 0; b < blocks; ++b) {
      for (size_t head = 0; head < kv_heads; ++head) body(cache.block(layer, b, head));
    }
  }
}

}  // namespace

TEST_CASE("KV cache: all halves together are the memory, none overlaps another") {
  for (const KvFormat format : {KvFormat::f16, KvFormat::f32, KvFormat::q8}) {
    const Cache filled(format);
    std::vector<const std::byte*> halves;
    for_each_part(filled.cache, [&](const KvBlock& block) {
      halves.push_back(block.keys);
      halves.push_back(block.values);
    });
    std::sort(halves.begin(), halves.end());
    size_t wrong = 0;
    for (size_t i = 0; i < halves.size(); ++i) {
      wrong += halves[i] != filled.begin + i * kv_half_bytes(format, head_dim);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("KV cache: consecutive blocks of a head follow each other, but between runs") {
  const Cache filled(KvFormat::f16);
  const size_t half = kv_half_bytes(KvFormat::f16, head_dim);
  size_t together = 0;
  for (size_t b = 1; b < blocks; ++b) {
    const KvBlock before = filled.cache.block(1, b - 1, 2), block = filled.cache.block(1, b, 2);
    const bool keys = block.keys == before.keys + half;
    CHECK(keys == (block.values == before.values + half));
    together += keys;
  }
  // 256 KiB of keys are 32 blocks.
  CHECK(together == blocks - 3);
}

TEST_CASE("KV cache: a copied block is the block, over all layers and heads") {
  for (const KvFormat format : {KvFormat::f16, KvFormat::q8}) {
    Cache filled(format);
    std::vector<float> scratch(2 * kv_heads * head_dim);
    for (size_t layer = 0; layer < layers; ++layer) filled.cache.fill(layer, 5, scratch.data());
    const int32_t pairs[] = {5, 76, 76, 40, 40, 40};
    filled.cache.copy_blocks(pairs, 3);
    const size_t half = kv_half_bytes(format, head_dim);
    const auto equal = [&](const std::byte* a, const std::byte* b) {
      return std::equal(a, a + half, b);
    };
    size_t alike = 0;
    for (size_t layer = 0; layer < layers; ++layer) {
      for (size_t head = 0; head < kv_heads; ++head) {
        const KvBlock from = filled.cache.block(layer, 5, head);
        for (size_t b = 0; b < blocks; ++b) {
          const KvBlock block = filled.cache.block(layer, b, head);
          alike += equal(block.keys, from.keys) && equal(block.values, from.values);
        }
      }
    }
    CHECK(alike == 3 * layers * kv_heads);
  }
}

}  // namespace kinglet::test
