#include "compute/kv_cache.h"

#include <cstring>

namespace kinglet {

namespace {

// Keys lie transposed, so that a kernel computes 16 scores at once.
template <typename Element>
void store_head(std::byte* block, size_t token, size_t head_dim, const Element* k,
                const Element* v) {
  auto* keys = reinterpret_cast<Element*>(block);
  auto* values = keys + head_dim * kv_block_tokens;
  for (size_t d = 0; d < head_dim; ++d) keys[d * kv_block_tokens + token] = k[d];
  std::memcpy(values + token * head_dim, v, head_dim * sizeof(Element));
}

size_t element_bytes(KvFormat format) {
  return format == KvFormat::f16 ? sizeof(uint16_t) : sizeof(float);
}

}  // namespace

KvCache::KvCache(const ModelSpec& spec, KvFormat format, size_t blocks, const KernelTable& kernels)
    : kernels_(kernels),
      format_(format),
      layers_(spec.layers),
      blocks_(blocks),
      kv_heads_(spec.kv_heads),
      head_dim_(spec.head_dim),
      head_block_bytes_(2 * head_dim_ * kv_block_tokens * element_bytes(format)),
      layer_block_bytes_(kv_heads_ * head_block_bytes_) {}

void KvCache::store(size_t layer, size_t block_id, size_t token, const float* k,
                    const float* v) const {
  for (size_t head = 0; head < kv_heads_; ++head, k += head_dim_, v += head_dim_) {
    std::byte* destination = block(layer, block_id, head);
    if (format_ == KvFormat::f32) {
      store_head(destination, token, head_dim_, k, v);
      continue;
    }
    uint16_t half_k[max_head_dim];
    uint16_t half_v[max_head_dim];
    kernels_.to_f16(half_k, k, head_dim_);
    kernels_.to_f16(half_v, v, head_dim_);
    store_head(destination, token, head_dim_, half_k, half_v);
  }
}

void KvCache::fill(size_t layer, size_t block_id, float* scratch) const {
  // splitmix64; source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
  uint64_t state = layer * blocks_ + block_id + 1;
  state *= 0x9e3779b97f4a7c15;
  const auto next = [&] {
    uint64_t bits = state += 0x9e3779b97f4a7c15;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return static_cast<float>(static_cast<int32_t>(bits >> 32)) * 0x1p-31f;
  };
  const size_t width = kv_heads_ * head_dim_;
  for (size_t token = 0; token < kv_block_tokens; ++token) {
    for (size_t i = 0; i < 2 * width; ++i) scratch[i] = next();
    store(layer, block_id, token, scratch, scratch + width);
  }
}

void KvCache::copy_blocks(const int32_t* pairs, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    for (size_t layer = 0; layer < layers_; ++layer) {
      // memmove: a block may be copied to itself.
      std::memmove(block(layer, static_cast<size_t>(pairs[2 * i + 1]), 0),
                   block(layer, static_cast<size_t>(pairs[2 * i]), 0), layer_block_bytes_);
    }
  }
}

}  // namespace kinglet
