#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "kernels/kv_block.h"
#include "kernels/scalar/table.h"
#include "quant/half.h"

namespace kinglet::scalar {
namespace {

float to_float(float x) { return x; }
float to_float(uint16_t half) { return half_to_float(half); }
float to_float(int8_t code) { return code; }

// The running softmax of one query ("Online normalizer calculation for softmax", Milakov and
// Gimelshein, 2018): what was summed under an older maximum is rescaled when a block raises it.
template <typename Kv>
void attend_block(float* out, float* maximum, float* sum, const float* q, const KvBlock& block,
                  size_t head_dim, size_t visible) {
  const Kv* keys = kv_elements<Kv>(block.keys);
  const Kv* values = kv_elements<Kv>(block.values);

  float scores[kv_block_tokens];
  float block_maximum = *maximum;
  for (size_t t = 0; t < visible; ++t) {
    scores[t] = 0;
    for (size_t d = 0; d < head_dim; ++d) {
      scores[t] += q[d] * to_float(keys[d * kv_block_tokens + t]);
    }
    if constexpr (has_kv_scales<Kv>) scores[t] *= kv_scales(block.keys)[t];
    block_maximum = std::max(block_maximum, scores[t]);
  }

  const float rescale = *maximum == block_maximum ? 1.0f : std::exp(*maximum - block_maximum);
  *maximum = block_maximum;
  *sum *= rescale;
  for (size_t d = 0; d < head_dim; ++d) out[d] *= rescale;

  for (size_t t = 0; t < visible; ++t) {
    const float p = std::exp(scores[t] - block_maximum);
    *sum += p;
    const float weight = has_kv_scales<Kv> ? p * kv_scales(block.values)[t] : p;
    for (size_t d = 0; d < head_dim; ++d) out[d] += weight * to_float(values[t * head_dim + d]);
  }
}

template <typename Kv>
void attend(const AttentionTask& task) {
  assert(task.head_dim % 16 == 0);
  for (size_t i = 0; i < task.queries; ++i) {
    float* out = task.out + i * task.head_dim;
    std::fill(out, out + task.head_dim, 0.0f);
    task.maxima[i] = -std::numeric_limits<float>::infinity();
    task.sums[i] = 0;
    for (size_t b = task.block_begin; b < task.block_end; ++b) {
      const size_t first = b * kv_block_tokens;
      if (task.lengths[i] <= first) break;
      attend_block<Kv>(out, &task.maxima[i], &task.sums[i], task.q + task.q_offsets[i],
                       task.blocks[b], task.head_dim,
                       std::min<size_t>(task.lengths[i] - first, kv_block_tokens));
    }
  }
}

}  // namespace

void add_attention(KernelTable& table) {
  table.attend_f16 = attend<uint16_t>;
  table.attend_f32 = attend<float>;
  table.attend_q8 = attend<int8_t>;
}

}  // namespace kinglet::scalar
