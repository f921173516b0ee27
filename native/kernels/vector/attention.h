// Attention over KV blocks, for a vector type V and an element of the KV cache.
//
// Keys lie as [head_dim][16 tokens], so the 16 scores of a block are lanes: each element of q is
// broadcast and no score needs a horizontal sum. Several queries go through a block together and
// share its loads; nothing that is computed for one of them depends on the others.
//
// The order of reduction, for a query: a score is V::score_parts sums over every score_parts-th
// element of the head, added pairwise; the softmax runs online, block by block (Milakov and
// Gimelshein, 2018); values are added token by token; the exponentials of a block are added to 16
// running lanes, which are summed at the end.
#pragma once

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/vector/exp.h"

namespace kinglet::vector {

template <class V, class Kv>
struct Attention {
  using F = typename V::F;
  static constexpr size_t lanes = V::lanes;
  static constexpr size_t tokens = kv_block_tokens;
  static constexpr size_t registers = tokens / lanes;  // that hold a block's scores
  static constexpr size_t parts = V::score_parts;
  static constexpr size_t group = V::attention_queries;
  static_assert(parts == 2 || parts == 4);

  /// One query's state between blocks.
  struct Query {
    const float* q;
    float* out;
    float maximum;
    F sums[registers];
  };

  template <size_t queries>
  static void block(Query* query, const Kv* keys, size_t head_dim, size_t visible) {
    F scores[queries][registers];
    dot(scores, query, keys, head_dim);

    alignas(64) float p[queries][tokens];
    for (size_t i = 0; i < queries; ++i) {
      F largest = V::set1(query[i].maximum);
      for (size_t k = 0; k < registers; ++k) {
        if (visible < (k + 1) * lanes) {
          scores[i][k] = V::first_or(scores[i][k], visible < k * lanes ? 0 : visible - k * lanes,
                                     V::set1(-__builtin_inff()));
        }
        largest = V::max(largest, scores[i][k]);
      }
      const float maximum = V::reduce_max(largest);
      if (maximum != query[i].maximum) rescale(query[i], maximum, head_dim);
      for (size_t k = 0; k < registers; ++k) {
        const F e = exp<V>(V::sub(scores[i][k], V::set1(maximum)));
        query[i].sums[k] = V::add(query[i].sums[k], e);
        V::store(p[i] + k * lanes, e);
      }
    }

    const Kv* values = keys + head_dim * tokens;
    size_t d = 0;
    for (; d + V::value_registers * lanes <= head_dim; d += V::value_registers * lanes) {
      add_values<queries, V::value_registers>(query, p, values + d, head_dim, d, visible);
    }
    for (; d < head_dim; d += lanes) {
      add_values<queries, 1>(query, p, values + d, head_dim, d, visible);
    }
  }

  template <size_t queries>
  static void dot(F (&scores)[queries][registers], const Query* query, const Kv* keys,
                  size_t head_dim) {
    F sums[queries][parts][registers];
    for (size_t i = 0; i < queries; ++i) {
      for (size_t k = 0; k < parts; ++k) {
        for (size_t l = 0; l < registers; ++l) sums[i][k][l] = V::zero();
      }
    }
    for (size_t d = 0; d < head_dim; d += parts) {
#pragma GCC unroll 4
      for (size_t k = 0; k < parts; ++k) {
#pragma GCC unroll 2
        for (size_t l = 0; l < registers; ++l) {
          const F key = V::load(keys + (d + k) * tokens + l * lanes);
#pragma GCC unroll 8
          for (size_t i = 0; i < queries; ++i) {
            sums[i][k][l] = V::fma(V::set1(query[i].q[d + k]), key, sums[i][k][l]);
          }
        }
      }
    }
    for (size_t i = 0; i < queries; ++i) {
      for (size_t l = 0; l < registers; ++l) {
        F score = V::add(sums[i][0][l], sums[i][1][l]);
        if constexpr (parts == 4) score = V::add(score, V::add(sums[i][2][l], sums[i][3][l]));
        scores[i][l] = score;
      }
    }
  }
  static void rescale(Query& query, float maximum, size_t head_dim) {
    const F factor = exp<V>(V::sub(V::set1(query.maximum), V::set1(maximum)));
    query.maximum = maximum;
    for (size_t k = 0; k < registers; ++k) query.sums[k] = V::mul(query.sums[k], factor);
    for (size_t d = 0; d < head_dim; d += lanes) {
      V::store(query.out + d, V::mul(V::load(query.out + d), factor));
    }
  }

  /// Masked tokens are left out rather than multiplied by zero: their values may be NaN.
  template <size_t queries, size_t width>
  static void add_values(Query* query, const float (*p)[tokens], const Kv* values, size_t head_dim,
                         size_t d, size_t visible) {
    F out[queries][width];
    for (size_t i = 0; i < queries; ++i) {
      for (size_t k = 0; k < width; ++k) out[i][k] = V::load(query[i].out + d + k * lanes);
    }
    for (size_t t = 0; t < visible; ++t) {
#pragma GCC unroll 4
      for (size_t k = 0; k < width; ++k) {
        const F value = V::load(values + t * head_dim + k * lanes);
#pragma GCC unroll 8
        for (size_t i = 0; i < queries; ++i) {
          out[i][k] = V::fma(V::set1(p[i][t]), value, out[i][k]);
        }
      }
    }
    for (size_t i = 0; i < queries; ++i) {
      for (size_t k = 0; k < width; ++k) V::store(query[i].out + d + k * lanes, out[i][k]);
    }
  }

  /// Asks for the keys and values of a block that comes soon: blocks lie anywhere in the KV pool,
  /// so the CPU's own prefetchers learn each one anew.
  static void prefetch_block(const std::byte* block, size_t head_dim) {
    const size_t bytes = 2 * head_dim * tokens * sizeof(Kv);
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(block + i);
  }

  template <size_t queries>
  static void attend_group(const AttentionTask& task, size_t first) {
    Query query[queries];
    size_t shared_end = task.block_end;  // blocks before it are seen whole by every query
    for (size_t i = 0; i < queries; ++i) {
      query[i] = {task.q + task.q_offsets[first + i],
                  task.out + (first + i) * task.head_dim,
                  -__builtin_inff(),
                  {}};
      for (size_t k = 0; k < registers; ++k) query[i].sums[k] = V::zero();
      for (size_t d = 0; d < task.head_dim; d += lanes) V::store(query[i].out + d, V::zero());
      const size_t whole = task.lengths[first + i] / tokens;
      if (whole < shared_end) shared_end = whole;
    }
    constexpr size_t blocks_ahead = 2;
    size_t b = task.block_begin;
    for (; b < shared_end; ++b) {
      if (b + blocks_ahead < shared_end) {
        prefetch_block(task.blocks[b + blocks_ahead], task.head_dim);
      }
      block<queries>(query, reinterpret_cast<const Kv*>(task.blocks[b]), task.head_dim, tokens);
    }
    for (size_t i = 0; i < queries; ++i) {
      const size_t length = task.lengths[first + i];
      for (size_t own = b; own < task.block_end && own * tokens < length; ++own) {
        const size_t left = length - own * tokens;
        block<1>(query + i, reinterpret_cast<const Kv*>(task.blocks[own]), task.head_dim,
                 left < tokens ? left : tokens);
      }
      task.maxima[first + i] = query[i].maximum;
      F sum = query[i].sums[0];
      for (size_t k = 1; k < registers; ++k) sum = V::add(sum, query[i].sums[k]);
      task.sums[first + i] = V::reduce_add(sum);
    }
  }

  /// Takes `queries` together where so many are left, else the next smaller number.
  template <size_t queries>
  static size_t attend_some(const AttentionTask& task, size_t first) {
    if constexpr (queries > 1) {
      constexpr size_t fewer = queries > 4 ? 4 : queries - 1;
      if (task.queries - first < queries) return attend_some<fewer>(task, first);
    }
    attend_group<queries>(task, first);
    return queries;
  }

  static void attend(const AttentionTask& task) {
    assert(task.head_dim % 16 == 0);
    for (size_t i = 0; i < task.queries;) i += attend_some<group>(task, i);
  }
};

}  // namespace kinglet::vector
