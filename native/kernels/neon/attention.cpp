// Attention over KV blocks with a running softmax (Milakov and Gimelshein, "Online normalizer
// calculation for softmax", 2018), up to four queries at a time: each load and each conversion of
// keys and values is shared by them. A lane is a token in the scores and a dimension in the output,
// so that neither needs a sum across lanes.
#include <arm_neon.h>

#include <cassert>

#include "kernels/neon/exp.h"
#include "kernels/neon/neon.h"

namespace kinglet::neon {
namespace {

constexpr size_t tile_queries = 4;

/// Sixteen consecutive elements: a dimension of 16 keys, or 16 dimensions of a value.
using Sixteen = float32x4_t[4];

struct F16Kv {
  using Element = uint16_t;
  static void load(Sixteen& x, const uint16_t* in) {
    for (size_t v = 0; v < 4; v += 2) {
      const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(in + 4 * v));
      x[v] = vcvt_f32_f16(vget_low_f16(halves));
      x[v + 1] = vcvt_high_f32_f16(halves);
    }
  }
};

struct F32Kv {
  using Element = float;
  static void load(Sixteen& x, const float* in) {
    for (size_t v = 0; v < 4; ++v) x[v] = vld1q_f32(in + 4 * v);
  }
};

/// Where the results of up to four queries are.
template <size_t queries>
struct Tile {
  const float* q[queries];
  float* out[queries];
  float* maxima;
  float* sums;
};

template <class Kv, size_t queries, int lane>
inline void add_dimension(Sixteen (&scores)[queries], const typename Kv::Element* keys,
                          const float32x4_t (&q)[queries]) {
  Sixteen k;
  Kv::load(k, keys);
  for (size_t i = 0; i < queries; ++i) {
    for (size_t v = 0; v < 4; ++v) {
      scores[i][v] = vfmaq_laneq_f32(scores[i][v], k[v], q[i], lane);
    }
  }
}

template <class Kv, size_t queries>
inline void score_block(Sixteen (&scores)[queries], const Tile<queries>& tile,
                        const typename Kv::Element* keys, size_t head_dim) {
  Sixteen acc[queries];
  for (size_t i = 0; i < queries; ++i) {
    for (size_t v = 0; v < 4; ++v) acc[i][v] = vdupq_n_f32(0);
  }
  for (size_t d = 0; d < head_dim; d += 4, keys += 4 * kv_block_tokens) {
    float32x4_t q[queries];
    for (size_t i = 0; i < queries; ++i) q[i] = vld1q_f32(tile.q[i] + d);
    add_dimension<Kv, queries, 0>(acc, keys, q);
    add_dimension<Kv, queries, 1>(acc, keys + kv_block_tokens, q);
    add_dimension<Kv, queries, 2>(acc, keys + 2 * kv_block_tokens, q);
    add_dimension<Kv, queries, 3>(acc, keys + 3 * kv_block_tokens, q);
  }
  for (size_t i = 0; i < queries; ++i) {
    for (size_t v = 0; v < 4; ++v) scores[i][v] = acc[i][v];
  }
}

/// Lanes of tokens that are not visible become -infinity, whatever their keys were.
inline void mask_from(Sixteen& scores, size_t visible) {
  const uint32x4_t first = {0, 1, 2, 3};
  const uint32x4_t end = vdupq_n_u32(static_cast<uint32_t>(visible));
  const float32x4_t masked = vdupq_n_f32(-__builtin_inff());
  for (size_t v = 0; v < 4; ++v) {
    const uint32x4_t token = vaddq_u32(first, vdupq_n_u32(static_cast<uint32_t>(4 * v)));
    scores[v] = vbslq_f32(vcltq_u32(token, end), scores[v], masked);
  }
}

/// Turns the scores of a block into weights under the new maximum; returns what multiplies all that
/// was summed before. A NaN score never becomes the maximum (FMAXNM) but makes its weight NaN.
inline float soften(Sixteen& scores, float& maximum, float& sum) {
  const float32x4_t largest =
      vmaxnmq_f32(vmaxnmq_f32(scores[0], scores[1]), vmaxnmq_f32(scores[2], scores[3]));
  const float32x4_t now = vmaxnmq_f32(vdupq_n_f32(vmaxnmvq_f32(largest)), vdupq_n_f32(maximum));
  const float new_maximum = vgetq_lane_f32(now, 0);
  const float rescale =
      maximum == new_maximum ? 1.0f : vgetq_lane_f32(exp(vdupq_n_f32(maximum - new_maximum)), 0);
  for (size_t v = 0; v < 4; ++v) scores[v] = exp(vsubq_f32(scores[v], now));
  const float block_sum =
      vaddvq_f32(vaddq_f32(vaddq_f32(scores[0], scores[1]), vaddq_f32(scores[2], scores[3])));
  maximum = new_maximum;
  sum = sum * rescale + block_sum;
  return rescale;
}

template <size_t queries, int i>
inline void add_weighted(Sixteen& acc, const Sixteen& value, float32x4_t weights) {
  if constexpr (i < queries) {
    for (size_t v = 0; v < 4; ++v) acc[v] = vfmaq_laneq_f32(acc[v], value[v], weights, i);
  }
}

/// One block for queries that all see its first `visible` tokens. Values of the others are not
/// read: an infinity or NaN that an earlier owner of the block left there would survive a weight of
/// 0.
template <class Kv, size_t queries>
void attend_block(const Tile<queries>& tile, const typename Kv::Element* keys, size_t head_dim,
                  size_t visible) {
  Sixteen scores[queries];
  score_block<Kv>(scores, tile, keys, head_dim);
  float rescale[queries];
  for (size_t i = 0; i < queries; ++i) {
    if (visible < kv_block_tokens) mask_from(scores[i], visible);
    rescale[i] = soften(scores[i], tile.maxima[i], tile.sums[i]);
  }

  // Token by token, the weights of the four queries side by side.
  float weights[kv_block_tokens][tile_queries];
  for (size_t v = 0; v < 4; ++v) {
    float32x4x4_t lanes;
    for (size_t i = 0; i < tile_queries; ++i) {
      lanes.val[i] = i < queries ? scores[i < queries ? i : 0][v] : vdupq_n_f32(0);
    }
    vst4q_f32(weights[4 * v], lanes);
  }

  const typename Kv::Element* values = keys + head_dim * kv_block_tokens;
  for (size_t d = 0; d < head_dim; d += 16) {
    Sixteen acc[queries];
    for (size_t i = 0; i < queries; ++i) {
      for (size_t v = 0; v < 4; ++v) {
        acc[i][v] = vmulq_n_f32(vld1q_f32(tile.out[i] + d + 4 * v), rescale[i]);
      }
    }
    for (size_t t = 0; t < visible; ++t) {
      Sixteen value;
      Kv::load(value, values + t * head_dim + d);
      const float32x4_t w = vld1q_f32(weights[t]);
      add_weighted<queries, 0>(acc[0], value, w);
      add_weighted<queries, 1>(acc[1 % queries], value, w);
      add_weighted<queries, 2>(acc[2 % queries], value, w);
      add_weighted<queries, 3>(acc[3 % queries], value, w);
    }
    for (size_t i = 0; i < queries; ++i) {
      for (size_t v = 0; v < 4; ++v) vst1q_f32(tile.out[i] + d + 4 * v, acc[i][v]);
    }
  }
}

/// How many tokens of a block a query of this length sees.
inline size_t visible_tokens(size_t length, size_t block) {
  const size_t first = block * kv_block_tokens;
  if (length <= first) return 0;
  return length - first < kv_block_tokens ? length - first : kv_block_tokens;
}

template <class Kv, size_t queries>
void attend_tile(const AttentionTask& task, size_t first) {
  Tile<queries> tile;
  tile.maxima = task.maxima + first;
  tile.sums = task.sums + first;
  size_t longest = 0;
  for (size_t i = 0; i < queries; ++i) {
    tile.q[i] = task.q + task.q_offsets[first + i];
    tile.out[i] = task.out + (first + i) * task.head_dim;
    __builtin_memset(tile.out[i], 0, task.head_dim * sizeof(float));
    tile.maxima[i] = -__builtin_inff();
    tile.sums[i] = 0;
    const size_t length = task.lengths[first + i];
    longest = length > longest ? length : longest;
  }
  for (size_t block = task.block_begin; block < task.block_end; ++block) {
    if (visible_tokens(longest, block) == 0) break;
    const auto* keys = reinterpret_cast<const typename Kv::Element*>(task.blocks[block]);
    size_t visible[queries];
    bool alike = true;
    for (size_t i = 0; i < queries; ++i) {
      visible[i] = visible_tokens(task.lengths[first + i], block);
      alike = alike && visible[i] == visible[0];
    }
    if (alike) {
      attend_block<Kv, queries>(tile, keys, task.head_dim, visible[0]);
      continue;
    }
    // Where the causal diagonal runs through the block, each query on its own: the same operations.
    for (size_t i = 0; i < queries; ++i) {
      if (visible[i] == 0) continue;
      const Tile<1> alone = {{tile.q[i]}, {tile.out[i]}, tile.maxima + i, tile.sums + i};
      attend_block<Kv, 1>(alone, keys, task.head_dim, visible[i]);
    }
  }
}

template <class Kv>
void attend(const AttentionTask& task) {
  assert(task.head_dim % 16 == 0 && task.block_begin <= task.block_end);
  for (size_t first = 0; first < task.queries; first += tile_queries) {
    switch (task.queries - first) {
      case 1: attend_tile<Kv, 1>(task, first); break;
      case 2: attend_tile<Kv, 2>(task, first); break;
      case 3: attend_tile<Kv, 3>(task, first); break;
      default: attend_tile<Kv, tile_queries>(task, first); break;
    }
  }
}

}  // namespace

void attend_f16(const AttentionTask& task) { attend<F16Kv>(task); }
void attend_f32(const AttentionTask& task) { attend<F32Kv>(task); }

}  // namespace kinglet::neon
