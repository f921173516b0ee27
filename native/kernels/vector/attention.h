// Attention over KV blocks, for a vector type V and an element of the KV cache.
//
// Keys lie as [head_dim][16 tokens], so the 16 scores of a block are lanes: each element of q is
// a factor of registers of keys, and no score needs a horizontal sum. Several queries go through a
// block together and share its loads; nothing that is computed for one of them depends on the
// others.
//
// The order of reduction, for a query: a score is V::score_parts sums over every score_parts-th
// element of the head, then added; the softmax runs online, block by block (Milakov and
// Gimelshein, 2018); values are added token by token; the exponentials of a block are added to 16
// running lanes, which are summed at the end.
#pragma once

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/vector/exp.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::vector {

template <VectorType V, class Kv>
struct Attention {
  using F = typename V::F;
  using Factors = typename V::Factors;
  static constexpr size_t lanes = V::lanes;
  static constexpr size_t tokens = kv_block_tokens;
  static constexpr size_t registers = tokens / lanes;  // that hold a block's scores
  static constexpr size_t parts = V::score_parts;
  static constexpr size_t group = V::attention_queries;
  static_assert(parts == 1 || parts == 2);

  /// One query's state between blocks.
  struct Query {
    const float* q;
    float* out;
    float maximum;
    F sums[registers];
  };

  /// One block for queries that all see its first `visible` tokens. Its steps are not inlined:
  /// each of them needs all registers.
  template <size_t queries>
  static void block(Query* query, const Kv* keys, size_t head_dim, size_t visible) {
    F scores[queries][registers];
    alignas(64) float p[queries][tokens];
    dot(scores, query, keys, head_dim);
    if (visible < tokens) mask(scores, visible);
    soften(p, scores, query, head_dim);
    add_values(query, p, keys + head_dim * tokens, head_dim, visible);
  }

  /// The scores q . k of a block.
  template <size_t queries>
  [[gnu::noinline]] static void dot(F (&scores)[queries][registers], const Query* query,
                                    const Kv* keys, size_t head_dim) {
    F sums[queries][parts][registers] = {};
    const float* q[queries];
    for (size_t i = 0; i < queries; ++i) q[i] = query[i].q;
    constexpr size_t step = V::factors < parts ? parts : V::factors;
    for (size_t d = 0; d < head_dim; d += step) {
#pragma GCC unroll 2
      for (size_t first = 0; first < step; first += V::factors) {
        Factors f[queries];
        for (size_t i = 0; i < queries; ++i) f[i] = V::load_factors(q[i] + d + first);
#pragma GCC unroll 4
        for (size_t k = 0; k < V::factors; ++k) {
#pragma GCC unroll 2
          for (size_t l = 0; l < registers; ++l) {
            const F key = V::load(keys + (d + first + k) * tokens + l * lanes);
#pragma GCC unroll 8
            for (size_t i = 0; i < queries; ++i) {
              F& sum = sums[i][(first + k) % parts][l];
              sum = V::fma(key, f[i], k, sum);
            }
          }
        }
      }
    }
#pragma GCC unroll 8  // or the accumulators are kept in memory
    for (size_t i = 0; i < queries; ++i) {
      for (size_t l = 0; l < registers; ++l) {
        scores[i][l] = sums[i][0][l];
        if constexpr (parts == 2) scores[i][l] = V::add(scores[i][l], sums[i][1][l]);
      }
    }
  }

  /// Scores of tokens that are not visible become -infinity, whatever their keys were.
  template <size_t queries>
  static void mask(F (&scores)[queries][registers], size_t visible) {
#pragma GCC unroll 2
    for (size_t k = 0; k < registers; ++k) {
      if (visible >= (k + 1) * lanes) continue;
      const size_t count = visible < k * lanes ? 0 : visible - k * lanes;
#pragma GCC unroll 8
      for (size_t i = 0; i < queries; ++i) {
        scores[i][k] = V::first_or(scores[i][k], count, V::set1(-__builtin_inff()));
      }
    }
  }

  /// Turns the scores of a block into weights under each query's new maximum.
  template <size_t queries>
  [[gnu::noinline]] static void soften(float (&p)[queries][tokens],
                                       const F (&scores)[queries][registers], Query* query,
                                       size_t head_dim) {
    for (size_t i = 0; i < queries; ++i) {
      F largest = V::set1(query[i].maximum);
      for (size_t k = 0; k < registers; ++k) largest = V::max(largest, scores[i][k]);
      const float maximum = V::reduce_max(largest);
      if (maximum != query[i].maximum) rescale(query[i], maximum, head_dim);
    }
    // A loop of its own: a call in it would have exp's constants loaded again for each query.
    for (size_t i = 0; i < queries; ++i) {
      const F maximum = V::set1(query[i].maximum);
      for (size_t k = 0; k < registers; ++k) {
        const F e = exp<V>(V::sub(scores[i][k], maximum));
        query[i].sums[k] = V::add(query[i].sums[k], e);
        V::store(p[i] + k * lanes, e);
      }
    }
  }

  /// Brings what was summed up so far under a new maximum.
  [[gnu::noinline]] static void rescale(Query& query, float maximum, size_t head_dim) {
    const float before = query.maximum;
    query.maximum = maximum;
    if (before == -__builtin_inff()) return;  // all that was summed up is zero
    const F factor = exp<V>(V::sub(V::set1(before), V::set1(maximum)));
    for (size_t k = 0; k < registers; ++k) query.sums[k] = V::mul(query.sums[k], factor);
    for (size_t d = 0; d < head_dim; d += lanes) {
      V::store(query.out + d, V::mul(V::load(query.out + d), factor));
    }
  }

  /// Adds a block's values under their weights. Masked tokens are left out rather than multiplied
  /// by zero: their values may be NaN.
  template <size_t queries>
  [[gnu::noinline]] static void add_values(Query* query, const float (&p)[queries][tokens],
                                           const Kv* values, size_t head_dim, size_t visible) {
    constexpr size_t width = V::value_registers;
    size_t d = 0;
    for (; d + width * lanes <= head_dim; d += width * lanes) {
      add_dimensions<width>(query, p, values + d, head_dim, d, visible);
    }
    if constexpr (width > 1) {
      for (; d < head_dim; d += lanes) {
        add_dimensions<1>(query, p, values + d, head_dim, d, visible);
      }
    }
  }

  /// Adds to V::lanes * width dimensions from `d` on, at which `values` begin.
  template <size_t width, size_t queries>
  [[gnu::always_inline]] static void add_dimensions(Query* query, const float (&p)[queries][tokens],
                                                    const Kv* values, size_t head_dim, size_t d,
                                                    size_t visible) {
    F out[queries][width];
#pragma GCC unroll 8
    for (size_t i = 0; i < queries; ++i) {
      for (size_t k = 0; k < width; ++k) out[i][k] = V::load(query[i].out + d + k * lanes);
    }
    size_t t = 0;
    for (; t + V::factors <= visible; t += V::factors) {
      add_tokens<V::factors>(out, p, values, head_dim, t);
    }
    for (; t < visible; ++t) add_tokens<1>(out, p, values, head_dim, t);
#pragma GCC unroll 8  // or the accumulators are kept in memory
    for (size_t i = 0; i < queries; ++i) {
      for (size_t k = 0; k < width; ++k) V::store(query[i].out + d + k * lanes, out[i][k]);
    }
  }

  template <size_t count, size_t queries, size_t width>
  [[gnu::always_inline]] static void add_tokens(F (&out)[queries][width], const float (*p)[tokens],
                                                const Kv* values, size_t head_dim, size_t token) {
    Factors weights[queries];
    for (size_t i = 0; i < queries; ++i) {
      weights[i] = count == 1 ? V::load_factor(p[i] + token) : V::load_factors(p[i] + token);
    }
#pragma GCC unroll 4
    for (size_t t = 0; t < count; ++t) {
#pragma GCC unroll 4
      for (size_t k = 0; k < width; ++k) {
        const F value = V::load(values + (token + t) * head_dim + k * lanes);
#pragma GCC unroll 8
        for (size_t i = 0; i < queries; ++i) {
          out[i][k] = V::fma(value, weights[i], t, out[i][k]);
        }
      }
    }
  }

  /// Asks for the keys and values of a block that comes soon: blocks lie anywhere in the KV pool,
  /// so the CPU's own prefetchers learn each one anew.
  static void prefetch_block(const std::byte* block, size_t head_dim) {
    const size_t bytes = 2 * head_dim * tokens * sizeof(Kv);
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(block + i);
  }

  /// Blocks from `b` on, for queries that all see `length` tokens.
  template <size_t queries>
  static void attend_rest(Query* query, const AttentionTask& task, size_t b, size_t length) {
    for (; b < task.block_end && b * tokens < length; ++b) {
      const size_t left = length - b * tokens;
      block<queries>(query, reinterpret_cast<const Kv*>(task.blocks[b]), task.head_dim,
                     left < tokens ? left : tokens);
    }
  }

  template <size_t queries>
  static void attend_group(const AttentionTask& task, size_t first) {
    Query query[queries];
    const uint32_t* lengths = task.lengths + first;
    size_t shortest = lengths[0], longest = lengths[0];
    for (size_t i = 0; i < queries; ++i) {
      query[i] = {task.q + task.q_offsets[first + i],
                  task.out + (first + i) * task.head_dim,
                  -__builtin_inff(),
                  {}};
      for (size_t k = 0; k < registers; ++k) query[i].sums[k] = V::zero();
      for (size_t d = 0; d < task.head_dim; d += lanes) V::store(query[i].out + d, V::zero());
      if (lengths[i] < shortest) shortest = lengths[i];
      if (lengths[i] > longest) longest = lengths[i];
    }
    // Blocks that every query sees whole, then the causal diagonal.
    const size_t whole = shortest / tokens;
    const size_t whole_end = whole < task.block_end ? whole : task.block_end;
    size_t b = task.block_begin;
    for (; b < whole_end; ++b) {
      if (V::blocks_ahead > 0 && b + V::blocks_ahead < whole_end) {
        prefetch_block(task.blocks[b + V::blocks_ahead], task.head_dim);
      }
      block<queries>(query, reinterpret_cast<const Kv*>(task.blocks[b]), task.head_dim, tokens);
    }
    if (shortest == longest) {
      attend_rest<queries>(query, task, b, longest);
    } else {
      for (size_t i = 0; i < queries; ++i) attend_rest<1>(query + i, task, b, lengths[i]);
    }
    for (size_t i = 0; i < queries; ++i) {
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
