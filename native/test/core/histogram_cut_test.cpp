#include "sampler/histogram_cut.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/dispatch.h"

using namespace kinglet;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr size_t vocab = 100'003;  // enough blocks for a sample, and the last is not whole

const KernelTable& best_kernels() {
  const KernelTable* table = nullptr;
  REQUIRE(choose_kernels("", &table).ok());
  return *table;
}

/// Checks the cuts at several shares of the total against sorting. Measures are small integers, so
/// that sums are exact, and a function of the value.
void check_cuts(const std::vector<float>& values) {
  const size_t n = values.size();
  std::vector<float> measures(n), maxima(selection_blocks(n));
  const Extremes extremes = block_maxima(best_kernels(), values.data(), n, maxima.data());
  std::vector<double> block_sums(maxima.size());
  double total = 0;
  for (size_t i = 0; i < n; ++i) {
    measures[i] = values[i] == -infinity ? 0 : 1 + std::floor(std::fabs(std::sin(values[i])) * 3);
    block_sums[i / selection_block] += measures[i];
    total += measures[i];
  }
  std::vector<uint32_t> order(n), ids(n);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return values[a] > values[b]; });
  const Measured measured{.values = values.data(),
                          .measures = measures.data(),
                          .n = n,
                          .maxima = maxima.data(),
                          .extremes = extremes,
                          .block_sums = block_sums.data(),
                          .total = total,
                          .bound = -infinity};
  SelectionScratch scratch;
  for (const double share : {0.0001, 0.02, 0.3, 0.5, 0.77, 0.95, 0.999, 1.0}) {
    CAPTURE(share);
    const double target = std::max(1.0, std::floor(share * total));
    size_t kept = 0;
    for (double reached = 0; reached < target;) reached += measures[order[kept++]];
    const Cut cut = histogram_cut(best_kernels(), measured, target, ids.data(), scratch);
    CHECK(cut.value == values[order[kept - 1]]);
    CHECK(cut.last_id == order[kept - 1]);
  }
}

std::vector<float> normal(float sigma) {
  std::mt19937 random(1);
  std::normal_distribution<float> draw(3, sigma);
  std::vector<float> values(vocab);
  for (float& value : values) value = draw(random);
  return values;
}

}  // namespace

TEST_CASE("a cut of many values is where sorting has it") {
  std::vector<float> values = normal(0.1f);
  SUBCASE("flat") {}
  SUBCASE("equal but for the last bits") { values = normal(1e-6f); }
  SUBCASE("two values") {
    for (float& value : values) value = value > 3 ? 1.0f : 0.5f;
  }
  SUBCASE("all equal") { values.assign(vocab, -2.5f); }
  SUBCASE("wide") { values = normal(5); }
  SUBCASE("a peak over a narrow rest") {
    values = normal(1e-6f);
    values[vocab / 2] = 40;
  }
  SUBCASE("most of them banned") {
    for (size_t i = 0; i < vocab; ++i) {
      if (i % 64 != 3) values[i] = -infinity;
    }
  }
  SUBCASE("over the whole range of floats") {
    for (size_t i = 0; i < vocab; ++i) {
      values[i] = std::ldexp(values[i], int(i % 250) - 125) * (i % 3 == 0 ? -1.0f : 1.0f);
    }
  }
  SUBCASE("zeros of both signs") {
    for (size_t i = 0; i < vocab; ++i) {
      if (i % 2 == 0) values[i] = i % 4 == 0 ? 0.0f : -0.0f;
    }
  }
  SUBCASE("a sample that misleads") {
    // Every eighth block is unlike the others, and measures as much.
    for (size_t i = 0; i < vocab; ++i) {
      if (i / selection_block % 8 == 0) values[i] = 2 * values[i] - 3;
    }
  }
  SUBCASE("a sample without what is decided about") {
    for (size_t i = 0; i < vocab; ++i) {
      values[i] = i / selection_block % 8 == 0 ? 3.0f : values[i];
    }
  }
  check_cuts(values);
}
