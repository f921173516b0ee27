#include "compute/kv_cache.h"

#include <cstring>

#include "kernels/kv_block.h"

namespace kinglet {

namespace {

// Keys lie transposed, so that a kernel computes 16 scores at once.
template <typename Element>
void store_head(std::byte* block, size_t token, size_t head_dim, const Element* k,
                const Element* v) {
  auto* keys = kv_elements<Element>(block);
  auto* values = kv_elements<Element>(block + kv_half_bytes<Element>(head_dim));
  for (size_t d = 0; d < head_dim; ++d) keys[d * kv_block_tokens + token] = k[d];
  std::memcpy(values + token * head_dim, v, head_dim * sizeof(Element));
}

}  // namespace

KvCache::KvCache(const ModelSpec& spec, KvFormat format, size_t blocks, const KernelTable& kernels)
    : kernels_(kernels),
      format_(format),
      layers_(spec.layers),
      blocks_(blocks),
      kv_heads_(spec.kv_heads),
      head_dim_(spec.head_dim),
      head_block_bytes_(kv_head_block_bytes(format, head_dim_)),
      layer_block_bytes_(kv_heads_ * head_block_bytes_) {}

void KvCache::store(size_t layer, size_t block_id, size_t token, const float* k,
                    const float* v) const {
  for (size_t head = 0; head < kv_heads_; ++head, k += head_dim_, v += head_dim_) {
    std::byte* destination = block(layer, block_id, head);
    switch (format_) {
      case KvFormat::f32: store_head(destination, token, head_dim_, k, v); break;
      case KvFormat::f16: store_f16(destination, token, k, v); break;
      case KvFormat::q8: store_q8(destination, token, k, v); break;
    }
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

void KvCache::store_f16(std::byte* destination, size_t token, const float* k,
                        const float* v) const {
  uint16_t half_k[max_head_dim];
  uint16_t half_v[max_head_dim];
  kernels_.to_f16(half_k, k, head_dim_);
  kernels_.to_f16(half_v, v, head_dim_);
  store_head(destination, token, head_dim_, half_k, half_v);
}

void KvCache::store_q8(std::byte* destination, size_t token, const float* k, const float* v) const {
  int8_t code_k[max_head_dim];
  int8_t code_v[max_head_dim];
  kv_scales(destination)[token] = kernels_.to_kv_q8(code_k, k, head_dim_);
  kv_scales(destination + kv_half_bytes<int8_t>(head_dim_))[token] =
      kernels_.to_kv_q8(code_v, v, head_dim_);
  store_head(destination, token, head_dim_, code_k, code_v);
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
