#include "sampler/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/dispatch.h"
#include "sampler/histogram_cut.h"
#include "sampler/random.h"
#include "sampler/selection.h"

using namespace kinglet;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

int rounds(int full) { return std::getenv("KINGLET_TEST_QUICK") != nullptr ? full / 10 : full; }

const KernelTable& best_kernels() {
  const KernelTable* table = nullptr;
  REQUIRE(choose_kernels("", &table).ok());
  return *table;
}

class AlignedScratch {
 public:
  explicit AlignedScratch(size_t vocab)
      : data_(static_cast<std::byte*>(
            ::operator new(sampler_scratch_bytes(vocab), std::align_val_t{64}))) {}
  ~AlignedScratch() { ::operator delete(data_, std::align_val_t{64}); }
  std::byte* get() { return data_; }

 private:
  std::byte* data_;
};

struct Drawn {
  RowStatus status;
  int32_t token = -7;
  float logprob = nan_value;
};

Drawn draw_one(const std::vector<float>& logits, const SamplingParameters& parameters) {
  AlignedScratch scratch(logits.size());
  Drawn drawn{};
  drawn.status = draw(best_kernels(), logits.data(), logits.size(), parameters, {}, scratch.get(),
                      &drawn.token, &drawn.logprob);
  return drawn;
}

/// Plain inputs of a draw, and the tokens that may come out of it with their probabilities: what
/// sampler.h says, by sorting, in double.
struct Case {
  std::vector<float> logits;
  SamplingParameters p;
  std::vector<int32_t> count_ids, counts, bias_ids;
  std::vector<float> biases;
  std::vector<uint32_t> mask;

  SamplingParameters parameters() const {
    SamplingParameters q = p;
    q.count_ids = count_ids.data();
    q.counts = counts.data();
    q.count_entries = count_ids.size();
    q.bias_ids = bias_ids.data();
    q.biases = biases.data();
    q.bias_entries = bias_ids.size();
    q.mask = mask.empty() ? nullptr : mask.data();
    return q;
  }

  std::vector<float> changed() const {
    std::vector<float> values = logits;
    for (size_t id = 0; id < values.size(); ++id) {
      if (!mask.empty() && (mask[id / 32] >> id % 32 & 1) == 0) values[id] = -infinity;
    }
    for (size_t i = 0; i < bias_ids.size(); ++i) values[size_t(bias_ids[i])] += biases[i];
    for (size_t i = 0; i < count_ids.size(); ++i) {
      float& value = values[size_t(count_ids[i])];
      value = value > 0 ? value / p.repetition_penalty : value * p.repetition_penalty;
      if (counts[i] > 0) value -= p.presence_penalty + p.frequency_penalty * float(counts[i]);
    }
    return values;
  }

  struct Distribution {
    std::map<size_t, double> probabilities;  // by id
    bool close_call = false;                 // rounding could decide otherwise
  };

  Distribution distribution() const {
    const std::vector<float> values = changed();
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return values[a] > values[b]; });
    const double largest = values[order[0]];
    std::vector<double> weights;
    for (const size_t id : order) {
      weights.push_back(std::exp((double(values[id]) - largest) / double(p.temperature)));
    }
    Distribution result;
    size_t kept = 0;
    while (kept < order.size() && weights[kept] >= double(p.min_p)) ++kept;
    if (p.min_p > 0) {
      for (const double weight : weights) {
        if (std::abs(weight - double(p.min_p)) < 1e-6) result.close_call = true;
      }
    }
    if (p.top_k > 0) kept = std::min(kept, size_t(p.top_k));
    double total = std::accumulate(weights.begin(), weights.begin() + long(kept), 0.0);
    if (p.top_p < 1) {
      double reached = 0;
      size_t n = 0;
      while (n < kept && reached < double(p.top_p) * total) {
        reached += weights[n++];
        if (std::abs(reached / total - double(p.top_p)) < 1e-5) result.close_call = true;
      }
      kept = n;
      total = reached;
    }
    for (size_t i = 0; i < kept; ++i) result.probabilities[order[i]] = weights[i] / total;
    return result;
  }
};

Case random_case(std::mt19937& random, size_t vocab) {
  const auto chance = [&](double p) { return std::bernoulli_distribution(p)(random); };
  const auto number = [&](double a, double b) {
    return float(std::uniform_real_distribution<double>(a, b)(random));
  };
  Case c;
  const float spread = number(0.1, 6);
  std::normal_distribution<float> normal(number(-10, 10), spread);
  for (size_t id = 0; id < vocab; ++id) c.logits.push_back(normal(random));
  if (chance(0.2)) {  // many equals
    for (float& logit : c.logits) logit = std::round(logit);
  }
  c.p.temperature = number(0.2, 2.5);
  if (chance(0.5)) c.p.top_k = std::uniform_int_distribution<int>(1, int(vocab) + 5)(random);
  if (chance(0.3)) c.p.top_k = std::uniform_int_distribution<int>(1, 8)(random);
  if (chance(0.6)) c.p.top_p = number(0.05, 1);
  if (chance(0.3)) c.p.min_p = number(0, 0.5);
  if (chance(0.4)) c.p.repetition_penalty = number(0.5, 2);
  if (chance(0.4)) c.p.presence_penalty = number(-2, 2);
  if (chance(0.4)) c.p.frequency_penalty = number(-2, 2);
  c.p.seed = random();
  c.p.sample_index = uint32_t(random() % 5);
  std::vector<int32_t> ids(vocab);
  std::iota(ids.begin(), ids.end(), 0);
  std::shuffle(ids.begin(), ids.end(), random);
  if (chance(0.5)) {
    c.count_ids.assign(ids.begin(), ids.begin() + long(random() % vocab));
    for (size_t i = 0; i < c.count_ids.size(); ++i) c.counts.push_back(int32_t(random() % 4));
  }
  std::shuffle(ids.begin(), ids.end(), random);
  if (chance(0.4)) {
    c.bias_ids.assign(ids.begin(), ids.begin() + long(random() % vocab));
    for (size_t i = 0; i < c.bias_ids.size(); ++i) {
      c.biases.push_back(chance(0.3) ? -infinity : number(-5, 5));
    }
  }
  if (chance(0.3)) {
    // Bits beyond the vocabulary are set at random too: they must not matter.
    for (size_t word = 0; word < (vocab + 31) / 32; ++word) c.mask.push_back(random());
  }
  return c;
}

/// The p-value's threshold is some 5 sigma: with fixed seeds this says right or wrong, not maybe.
void check_chi_square(const Case& c, int draws) {
  const auto expected = c.distribution().probabilities;
  std::map<size_t, int> seen;
  SamplingParameters p = c.parameters();
  AlignedScratch scratch(c.logits.size());
  for (int i = 0; i < draws; ++i) {
    p.draw_index = uint32_t(i);
    int32_t token = -1;
    REQUIRE(draw(best_kernels(), c.logits.data(), c.logits.size(), p, {}, scratch.get(), &token,
                 nullptr) == RowStatus::ok);
    REQUIRE(expected.count(size_t(token)) == 1);
    ++seen[size_t(token)];
  }
  double chi_square = 0, rare_expected = 0, rare_seen = 0;
  int cells = 0;
  for (const auto& [id, probability] : expected) {
    const double mean = probability * draws;
    const double got = seen.count(id) ? seen[id] : 0;
    if (mean < 5) {
      rare_expected += mean;
      rare_seen += got;
    } else {
      chi_square += (got - mean) * (got - mean) / mean;
      ++cells;
    }
  }
  if (rare_expected >= 5) {
    chi_square += (rare_seen - rare_expected) * (rare_seen - rare_expected) / rare_expected;
    ++cells;
  }
  const double freedom = cells - 1;
  CHECK(chi_square < freedom + 5 * std::sqrt(2 * freedom) + 10);
}

}  // namespace

TEST_CASE("Philox 4x32-10 gives the published words") {
  // The known-answer vectors of the authors' Random123 library.
  using Words = std::array<uint32_t, 4>;
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32_10({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers depend on seed, sample and draw, and fill [0, 1)") {
  CHECK(uniform(1, 2, 3) == uniform(1, 2, 3));
  CHECK(uniform(1, 2, 3) != uniform(2, 2, 3));
  CHECK(uniform(1, 2, 3) != uniform(uint64_t{1} << 32 | 1, 2, 3));
  CHECK(uniform(1, 2, 3) != uniform(1, 3, 3));
  CHECK(uniform(1, 2, 3) != uniform(1, 2, 4));
  CHECK(uniform(1, 2, 3) != uniform(1, 3, 2));
  CHECK(uniform(0, 0, 0) == double((uint64_t{0x6627e8d5} << 32 | 0xe169c58d) >> 11) * 0x1p-53);
  int bins[16] = {};
  constexpr int draws = 16'000;
  for (uint32_t i = 0; i < draws; ++i) {
    const double u = uniform(42, 0, i);
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    ++bins[int(u * 16)];
  }
  double chi_square = 0;
  for (const int bin : bins) chi_square += (bin - 1000.0) * (bin - 1000.0) / 1000;
  CHECK(chi_square < 15 + 5 * std::sqrt(30.0));
}

TEST_CASE("selection agrees with sorting, ties and zeros of both signs included") {
  std::mt19937 random(1);
  SelectionScratch selection;
  for (int round = 0; round < rounds(400); ++round) {
    const size_t n = 1 + random() % (round % 10 == 0 ? 20'000 : 1500);
    std::vector<float> values(n), maxima(selection_blocks(n)), maxima_work(maxima.size());
    const int kind = round % 4;
    for (float& value : values) {
      const float x = std::normal_distribution<float>(0, 3)(random);
      value = kind == 0   ? x
              : kind == 1 ? std::round(x)
              : kind == 2 ? std::round(x) * 0.0f
                          : x * 1e30f;
      if (kind != 2 && random() % 10 == 0) value = -infinity;
    }
    const auto [minimum, maximum] = block_maxima(best_kernels(), values.data(), n, maxima.data());
    const auto best = std::max_element(values.begin(), values.end());
    REQUIRE(maximum == *best);
    REQUIRE(minimum == *std::min_element(values.begin(), values.end()));
    REQUIRE(first_of_maximum(values.data(), n, maxima.data(), maximum) ==
            size_t(best - values.begin()));

    std::vector<uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return values[a] > values[b]; });
    std::vector<uint32_t> ids(n), work(n);
    for (const size_t k :
         {size_t{0}, size_t{1}, size_t{2}, size_t{20}, 1 + random() % n, n, n + 9}) {
      const size_t found = largest(values.data(), n, maxima.data(), k, ids.data(), work.data(),
                                   maxima_work.data(), selection);
      REQUIRE(found == std::min(k, n));
      std::vector<uint32_t> expected(order.begin(), order.begin() + long(found));
      std::sort(expected.begin(), expected.end());
      REQUIRE(std::vector<uint32_t>(ids.begin(), ids.begin() + long(found)) == expected);
    }

    // By measure: small integers, whose sums are exact. Equal values have equal measures.
    std::vector<float> measures(n);
    double total = 0;
    for (size_t i = 0; i < n; ++i) {
      measures[i] = std::isfinite(values[i]) ? std::fmod(std::floor(std::abs(values[i])), 4.0f) : 0;
      total += measures[i];
    }
    for (const double share : {0.0, 0.3, 0.9, 1.0, 1.5}) {
      const double target = std::floor(share * total);
      size_t kept = 0;
      double reached = 0;
      do reached += measures[order[kept++]];
      while (reached < target && kept < n);
      std::iota(work.begin(), work.end(), 0u);
      const Cut cut = cut_at(values.data(), work.data(), n, measures.data(), target, selection);
      CHECK(cut.value == values[order[kept - 1]]);
      std::vector<uint32_t> all(n), expected(order.begin(), order.begin() + long(kept));
      std::iota(all.begin(), all.end(), 0u);
      all.resize(keep(cut, values.data(), all.data(), n));
      std::sort(expected.begin(), expected.end());
      REQUIRE(all == expected);

      // Of what is below the bound nothing is looked at, and here nothing is asked for.
      const size_t below = kept + (n - kept) / 2;
      const float bound = share <= 1 && below < n ? values[order[below]] : -infinity;
      std::vector<double> block_sums(maxima.size());
      for (size_t i = 0; i < n; ++i) block_sums[i / selection_block] += measures[i];
      const Measured measured{.values = values.data(),
                              .measures = measures.data(),
                              .n = n,
                              .maxima = maxima.data(),
                              .extremes = {minimum, maximum},
                              .block_sums = block_sums.data(),
                              .total = total,
                              .bound = bound};
      const Cut among = histogram_cut(best_kernels(), measured, target, work.data(), selection);
      if (share <= 1) {
        CHECK(among.value == cut.value);
        CHECK(among.last_id == cut.last_id);
      } else {  // what measures nothing may be left out
        double reached_all = 0;
        for (size_t i = 0; i < n; ++i) {
          if (among.keeps(values[i], i)) reached_all += measures[i];
        }
        CHECK(reached_all == total);
      }
    }
  }
}

TEST_CASE("greedy takes the lowest id among equals") {
  for (const size_t vocab : {1, 2, 31, 256, 257, 1000, 5000}) {
    std::vector<float> logits(vocab, -3.0f);
    SamplingParameters greedy;
    greedy.temperature = 0;
    CHECK(draw_one(logits, greedy).token == 0);
    logits[vocab - 1] = 2;
    CHECK(draw_one(logits, greedy).token == int32_t(vocab - 1));
    logits[vocab / 2] = 2;
    CHECK(draw_one(logits, greedy).token == int32_t(vocab / 2));
  }
  // -0 and +0 are equal.
  SamplingParameters greedy;
  greedy.temperature = 0;
  CHECK(draw_one({-1, -0.0f, 0.0f}, greedy).token == 1);
}

TEST_CASE("mask, bias and penalties come before the choice, greedy too") {
  Case c;
  c.logits = {5, 4, 3, 2, -1};
  c.p.temperature = 0;
  c.mask = {0b11110};
  CHECK(draw_one(c.logits, c.parameters()).token == 1);
  c.bias_ids = {1, 3};
  c.biases = {-infinity, 3};
  CHECK(draw_one(c.logits, c.parameters()).token == 3);
  // 5 / 2 falls below 3; what stands in the prompt only is not counted by the other two.
  c.count_ids = {3, 2};
  c.counts = {0, 0};
  c.p.repetition_penalty = 2;
  c.p.presence_penalty = 100;
  c.p.frequency_penalty = 100;
  CHECK(draw_one(c.logits, c.parameters()).token == 3);  // 2.5 against 1.5
  c.p.repetition_penalty = 1;
  c.counts = {2, 0};
  c.p.presence_penalty = 1;
  c.p.frequency_penalty = 0.6f;  // 5 - 1 - 1.2 = 2.8
  CHECK(draw_one(c.logits, c.parameters()).token == 2);
  // A negative logit is multiplied.
  Case d;
  d.logits = {-1, -1.5f};
  d.p.temperature = 0;
  d.count_ids = {0};
  d.counts = {0};
  d.p.repetition_penalty = 2;
  CHECK(draw_one(d.logits, d.parameters()).token == 1);
}

TEST_CASE("a draw is the inverse of the plain reference's distribution at the uniform number") {
  std::mt19937 random(7);
  int compared = 0;
  for (int round = 0; round < rounds(3000); ++round) {
    const size_t vocab = round % 20 == 0 ? 3000 + random() % 3000 : 1 + random() % 400;
    const Case c = random_case(random, vocab);
    const auto changed = c.changed();
    SamplingParameters p = c.parameters();
    if (*std::max_element(changed.begin(), changed.end()) == -infinity) {
      CHECK(draw_one(c.logits, p).status == RowStatus::nothing_left);
      continue;
    }
    const auto distribution = c.distribution();
    if (distribution.close_call) continue;
    for (uint32_t index = 0; index < 5; ++index) {
      p.draw_index = index;
      const Drawn drawn = draw_one(c.logits, p);
      REQUIRE(drawn.status == RowStatus::ok);
      const double u = uniform(p.seed, p.sample_index, index);
      double reached = 0;
      size_t expected = 0;
      bool border = false;
      for (const auto& [id, probability] : distribution.probabilities) {
        expected = id;
        reached += probability;
        if (std::abs(reached - u) < 1e-5) border = true;
        if (reached > u) break;
      }
      if (border) {
        CHECK(distribution.probabilities.count(size_t(drawn.token)) == 1);
      } else {
        CHECK(size_t(drawn.token) == expected);
        ++compared;
      }
    }
  }
  CHECK(compared > rounds(3000));
}

TEST_CASE("draws have the distribution's frequencies") {
  std::mt19937 random(11);
  Case plain;
  for (int i = 0; i < 600; ++i)
    plain.logits.push_back(std::normal_distribution<float>(0, 2)(random));
  SUBCASE("of all tokens") {}
  SUBCASE("at a high temperature") { plain.p.temperature = 3; }
  SUBCASE("of the 10 best") { plain.p.top_k = 10; }
  SUBCASE("of the nucleus") { plain.p.top_p = 0.8f; }
  SUBCASE("above min_p") { plain.p.min_p = 0.1f; }
  SUBCASE("cut three ways") {
    plain.p.min_p = 0.02f;
    plain.p.top_k = 30;
    plain.p.top_p = 0.9f;
    plain.p.temperature = 0.8f;
  }
  plain.p.seed = 12345;
  check_chi_square(plain, rounds(40'000));
}

TEST_CASE("top_p is taken over what top_k left") {
  // Of 0.4, 0.3, 0.2, 0.1 top_k leaves 4/7 and 3/7: a top_p of 0.5 keeps the first alone, while of
  // the whole it would have kept two.
  Case c;
  for (const double p : {0.4, 0.3, 0.2, 0.1}) c.logits.push_back(float(std::log(p)));
  c.p.top_k = 2;
  c.p.top_p = 0.5f;
  for (uint32_t i = 0; i < 200; ++i) {
    c.p.draw_index = i;
    REQUIRE(draw_one(c.logits, c.parameters()).token == 0);
  }
}

TEST_CASE("extreme temperatures are finite business") {
  Case c;
  c.logits = {1, 3, 2.999999f, -40};
  c.p.temperature = std::numeric_limits<float>::denorm_min();
  for (uint32_t i = 0; i < 50; ++i) {
    c.p.draw_index = i;
    REQUIRE(draw_one(c.logits, c.parameters()).token == 1);
    c.p.top_p = i % 2 ? 0.3f : 1;
    c.p.min_p = i % 3 ? 0.2f : 0;
    c.p.top_k = i % 5 ? 3 : 0;
  }
  c.p = {};
  c.p.temperature = std::numeric_limits<float>::max();
  check_chi_square(c, rounds(4000));  // all alike
}

TEST_CASE("banned tokens are never drawn, whatever is asked for") {
  Case c;
  c.logits.assign(700, 1.0f);
  c.mask.assign(22, 0);
  for (const size_t id : {300, 555, 699}) c.mask[id / 32] |= 1u << id % 32;
  c.p.temperature = 100;
  for (uint32_t i = 0; i < 300; ++i) {
    c.p.draw_index = i;
    c.p.top_k = i % 3 == 0 ? 0 : 500;  // wider than what is left
    c.p.top_p = i % 2 == 0 ? 1 : 0.99f;
    const int32_t token = draw_one(c.logits, c.parameters()).token;
    REQUIRE((token == 300 || token == 555 || token == 699));
  }
}

TEST_CASE("rows that are not finite, or have nothing left, say so and write nothing") {
  for (const float bad : {nan_value, infinity, -infinity}) {
    for (const size_t at : {0, 5, 300, 511}) {
      std::vector<float> logits(512, 0.5f);
      logits[at] = bad;
      for (const float temperature : {0.0f, 1.0f}) {
        SamplingParameters p;
        p.temperature = temperature;
        const Drawn drawn = draw_one(logits, p);
        CHECK(drawn.status == RowStatus::not_finite);
        CHECK(drawn.token == -7);
      }
      AlignedScratch scratch(512);
      float logprob = 3;
      CHECK(score(best_kernels(), logits.data(), 512, 1, {}, scratch.get(), &logprob) ==
            RowStatus::not_finite);
      CHECK(logprob == 3);
    }
  }
  Case c;
  c.logits = {1, 2, 3};
  c.mask = {0b110};
  c.bias_ids = {1, 2};
  c.biases = {-infinity, -infinity};
  CHECK(draw_one(c.logits, c.parameters()).status == RowStatus::nothing_left);
  // Finite numbers whose sum is not.
  Case d;
  d.logits = {3e38f, 0};
  d.bias_ids = {0};
  d.biases = {3e38f};
  CHECK(draw_one(d.logits, d.parameters()).status == RowStatus::not_finite);
}

TEST_CASE("log-probabilities are the model's own, best first, equal ones by id") {
  std::mt19937 random(3);
  for (const size_t vocab : {1, 7, 300, 5000, 49'152}) {
    Case c;
    for (size_t i = 0; i < vocab; ++i) {
      c.logits.push_back(std::round(std::normal_distribution<float>(20, 5)(random) * 4) / 4);
    }
    // None of these may show.
    c.p.temperature = 0.5f;
    c.bias_ids = {0};
    c.biases = {3};
    c.p.top_k = 5;
    double sum = 0;
    const double largest = *std::max_element(c.logits.begin(), c.logits.end());
    for (const float logit : c.logits) sum += std::exp(double(logit) - largest);
    const double normalizer = largest + std::log(sum);
    std::vector<int32_t> order(vocab);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return c.logits[size_t(a)] > c.logits[size_t(b)];
    });

    for (const size_t top : {0, 1, 20}) {
      float top_logprobs[20];
      int32_t top_ids[20];
      const RowScores scores{top_logprobs, top_ids, top};
      const auto check_top = [&] {
        for (size_t i = 0; i < top; ++i) {
          if (i >= vocab) {
            CHECK(top_ids[i] == -1);
            CHECK(top_logprobs[i] == -infinity);
          } else {
            CHECK(top_ids[i] == order[i]);
            CHECK(top_logprobs[i] ==
                  doctest::Approx(double(c.logits[size_t(order[i])]) - normalizer).epsilon(1e-5));
          }
        }
      };
      AlignedScratch scratch(vocab);
      int32_t token = -1;
      float logprob = nan_value;
      REQUIRE(draw(best_kernels(), c.logits.data(), vocab, c.parameters(), scores, scratch.get(),
                   &token, &logprob) == RowStatus::ok);
      CHECK(logprob == doctest::Approx(double(c.logits[size_t(token)]) - normalizer).epsilon(1e-5));
      check_top();
      for (const int32_t target : {0, int32_t(vocab) - 1, int32_t(vocab / 2)}) {
        REQUIRE(score(best_kernels(), c.logits.data(), vocab, target, scores, scratch.get(),
                      &logprob) == RowStatus::ok);
        CHECK(logprob ==
              doctest::Approx(double(c.logits[size_t(target)]) - normalizer).epsilon(1e-5));
        check_top();
      }
      logprob = 3;
      REQUIRE(score(best_kernels(), c.logits.data(), vocab, -1, scores, scratch.get(), &logprob) ==
              RowStatus::ok);
      CHECK(logprob == 3);
    }
  }
}

TEST_CASE("a draw leaves the logits as they were and depends on nothing in the scratch") {
  std::mt19937 random(5);
  for (int round = 0; round < rounds(200); ++round) {
    Case c = random_case(random, 1 + random() % 600);
    const std::vector<float> before = c.logits;
    AlignedScratch scratch(c.logits.size());
    std::fill_n(scratch.get(), sampler_scratch_bytes(c.logits.size()),
                std::byte(round % 2 ? 0xff : 0));
    int32_t first = -1, second = -1;
    const auto status = draw(best_kernels(), c.logits.data(), c.logits.size(), c.parameters(), {},
                             scratch.get(), &first, nullptr);
    CHECK(draw(best_kernels(), c.logits.data(), c.logits.size(), c.parameters(), {}, scratch.get(),
               &second, nullptr) == status);
    CHECK(first == second);
    CHECK(c.logits == before);
  }
}
