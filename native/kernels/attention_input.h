// What the benchmarks of attention kernels compute: the end of a context, one KV head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "kernels/kernels.h"
#include "quant/half.h"

namespace kinglet {

/// The last `rows` rows of a context of `tokens` tokens: a decoding step where there is one row,
/// else the end of a prompt's chunk. Each row has `heads` query heads, which share a KV head of
/// `head_dim`. Keys, values and queries are random in [-2, 2). Kv is uint16_t (halves) or float.
template <typename Kv>
class AttentionInput {
 public:
  static constexpr bool is_f16 = std::is_same_v<Kv, uint16_t>;
  static constexpr size_t head_dim = 64;

  AttentionInput(size_t rows, size_t heads, size_t tokens)
      : q_(rows * heads * head_dim), out_(q_.size()), maxima_(rows * heads), sums_(rows * heads) {
    std::mt19937 random(1);
    const auto next = [&] { return static_cast<float>(random()) * 0x1p-30f - 2; };
    constexpr size_t block_values = 2 * head_dim * kv_block_tokens;
    const size_t blocks = (tokens + kv_block_tokens - 1) / kv_block_tokens;
    kv_.resize(blocks * block_values);
    for (Kv& value : kv_) {
      if constexpr (is_f16) {
        value = float_to_half(next());
      } else {
        value = next();
      }
    }
    for (size_t b = 0; b < blocks; ++b) {
      const Kv* keys = &kv_[b * block_values];
      blocks_.push_back({reinterpret_cast<const std::byte*>(keys),
                         reinterpret_cast<const std::byte*>(keys + block_values / 2)});
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

  void attend(const KernelTable& table) {
    const AttentionTask task{.out = out_.data(),
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
                             .known_end = blocks_.size()};
    (is_f16 ? table.attend_f16 : table.attend_f32)(task);
  }

 private:
  std::vector<Kv> kv_;
  std::vector<KvBlock> blocks_;
  std::vector<float> q_, out_, maxima_, sums_;
  std::vector<size_t> offsets_;
  std::vector<uint32_t> lengths_;
  double visible_ = 0;  // positions, over all queries
};

}  // namespace kinglet
