// What attention kernels are counted on: the end of a context, one KV head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/kv_block.h"
#include "quant/half.h"

namespace kinglet {

/// The last `rows` rows of a context of `tokens` tokens: a decoding step where there is one row,
/// else the end of a prompt's chunk. Each row has `heads` query heads, which share a KV head of
/// `head_dim`. Keys, values and queries are random in [-2, 2). Kv is uint16_t (halves), float or
/// int8_t (q8).
template <typename Kv>
class AttentionInput {
 public:
  static constexpr size_t head_dim = 64;

  AttentionInput(size_t rows, size_t heads, size_t tokens)
      : q_(rows * heads * head_dim), out_(q_.size()), maxima_(rows * heads), sums_(rows * heads) {
    constexpr size_t half = kv_half_bytes<Kv>(head_dim);
    const size_t blocks = (tokens + kv_block_tokens - 1) / kv_block_tokens;
    kv_.resize(blocks * 2 * half);
    for (size_t b = 0; b < blocks; ++b) {
      std::byte* keys = kv_.data() + b * 2 * half;
      fill(keys);
      fill(keys + half);
      blocks_.push_back({keys, keys + half});
    }
    for (float& value : q_) value = next();
    for (size_t i = 0; i < rows * heads; ++i) {
      offsets_.push_back(i * head_dim);
      lengths_.push_back(static_cast<uint32_t>(tokens - rows + i / heads + 1));
      visible_ += lengths_.back();
    }
  }
  AttentionInput(const AttentionInput&) = delete;
  AttentionInput& operator=(const AttentionInput&) = delete;

  size_t queries() const { return lengths_.size(); }
  /// Of the two products, q k^T and that with v.
  double multiply_adds() const { return 2 * visible_ * head_dim; }

  void attend(void (*kernel)(const AttentionTask&)) {
    kernel({.out = out_.data(),
            .maxima = maxima_.data(),
            .sums = sums_.data(),
            .q = q_.data(),
            .q_offsets = offsets_.data(),
            .lengths = lengths_.data(),
            .queries = queries(),
            .head_dim = head_dim,
            .blocks = blocks_.data(),
            .block_begin = 0,
            .block_end = blocks_.size(),
            .known_end = blocks_.size()});
  }

 private:
  float next() { return static_cast<float>(random_()) * 0x1p-30f - 2; }

  /// Keys or values of a block.
  void fill(std::byte* half) {
    if constexpr (has_kv_scales<Kv>) {
      for (size_t t = 0; t < kv_block_tokens; ++t) kv_scales(half)[t] = 2.0f / 127;
    }
    for (size_t i = 0; i < head_dim * kv_block_tokens; ++i) {
      kv_elements<Kv>(half)[i] = element(next());
    }
  }
  static Kv element(float value) {
    if constexpr (sizeof(Kv) == 1) return static_cast<Kv>(value * 63);
    if constexpr (sizeof(Kv) == 2) return float_to_half(value);
    if constexpr (sizeof(Kv) == 4) return value;
  }

  std::mt19937 random_{1};
  std::vector<std::byte> kv_;
  std::vector<KvBlock> blocks_;
  std::vector<float> q_, out_, maxima_, sums_;
  std::vector<size_t> offsets_;
  std::vector<uint32_t> lengths_;
  double visible_ = 0;  // positions, over all queries
};

}  // namespace kinglet
