#include <algorithm>
#include <type_traits>

#include "kernels/kv_block.h"
#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

/// Of a block whose values lie behind its keys.
template <typename Kv>
KvBlock halves_of(const std::vector<Kv>& block, size_t head_dim) {
  const auto* bytes = reinterpret_cast<const std::byte*>(block.data());
  return {bytes, bytes + kv_half_bytes<Kv>(head_dim)};
}

/// Queries of one sequence and one KV head over a context of random keys and values. Positions at
/// and after the context's end hold NaN, as memory that another sequence left may.
template <typename Kv>
struct Context {
  size_t head_dim;
  size_t tokens;
  std::vector<std::vector<Kv>> blocks;
  std::vector<KvBlock> block_halves;
  std::vector<float> q;
  std::vector<size_t> q_offsets;
  std::vector<uint32_t> lengths;

  Context(std::mt19937& random, size_t head_dim, size_t tokens, size_t queries)
      : head_dim(head_dim), tokens(tokens) {
    for (size_t first = 0; first < tokens; first += kv_block_tokens) {
      std::vector<float> k = normal_floats(random, head_dim * kv_block_tokens);
      std::vector<float> v = normal_floats(random, head_dim * kv_block_tokens);
      for (size_t t = 0; t < kv_block_tokens; ++t) {
        if (first + t < tokens) continue;
        for (size_t d = 0; d < head_dim; ++d) {
          k[d * kv_block_tokens + t] = not_a_number;
          v[t * head_dim + d] = not_a_number;
        }
      }
      blocks.push_back(packed(k, v));
    }
    for (const auto& block : blocks) {
      block_halves.push_back(halves_of(block, head_dim));
    }
    // Queries lie apart, as heads and rows of a batch do.
    q = normal_floats(random, queries * 2 * head_dim, 0.3f);
    for (size_t i = 0; i < queries; ++i) {
      q_offsets.push_back((queries - 1 - i) * 2 * head_dim);
      lengths.push_back(static_cast<uint32_t>(tokens - random() % std::min<size_t>(tokens, 40)));
    }
  }

  size_t queries() const { return lengths.size(); }

 private:
  /// A block of k [head_dim][tokens] and v [tokens][head_dim].
  std::vector<Kv> packed(std::vector<float> k, const std::vector<float>& v) const {
    if constexpr (has_kv_scales<Kv>) return rounded(k, v);
    k.insert(k.end(), v.begin(), v.end());
    std::vector<Kv> block(k.size());
    for (size_t i = 0; i < k.size(); ++i) {
      if constexpr (std::is_same_v<Kv, float>) {
        block[i] = k[i];
      } else {
        block[i] = static_cast<Kv>(float_to_half(k[i]));
      }
    }
    return block;
  }

  std::vector<Kv> rounded(const std::vector<float>& k, const std::vector<float>& v) const {
    const size_t half = kv_half_bytes<Kv>(head_dim);
    std::vector<Kv> block(2 * half);
    auto* bytes = reinterpret_cast<std::byte*>(block.data());
    for (size_t t = 0; t < kv_block_tokens; ++t) {
      std::vector<float> key(head_dim);
      std::vector<int8_t> codes(head_dim);
      for (size_t d = 0; d < head_dim; ++d) key[d] = k[d * kv_block_tokens + t];
      const auto round = scalar_table().to_kv_q8;
      kv_scales(bytes)[t] = round(codes.data(), key.data(), head_dim);
      for (size_t d = 0; d < head_dim; ++d) {
        kv_elements<int8_t>(bytes)[d * kv_block_tokens + t] = codes[d];
      }
      kv_scales(bytes + half)[t] = round(codes.data(), &v[t * head_dim], head_dim);
      std::copy(codes.begin(), codes.end(), kv_elements<int8_t>(bytes + half) + t * head_dim);
    }
    return block;
  }
};

struct Partial {
  std::vector<float> out, maxima, sums;
};

template <typename Kv>
Partial attend(const KernelTable& table, const Context<Kv>& context, size_t query_begin,
               size_t query_end, size_t block_begin, size_t block_end) {
  const size_t queries = query_end - query_begin;
  Partial partial{std::vector<float>(queries * context.head_dim, 77.0f),
                  std::vector<float>(queries, 77.0f), std::vector<float>(queries, 77.0f)};
  const AttentionTask task{.out = partial.out.data(),
                           .maxima = partial.maxima.data(),
                           .sums = partial.sums.data(),
                           .q = context.q.data(),
                           .q_offsets = context.q_offsets.data() + query_begin,
                           .lengths = context.lengths.data() + query_begin,
                           .queries = queries,
                           .head_dim = context.head_dim,
                           .blocks = context.block_halves.data(),
                           .block_begin = block_begin,
                           .block_end = block_end,
                           .known_end = context.blocks.size()};
  (std::is_same_v<Kv, float>      ? table.attend_f32
   : std::is_same_v<Kv, uint16_t> ? table.attend_f16
                                  : table.attend_q8)(task);
  return partial;
}

template <typename Kv>
void check_against_scalar() {
  for (const size_t head_dim : {16, 48, 64, 80, 128, 256}) {
    for (const size_t tokens : {1, 15, 16, 17, 100, 333}) {
      for (const size_t queries : {1, 2, 3, 4, 5, 9, 23}) {
        std::mt19937 random(static_cast<uint32_t>(head_dim * tokens + queries));
        const Context<Kv> context(random, head_dim, tokens, queries);
        const size_t blocks = context.blocks.size();
        const Partial expected = attend(scalar_table(), context, 0, queries, 0, blocks);
        for_each_isa([&](const KernelTable& table) {
          CAPTURE(head_dim);
          CAPTURE(tokens);
          CAPTURE(queries);
          const Partial result = attend(table, context, 0, queries, 0, blocks);
          size_t far = 0;
          for (size_t i = 0; i < queries; ++i) {
            far += !close(result.maxima[i], expected.maxima[i], 2e-5);
            far += !close(result.sums[i], expected.sums[i], 1e-4 * expected.sums[i]);
            for (size_t d = 0; d < head_dim; ++d) {
              const size_t at = i * head_dim + d;
              far += !close(result.out[at] / result.sums[i], expected.out[at] / expected.sums[i],
                            1e-4);
            }
          }
          CHECK(far == 0);
        });
      }
    }
  }
}

template <typename Kv>
void check_invariance() {
  for (const size_t head_dim : {16, 64, 80, 128}) {
    for (const size_t tokens : {7, 64, 201}) {
      std::mt19937 random(static_cast<uint32_t>(head_dim + tokens));
      const size_t queries = 21;
      Context<Kv> context(random, head_dim, tokens, queries);
      const size_t blocks = context.blocks.size();
      for_each_isa([&](const KernelTable& table) {
        CAPTURE(head_dim);
        CAPTURE(tokens);
        for (const size_t block_begin : {size_t{0}, blocks / 2}) {
          const Partial whole = attend(table, context, 0, queries, block_begin, blocks);
          size_t different = 0;
          const auto compare = [&](const Partial& part, size_t begin, size_t count) {
            different += !same_bits(&part.out[0], &whole.out[begin * head_dim],
                                    count * head_dim * sizeof(float));
            different += !same_bits(&part.maxima[0], &whole.maxima[begin], count * sizeof(float));
            different += !same_bits(&part.sums[0], &whole.sums[begin], count * sizeof(float));
          };
          // Alone, and in groups of random size.
          for (size_t i = 0; i < queries; ++i) {
            compare(attend(table, context, i, i + 1, block_begin, blocks), i, 1);
          }
          for (size_t i = 0; i < queries;) {
            const size_t count = 1 + random() % (queries - i);
            compare(attend(table, context, i, i + count, block_begin, blocks), i, count);
            i += count;
          }
          CHECK(different == 0);
        }
      });
    }
  }
}

}  // namespace

TEST_CASE("attention: every ISA agrees with scalar") {
  check_against_scalar<uint16_t>();
  check_against_scalar<float>();
  check_against_scalar<int8_t>();
}

TEST_CASE("attention: a query's result does not depend on the others, to the last bit") {
  check_invariance<uint16_t>();
  check_invariance<float>();
  check_invariance<int8_t>();
}

TEST_CASE("attention: what follows a query's length changes no bit of its result") {
  const size_t head_dim = 64, tokens = 90, queries = 5;
  std::mt19937 random(9);
  Context<uint16_t> context(random, head_dim, tokens, queries);
  for (size_t i = 0; i < queries; ++i) context.lengths[i] = static_cast<uint32_t>(30 + 7 * i);
  for_each_isa([&](const KernelTable& table) {
    Context<uint16_t> poisoned = context;
    poisoned.block_halves.clear();
    const Partial clean = attend(table, context, 0, queries, 0, 6);
    for (size_t i = 0; i < queries; ++i) {
      poisoned.blocks = context.blocks;
      for (size_t p = context.lengths[i]; p < 6 * kv_block_tokens; ++p) {
        for (size_t d = 0; d < head_dim; ++d) {
          auto& block = poisoned.blocks[p / kv_block_tokens];
          const size_t t = p % kv_block_tokens;
          block[d * kv_block_tokens + t] = 0x7c00;
          block[head_dim * kv_block_tokens + t * head_dim + d] = 0x7e00;
        }
      }
      poisoned.block_halves.clear();
      for (const auto& block : poisoned.blocks) {
        poisoned.block_halves.push_back(halves_of(block, head_dim));
      }
      const Partial alone = attend(table, poisoned, i, i + 1, 0, 6);
      CHECK(same_bits(alone.out.data(), &clean.out[i * head_dim], head_dim * sizeof(float)));
      CHECK(same_bits(alone.sums.data(), &clean.sums[i], sizeof(float)));
      // Beside queries that see further, too.
      const Partial together = attend(table, poisoned, 0, queries, 0, 6);
      CHECK(same_bits(&together.out[i * head_dim], &clean.out[i * head_dim],
                      head_dim * sizeof(float)));
    }
  });
}

TEST_CASE("attention: a query that sees nothing gets an empty partial result") {
  std::mt19937 random(4);
  Context<uint16_t> context(random, 32, 100, 6);
  context.lengths = {0, 32, 100, 31, 33, 0};
  for_each_isa([&](const KernelTable& table) {
    const Partial result = attend(table, context, 0, 6, 2, 7);
    for (const size_t i : {0, 1, 3, 5}) {
      CHECK(result.maxima[i] == -infinity);
      CHECK(result.sums[i] == 0.0f);
      for (size_t d = 0; d < 32; ++d) CHECK(result.out[i * 32 + d] == 0.0f);
    }
    for (const size_t i : {2, 4}) CHECK(std::isfinite(result.maxima[i]));
    CHECK(result.sums[4] == 1.0f);
    // An empty range of blocks.
    const Partial none = attend(table, context, 0, 6, 3, 3);
    CHECK(none.maxima[2] == -infinity);
    CHECK(none.out[2 * 32] == 0.0f);
  });
}

TEST_CASE("attention: scores that are not finite show, in their own query alone") {
  std::mt19937 random(8);
  for (const float bad : {not_a_number, infinity}) {
    Context<uint16_t> context(random, 64, 70, 5);
    std::fill(context.lengths.begin(), context.lengths.end(), 70);
    context.q[context.q_offsets[2] + 3] = bad;
    for_each_isa([&](const KernelTable& table) {
      const Partial result = attend(table, context, 0, 5, 0, 5);
      for (size_t i = 0; i < 5; ++i) {
        size_t finite = 0;
        for (size_t d = 0; d < 64; ++d) finite += std::isfinite(result.out[i * 64 + d]);
        CHECK(finite == (i == 2 ? 0 : 64));
      }
    });
  }
}

TEST_CASE("attention: a key or a value that was not finite shows, to those who see it alone") {
  for (const bool in_values : {false, true}) {
    std::mt19937 random(14);
    Context<int8_t> context(random, 64, 70, 4);
    context.lengths = {70, 40, 39, 64};  // token 39 is bad
    auto* block = reinterpret_cast<std::byte*>(context.blocks[2].data());
    kv_scales(block + (in_values ? kv_half_bytes<int8_t>(64) : 0))[39 % 16] = not_a_number;
    for_each_isa([&](const KernelTable& table) {
      const Partial result = attend(table, context, 0, 4, 0, 5);
      for (size_t i = 0; i < 4; ++i) {
        size_t finite = 0;
        for (size_t d = 0; d < 64; ++d) {
          finite += std::isfinite(result.out[i * 64 + d] / result.sums[i]);
        }
        CHECK(finite == (i == 2 ? 64 : 0));
      }
    });
  }
}

TEST_CASE("attention: distant scores keep their weights") {
  // One token far above the rest, and one far below, in f32 so that nothing is rounded away.
  std::mt19937 random(12);
  Context<float> context(random, 16, 40, 1);
  context.lengths = {40};
  std::fill(context.q.begin(), context.q.end(), 0.0f);
  context.q[context.q_offsets[0]] = 1;
  for (size_t t = 0; t < 40; ++t) context.blocks[t / 16][t % 16] = t == 20 ? 90.0f : -90.0f;
  for_each_isa([&](const KernelTable& table) {
    const Partial result = attend(table, context, 0, 1, 0, 3);
    CHECK(result.maxima[0] == 90.0f);
    CHECK(result.sums[0] == 1.0f);
    const float* v = &context.blocks[1][16 * 16 + 4 * 16];
    for (size_t d = 0; d < 16; ++d) CHECK(result.out[d] == doctest::Approx(v[d]));
  });
}

}  // namespace kinglet::test
