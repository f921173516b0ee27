// The steps of attention over one group of KV blocks, for a vector type V; attention.h calls them.
//
// Keys lie as [head_dim][16 tokens], so the 16 scores of a block are lanes: each element of q is
// a factor of registers of keys, and no score needs a horizontal sum. Several queries go through a
// block together and share its loads; nothing that is computed for one of them depends on the
// others.
#pragma once

#include "kernels/kernels.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::vector {

/// Blocks that share a maximum. Their first token's position is a multiple of group_tokens, so
/// that who shares with whom depends on nothing else.
inline constexpr size_t group_blocks = 4;
inline constexpr size_t group_tokens = group_blocks * kv_block_tokens;

/// A half of a group: the keys, or the values, of its blocks in order.
template <class Element>
struct GroupHalf {
  const Element* elements[group_blocks];
  // What memory is asked for meanwhile: as much of what is read next. Where there is nothing to ask
  // for, again `elements`: a branch would have gcc gather what is to be spread.
  const Element* next[group_blocks];

  void ask_for_nothing() {
    for (size_t i = 0; i < group_blocks; ++i) next[i] = elements[i];
  }
};

/// Into the L2 cache: the few line buffers of the L1 cache would be taken for as long as memory
/// needs.
[[gnu::always_inline]] static inline void prefetch_line(const void* from) {
  constexpr int for_reading = 0, into_l2 = 2;
  __builtin_prefetch(from, for_reading, into_l2);
  __asm__ volatile("");  // gcc moves no instruction past this: it would gather what is spread
}

/// Element is that of the KV cache, or float where a panel holds what the cache's mean.
template <VectorType V, class Element>
struct AttentionSteps {
  using F = typename V::F;
  using Factors = typename V::Factors;
  static constexpr size_t lanes = V::lanes;
  static constexpr size_t tokens = kv_block_tokens;
  static constexpr size_t registers = tokens / lanes;  // that hold a block's scores
  // Elements of a head, and tokens, that a loop takes at a time.
  static constexpr size_t step = 4;
  static_assert(step % V::factors == 0);
  // Registers of keys, and of values, that one load brings.
  static constexpr size_t loaded = V::template loaded_together<Element>;

  /// The largest power of two that is at most `most`, and of which `accumulators` hold `each`.
  static constexpr size_t at_once(size_t each, size_t most) {
    size_t count = 1;
    while (2 * count <= most && 2 * count * each <= V::attention_accumulators) count *= 2;
    return count;
  }

  /// The scores q . k of `blocks` blocks, p[i][token] of each query. A score is one chain of fused
  /// multiply-adds in the order of the head's elements.
  template <size_t queries>
  static void dot(float (*p)[group_tokens], const float* const* q, const GroupHalf<Element>& keys,
                  size_t head_dim, size_t blocks) {
    constexpr size_t together = at_once(queries * registers, group_blocks);
    size_t b = 0;
    for (; b + together <= blocks; b += together) {
      dot_blocks<queries, together>(p, q, keys, head_dim, b);
    }
    if constexpr (together > 1) {
      for (; b < blocks; ++b) dot_blocks<queries, 1>(p, q, keys, head_dim, b);
    }
  }

  /// Adds the tokens [begin, end) of a group to each query's `out`, token by token, under the
  /// weights p[i][token].
  template <size_t queries>
  static void add_values(float* const* out, const float (*p)[group_tokens],
                         const GroupHalf<Element>& values, size_t head_dim, size_t begin,
                         size_t end) {
    constexpr size_t width = at_once(queries, 8);
    add_dimensions<queries, width>(out, p, values, head_dim, 0, begin, end);
  }

 private:
  /// Asks for the lines that begin in `count` elements from next + offset on: few at a time,
  /// between products. Many at once would wait for line buffers, and what is computed for them.
  /// Floats are not asked for: a panel is in the cache, and a cache of floats is no fast one
  /// anyway.
  template <size_t count>
  [[gnu::always_inline]] static void ask(const Element* next, size_t offset) {
    constexpr size_t line = 64 / sizeof(Element);
    if constexpr (V::prefetches_kv && sizeof(Element) < sizeof(float)) {
#pragma GCC unroll 4
      for (size_t i = (offset + line - 1) / line * line; i < offset + count; i += line) {
        prefetch_line(next + i);
      }
    }
  }

  template <size_t queries, size_t blocks>
  [[gnu::noinline]] static void dot_blocks(float (*p)[group_tokens], const float* const* queries_at,
                                           const GroupHalf<Element>& half, size_t head_dim,
                                           size_t first) {
    const Element* keys[blocks];
    const float* q[queries];
    for (size_t b = 0; b < blocks; ++b) keys[b] = half.elements[first + b];
    for (size_t i = 0; i < queries; ++i) q[i] = queries_at[i];
    F sums[queries][blocks][registers] = {};
    // The head in as many parts as there are blocks, so that each asks for one of the next ones.
    const size_t part = head_dim / blocks;
    for (size_t b = 0, d = 0; b < blocks; ++b) {
      const Element* next = half.next[first + b];
      for (const size_t end = d + part; d < end; d += step) {
        add_products<queries, blocks>(sums, q, keys, d, next);
      }
    }
#pragma GCC unroll 8  // or the accumulators are kept in memory
    for (size_t i = 0; i < queries; ++i) {
#pragma GCC unroll 4
      for (size_t b = 0; b < blocks; ++b) {
        for (size_t l = 0; l < registers; ++l) {
          V::store(p[i] + (first + b) * tokens + l * lanes, sums[i][b][l]);
        }
      }
    }
  }

  /// `step` elements of the head from `d` on. Asks for as much of what comes next.
  template <size_t queries, size_t blocks>
  [[gnu::always_inline]] static void add_products(F (&sums)[queries][blocks][registers],
                                                  const float* const (&q)[queries],
                                                  const Element* const (&keys)[blocks], size_t d,
                                                  const Element*& next) {
    constexpr size_t rows = loaded > registers ? loaded / registers : 1;  // of one load
    constexpr size_t group = rows > V::factors ? rows : V::factors;
    static_assert(step % group == 0 && group % rows == 0);
    size_t asked = 0;
#pragma GCC unroll 4
    for (size_t first = d; first < d + step; first += group) {
      Factors factors[queries];
      if constexpr (V::factors > 1) {
        for (size_t i = 0; i < queries; ++i) factors[i] = V::load_factors(q[i] + first);
      }
#pragma GCC unroll 4
      for (size_t b = 0; b < blocks; ++b) {
#pragma GCC unroll 4
        for (size_t k = 0; k < group; k += rows) {
          ask<rows * tokens>(next, asked);
          asked += rows * tokens;
          F key[rows * registers];
          load<rows * registers>(key, keys[b] + (first + k) * tokens);
#pragma GCC unroll 4
          for (size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
            for (size_t i = 0; i < queries; ++i) {
              multiply_add<registers>(sums[i][b], key + r * registers, factors[i], k + r,
                                      q[i] + first + k + r);
            }
          }
        }
      }
    }
    next += asked;
  }

  /// `count` registers; in one load as many as that brings.
  template <size_t count>
  [[gnu::always_inline]] static void load(F* out, const Element* from) {
    if constexpr (count % loaded == 0) {
#pragma GCC unroll 8
      for (size_t i = 0; i < count; i += loaded) V::load_together(from + i * lanes, out + i);
    } else {
#pragma GCC unroll 8
      for (size_t i = 0; i < count; ++i) out[i] = V::load(from + i * lanes);
    }
  }

  /// sums += x * the k-th of some factors, which lies at `from`.
  template <size_t count>
  [[gnu::always_inline]] static void multiply_add(F* sums, const F* x, const Factors& factors,
                                                  size_t k, const float* from) {
    if constexpr (V::factors > 1) {
#pragma GCC unroll 8
      for (size_t i = 0; i < count; ++i) sums[i] = V::fma(x[i], factors, k, sums[i]);
    } else {
      const F factor = V::set1(*from);
#pragma GCC unroll 8
      for (size_t i = 0; i < count; ++i) sums[i] = V::fma(x[i], factor, sums[i]);
    }
  }

  /// From `d` on: `width` registers of dimensions at a time, then the rest in fewer.
  template <size_t queries, size_t width>
  static void add_dimensions(float* const* out, const float (*p)[group_tokens],
                             const GroupHalf<Element>& values, size_t head_dim, size_t d,
                             size_t begin, size_t end) {
    for (; d + width * lanes <= head_dim; d += width * lanes) {
      add_tokens<queries, width>(out, p, values, head_dim, d, begin, end);
    }
    if constexpr (width > 1) {
      if (d < head_dim) {
        add_dimensions<queries, width / 2>(out, p, values, head_dim, d, begin, end);
      }
    }
  }

  template <size_t queries, size_t width>
  [[gnu::noinline]] static void add_tokens(float* const* out, const float (*p)[group_tokens],
                                           const GroupHalf<Element>& half, size_t head_dim,
                                           size_t d, size_t begin, size_t end) {
    F sums[queries][width];
#pragma GCC unroll 8
    for (size_t i = 0; i < queries; ++i) {
#pragma GCC unroll 8
      for (size_t k = 0; k < width; ++k) sums[i][k] = V::load(out[i] + d + k * lanes);
    }
    for (size_t t = begin; t < end;) {
      const size_t b = t / tokens;
      const Element* values = half.elements[b] + t % tokens * head_dim + d;
      const size_t block_end = (b + 1) * tokens < end ? (b + 1) * tokens : end;
      // A pass over some columns asks for as much of the next block.
      const Element* next = half.next[b] + d * tokens;
      for (; t + step <= block_end; t += step, values += step * head_dim) {
        add_products<step>(sums, p, values, head_dim, t, next);
      }
      for (; t < block_end; ++t, values += head_dim) {
        add_products<1>(sums, p, values, head_dim, t, next);
      }
    }
#pragma GCC unroll 8  // or the accumulators are kept in memory
    for (size_t i = 0; i < queries; ++i) {
#pragma GCC unroll 8
      for (size_t k = 0; k < width; ++k) V::store(out[i] + d + k * lanes, sums[i][k]);
    }
  }

  /// `count` tokens from `token` on, `step` or one. Asks for as much of what comes next.
  template <size_t count, size_t queries, size_t width>
  [[gnu::always_inline]] static void add_products(F (&sums)[queries][width],
                                                  const float (*p)[group_tokens],
                                                  const Element* values, size_t head_dim,
                                                  size_t token, const Element*& next) {
    constexpr size_t factors = count == 1 ? 1 : V::factors;
    size_t asked = 0;
#pragma GCC unroll 4
    for (size_t first = 0; first < count; first += factors) {
      Factors weights[queries];
      if constexpr (V::factors > 1) {
        for (size_t i = 0; i < queries; ++i) {
          const float* from = p[i] + token + first;
          weights[i] = count == 1 ? V::load_factor(from) : V::load_factors(from);
        }
      }
#pragma GCC unroll 4
      for (size_t k = 0; k < factors; ++k) {
        // A load at a time, where it brings several registers.
        constexpr size_t part = loaded > 1 && width % loaded == 0 ? loaded : width;
#pragma GCC unroll 8
        for (size_t w = 0; w < width; w += part) {
          ask<part * lanes>(next, asked);
          asked += part * lanes;
          F value[part];
          load<part>(value, values + (first + k) * head_dim + w * lanes);
#pragma GCC unroll 8
          for (size_t i = 0; i < queries; ++i) {
            multiply_add<part>(sums[i] + w, value, weights[i], k, p[i] + token + first + k);
          }
        }
      }
    }
    next += asked;
  }
};

}  // namespace kinglet::vector
