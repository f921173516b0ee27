// Attention over KV blocks, for a vector type V and an element of the KV cache.
//
// Blocks are taken in groups of four, keys first and then values, and all queries go through a
// group before the next one. What few queries need is converted to floats on the way, which for
// many is done once a group, into a panel that the caches hold.
//
// The order of reduction, for a query: a score is one chain over the elements of the head; the
// softmax runs online, group by group (Milakov and Gimelshein, 2018); values are added token by
// token; the exponentials of a block are added to 16 running lanes, which are summed at the end.
#pragma once

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/kv_block.h"
#include "kernels/vector/attention_steps.h"
#include "kernels/vector/exp.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::vector {

template <VectorType V, class Kv>
struct Attention {
  using F = typename V::F;
  static constexpr size_t lanes = V::lanes;
  static constexpr size_t tokens = kv_block_tokens;
  static constexpr size_t registers = tokens / lanes;  // that hold a block's scores
  static constexpr size_t at_once = V::attention_queries;
  // Queries that share a panel.
  static constexpr size_t most_queries = 48;
  // Of the heads that a panel has room for.
  static constexpr size_t panel_head_dim = 256;
  // Queries for which what the cache has is converted again in each pass of at_once.
  static constexpr size_t most_unpacking = 2 * at_once;
  static constexpr bool is_float = sizeof(Kv) == sizeof(float);

  /// The queries of a task, or of a part of it, between groups of blocks.
  struct Queries {
    const float* q[most_queries];
    float* out[most_queries];
    uint32_t lengths[most_queries];
    float maxima[most_queries];
    F sums[most_queries][registers];
    alignas(64) float p[most_queries][group_tokens];  // scores, then weights, of a group
    size_t visible[most_queries];                     // tokens of a group
    size_t count;
  };

  static constexpr bool has_scales = has_kv_scales<Kv>;

  /// Blocks of a group, those that come next (null where these are not known), and how many there
  /// are.
  struct Group {
    KvBlock blocks[group_blocks];
    KvBlock next[group_blocks];
    size_t count;
  };

  static void attend(const AttentionTask& task) {
    assert(task.head_dim % 16 == 0);
    for (size_t i = 0; i < task.queries; i += most_queries) {
      const size_t left = task.queries - i;
      attend_some(task, i, left < most_queries ? left : most_queries);
    }
  }

 private:
  using Part = const std::byte* KvBlock::*;

  [[gnu::noinline]] static void attend_some(const AttentionTask& task, size_t first, size_t count) {
    Queries queries;
    queries.count = count;
    size_t longest = 0;
    for (size_t i = 0; i < count; ++i) {
      queries.q[i] = task.q + task.q_offsets[first + i];
      queries.out[i] = task.out + (first + i) * task.head_dim;
      queries.lengths[i] = task.lengths[first + i];
      queries.maxima[i] = -__builtin_inff();
      for (size_t k = 0; k < registers; ++k) queries.sums[i][k] = V::zero();
      for (size_t d = 0; d < task.head_dim; d += lanes) V::store(queries.out[i] + d, V::zero());
      if (queries.lengths[i] > longest) longest = queries.lengths[i];
    }
    const size_t seen = (longest + tokens - 1) / tokens;
    const size_t end = seen < task.block_end ? seen : task.block_end;
    for (size_t b = task.block_begin; b < end;) {
      const size_t group_end = (b / group_blocks + 1) * group_blocks;
      const size_t stop = group_end < end ? group_end : end;
      attend_group(task, queries, b, stop);
      b = stop;
    }
    for (size_t i = 0; i < count; ++i) {
      task.maxima[first + i] = queries.maxima[i];
      F sum = queries.sums[i][0];
      for (size_t k = 1; k < registers; ++k) sum = V::add(sum, queries.sums[i][k]);
      task.sums[first + i] = V::reduce_add(sum);
    }
  }

  /// Blocks [begin, end), which are of one group.
  static void attend_group(const AttentionTask& task, Queries& queries, size_t begin, size_t end) {
    Group group;
    group.count = end - begin;
    for (size_t i = 0; i < group.count; ++i) {
      group.blocks[i] = task.blocks[begin + i];
      group.next[i] = end + i < task.known_end ? task.blocks[end + i] : KvBlock{};
    }
    for (size_t i = 0; i < queries.count; ++i) {
      const size_t length = queries.lengths[i];
      const size_t seen = length > begin * tokens ? length - begin * tokens : 0;
      queries.visible[i] = seen < group.count * tokens ? seen : group.count * tokens;
    }
    if constexpr (!is_float) {
      if (queries.count > most_unpacking && task.head_dim <= panel_head_dim) {
        return attend_panel(queries, group, task.head_dim);
      }
    }
    score(queries, half(group, &KvBlock::keys), task.head_dim, group);
    add_values(queries, half(group, &KvBlock::values), task.head_dim);
  }

  /// Keys, or values, as the cache has them. Keys ask for the values of their blocks, and values
  /// for the next keys: half a group ahead, lines came 6 % faster than a whole one.
  static GroupHalf<Kv> half(const Group& group, Part part) {
    GroupHalf<Kv> half{};
    for (size_t i = 0; i < group.count; ++i) {
      const bool is_keys = part == &KvBlock::keys;
      const std::byte* next = is_keys ? group.blocks[i].values : group.next[i].keys;
      half.elements[i] = kv_elements<Kv>(group.blocks[i].*part);
      half.next[i] = next == nullptr ? half.elements[i] : kv_elements<Kv>(next);
    }
    return half;
  }

  [[gnu::noinline]] static void attend_panel(Queries& queries, const Group& group,
                                             size_t head_dim) {
    alignas(64) float panel[group_tokens * panel_head_dim];
    score(queries, unpack(panel, group, &KvBlock::keys, head_dim), head_dim, group);
    add_values(queries, unpack(panel, group, &KvBlock::values, head_dim), head_dim);
  }

  /// Keys, or values, as floats in a panel.
  static GroupHalf<float> unpack(float* panel, const Group& group, Part part, size_t head_dim) {
    prefetch_begin(group, part);
    GroupHalf<float> half{};
    const size_t size = head_dim * tokens;
    for (size_t b = 0; b < group.count; ++b) {
      const Kv* from = kv_elements<Kv>(group.blocks[b].*part);
      float* to = panel + b * size;
      for (size_t i = 0; i < size; i += lanes) V::store(to + i, V::load(from + i));
      half.elements[b] = to;
      half.next[b] = to;
    }
    return half;
  }

  /// Asks for the first lines of the next group's halves, which a panel is made of in one go: the
  /// CPU's own prefetcher learns each page anew, and these start it.
  static void prefetch_begin(const Group& group, Part part) {
    if constexpr (V::prefetches_kv) {
      for (size_t i = 0; i < group.count && group.next[i].*part != nullptr; ++i) {
        for (size_t k = 0; k < 8; ++k) prefetch_line(group.next[i].*part + k * 64);
      }
    }
  }

  /// The weights of a group's tokens for all queries, under their new maxima.
  template <class Element>
  static void score(Queries& queries, GroupHalf<Element> keys, size_t head_dim,
                    const Group& group) {
    for (size_t i = 0; i < queries.count;) {
      i += dot<at_once>(queries, i, queries.count - i, keys, head_dim, group.count);
      keys.ask_for_nothing();
    }
    // Two loops: a call in the second would have exp's constants loaded again for each query.
    for (size_t i = 0; i < queries.count; ++i) {
      if (queries.visible[i] > 0) raise_maximum(queries, i, group, head_dim);
    }
    for (size_t i = 0; i < queries.count; ++i) {
      if (queries.visible[i] > 0) soften(queries, i, group);
    }
  }

  /// Takes `count` queries together where so many are left, else all that are.
  template <size_t count, class Element>
  static size_t dot(Queries& queries, size_t i, size_t left, const GroupHalf<Element>& keys,
                    size_t head_dim, size_t blocks) {
    if constexpr (count > 1) {
      if (left < count) return dot<count - 1>(queries, i, left, keys, head_dim, blocks);
    }
    AttentionSteps<V, Element>::template dot<count>(queries.p + i, queries.q + i, keys, head_dim,
                                                    blocks);
    return count;
  }

  /// Takes a query's scores into its maximum. Those of tokens that are not visible become
  /// -infinity, whatever their keys were.
  static void raise_maximum(Queries& queries, size_t i, const Group& group, size_t head_dim) {
    float* scores = queries.p[i];
    const size_t visible = queries.visible[i];
    F largest = V::set1(queries.maxima[i]);
    for (size_t t = 0; t < group.count * tokens; t += lanes) {
      F s = V::load(scores + t);
      if constexpr (has_scales) {
        s = V::mul(s, V::load(kv_scales(group.blocks[t / tokens].keys) + t % tokens));
        V::store(scores + t, s);
      }
      if (visible < t + lanes) {
        s = V::first_or(s, visible < t ? 0 : visible - t, V::set1(-__builtin_inff()));
        V::store(scores + t, s);
      }
      largest = V::max(largest, s);
    }
    const float maximum = V::reduce_max(largest);
    if (maximum != queries.maxima[i]) rescale(queries, i, maximum, head_dim);
  }

  /// Turns the scores of a query into weights under its maximum, times the scales of the values.
  [[gnu::always_inline]] static void soften(Queries& queries, size_t i, const Group& group) {
    const F maximum = V::set1(queries.maxima[i]);
    F sums[registers];
    for (size_t k = 0; k < registers; ++k) sums[k] = queries.sums[i][k];
    float* p = queries.p[i];
    for (size_t b = 0; b < group.count; ++b, p += tokens) {
#pragma GCC unroll 2
      for (size_t k = 0; k < registers; ++k) {
        const F e = exp<V>(V::sub(V::load(p + k * lanes), maximum));
        sums[k] = V::add(sums[k], e);
        if constexpr (has_scales) {
          const float* scales = kv_scales(group.blocks[b].values);
          V::store(p + k * lanes, V::mul(e, V::load(scales + k * lanes)));
        } else {
          V::store(p + k * lanes, e);
        }
      }
    }
    for (size_t k = 0; k < registers; ++k) queries.sums[i][k] = sums[k];
  }

  /// Brings what was summed up so far under a new maximum.
  [[gnu::noinline]] static void rescale(Queries& queries, size_t i, float maximum,
                                        size_t head_dim) {
    const float before = queries.maxima[i];
    queries.maxima[i] = maximum;
    if (before == -__builtin_inff()) return;  // all that was summed up is zero
    const F factor = exp<V>(V::sub(V::set1(before), V::set1(maximum)));
    for (size_t k = 0; k < registers; ++k) queries.sums[i][k] = V::mul(queries.sums[i][k], factor);
    float* out = queries.out[i];
    for (size_t d = 0; d < head_dim; d += lanes)
      V::store(out + d, V::mul(V::load(out + d), factor));
  }

  /// Adds a group's values under their weights. Tokens that a query does not see are left out
  /// rather than multiplied by zero: their values may be NaN.
  template <class Element>
  static void add_values(Queries& queries, GroupHalf<Element> values, size_t head_dim) {
    for (size_t i = 0; i < queries.count;) {
      i += add_values<at_once>(queries, i, queries.count - i, values, head_dim);
      values.ask_for_nothing();
    }
  }

  template <size_t count, class Element>
  static size_t add_values(Queries& queries, size_t i, size_t left,
                           const GroupHalf<Element>& values, size_t head_dim) {
    if constexpr (count > 1) {
      if (left < count) return add_values<count - 1>(queries, i, left, values, head_dim);
    }
    using Steps = AttentionSteps<V, Element>;
    const size_t* visible = queries.visible + i;
    size_t all = visible[0];
    for (size_t k = 1; k < count; ++k) all = visible[k] < all ? visible[k] : all;
    if (all > 0) {
      Steps::template add_values<count>(queries.out + i, queries.p + i, values, head_dim, 0, all);
    }
    for (size_t k = 0; k < count; ++k) {
      if (visible[k] == all) continue;
      Steps::template add_values<1>(queries.out + i + k, queries.p + i + k, values, head_dim, all,
                                    visible[k]);
    }
    return count;
  }
};

}  // namespace kinglet::vector
