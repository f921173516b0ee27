#include "compute/kv_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/kv_block.h"

namespace kinglet {

namespace {

// Keys, and values, of a head in a run, about: long enough for a stream, yet a short context
// touches few huge pages.
constexpr size_t run_half_bytes = 256 << 10;

// Keys lie transposed, so that a kernel computes 16 scores at once.
template <typename Element>
void store_head(std::byte* key_half, std::byte* value_half, size_t token, size_t head_dim,
                const Element* k, const Element* v) {
  auto* keys = kv_elements<Element>(key_half);
  auto* values = kv_elements<Element>(value_half);
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
      half_bytes_(kv_half_bytes(format, head_dim_)),
      run_blocks_(std::bit_floor(std::max<size_t>(1, run_half_bytes / half_bytes_))) {}

KvCache::Halves KvCache::halves_of(size_t layer, size_t block, size_t kv_head) const {
  const size_t first = block & ~(run_blocks_ - 1);
  const size_t run = std::min(run_blocks_, blocks_ - first);  // the last one may be shorter
  std::byte* keys = data_ + (layer * blocks_ + first) * layer_block_bytes() +
                    (kv_head * 2 * run + block - first) * half_bytes_;
  return {keys, keys + run * half_bytes_};
}

void KvCache::store(size_t layer, size_t block_id, size_t token, const float* k,
                    const float* v) const {
  for (size_t head = 0; head < kv_heads_; ++head, k += head_dim_, v += head_dim_) {
    const Halves to = halves_of(layer, block_id, head);
    switch (format_) {
      case KvFormat::f32: store_head(to.keys, to.values, token, head_dim_, k, v); break;
      case KvFormat::f16: store_f16(to, token, k, v); break;
      case KvFormat::q8: store_q8(to, token, k, v); break;
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

void KvCache::store_f16(const Halves& to, size_t token, const float* k, const float* v) const {
  uint16_t half_k[max_head_dim];
  uint16_t half_v[max_head_dim];
  kernels_.to_f16(half_k, k, head_dim_);
  kernels_.to_f16(half_v, v, head_dim_);
  store_head(to.keys, to.values, token, head_dim_, half_k, half_v);
}

void KvCache::store_q8(const Halves& to, size_t token, const float* k, const float* v) const {
  int8_t code_k[max_head_dim];
  int8_t code_v[max_head_dim];
  kv_scales(to.keys)[token] = kernels_.to_kv_q8(code_k, k, head_dim_);
  kv_scales(to.values)[token] = kernels_.to_kv_q8(code_v, v, head_dim_);
  store_head(to.keys, to.values, token, head_dim_, code_k, code_v);
}

void KvCache::copy_blocks(const int32_t* pairs, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto from_block = static_cast<size_t>(pairs[2 * i]);
    const auto to_block = static_cast<size_t>(pairs[2 * i + 1]);
    for (size_t part = 0; part < layers_ * kv_heads_; ++part) {
      const Halves from = halves_of(part / kv_heads_, from_block, part % kv_heads_);
      const Halves to = halves_of(part / kv_heads_, to_block, part % kv_heads_);
      // memmove: a block may be copied to itself.
      std::memmove(to.keys, from.keys, half_bytes_);
      std::memmove(to.values, from.values, half_bytes_);
    }
  }
}

}  // namespace kinglet
