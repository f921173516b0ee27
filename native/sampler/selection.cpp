#include "sampler/selection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <functional>
#include <limits>

namespace kinglet {
namespace {

/// Maps floats to integers in the same order; -0 and +0 to one integer.
uint32_t order_key(float value) {
  const auto bits = std::bit_cast<uint32_t>(value + 0.0f);  // -0 + 0 is +0
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

float from_order_key(uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}

}  // namespace

float block_maxima(const KernelTable& kernels, const float* values, size_t n, float* maxima) {
  float maximum = -std::numeric_limits<float>::infinity();
  for (size_t block = 0; block < selection_blocks(n); ++block) {
    const size_t begin = block * selection_block;
    maxima[block] = kernels.max(values + begin, std::min(selection_block, n - begin));
    // Unlike std::max this keeps a NaN, on whichever side it is.
    if (!(maxima[block] <= maximum) && maximum == maximum) maximum = maxima[block];
  }
  return maximum;
}

bool all_finite(const float* values, size_t n) {
  // A finite value times zero is zero, everything else is NaN. Lanes, so that it vectorizes.
  constexpr size_t lanes = 16;
  float sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += values[i + lane] * 0.0f;
  }
  for (; i < n; ++i) sums[0] += values[i] * 0.0f;
  float sum = 0;
  for (const float lane : sums) sum += lane;
  return sum == 0;
}

size_t first_of_maximum(const float* values, size_t n, const float* maxima, float maximum) {
  const size_t block = std::find(maxima, maxima + selection_blocks(n), maximum) - maxima;
  return std::find(values + block * selection_block, values + n, maximum) - values;
}

size_t ids_at_least(const float* values, size_t n, const float* maxima, float bound,
                    uint32_t* ids) {
  size_t count = 0;
  for (size_t block = 0; block < selection_blocks(n); ++block) {
    if (maxima[block] < bound) continue;
    const size_t begin = block * selection_block;
    const size_t end = std::min(begin + selection_block, n);
    for (size_t id = begin; id < end; ++id) {
      ids[count] = static_cast<uint32_t>(id);  // without a branch, which would be mispredicted
      count += values[id] >= bound ? 1 : 0;
    }
  }
  return count;
}

Cut cut_at(const float* values, uint32_t* ids, size_t n, const float* measures, double target,
           SelectionScratch& scratch) {
  assert(n >= 1);
  const auto measure = [&](uint32_t id) { return measures == nullptr ? 1.0 : measures[id]; };
  double reached = 0;
  uint32_t key = 0;
  int digit_begin = 32;
  while (digit_begin > 0) {
    const int digit_end = digit_begin;
    digit_begin = std::max(0, digit_begin - digit_bits);
    const uint32_t mask = (1u << (digit_end - digit_begin)) - 1;
    const auto digit_of = [&](uint32_t id) { return order_key(values[id]) >> digit_begin & mask; };
    auto& histogram = scratch.histogram;
    std::memset(histogram, 0, (mask + 1) * sizeof histogram[0]);
    uint32_t smallest = mask, largest = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint32_t digit = digit_of(ids[i]);
      histogram[digit][i % SelectionScratch::lanes] += measure(ids[i]);
      smallest = std::min(smallest, digit);
      largest = std::max(largest, digit);
    }
    // The digit in which the target is reached; the smallest that occurs where it never is.
    uint32_t digit = largest;
    for (; digit > smallest; --digit) {
      const double* bin = histogram[digit];
      const double sum = (bin[0] + bin[1]) + (bin[2] + bin[3]);
      if (reached + sum >= target) break;
      reached += sum;
    }
    key |= digit << digit_begin;
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint32_t id = ids[i];
      ids[kept] = id;
      kept += digit_of(id) == digit ? 1 : 0;
    }
    n = kept;
  }
  // All that is left is equal.
  size_t last = 0;
  for (; last + 1 < n; ++last) {
    reached += measure(ids[last]);
    if (reached >= target) break;
  }
  return {from_order_key(key), ids[last]};
}

size_t keep(const Cut& cut, const float* values, uint32_t* ids, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t id = ids[i];
    const bool larger = values[id] > cut.value;
    const bool equal_before = (values[id] == cut.value) & (id <= cut.last_id);
    ids[kept] = id;
    kept += (larger | equal_before) ? 1 : 0;
  }
  return kept;
}

size_t largest(const float* values, size_t n, const float* maxima, size_t k, uint32_t* ids,
               uint32_t* work, float* maxima_work, SelectionScratch& scratch) {
  // The k-th largest of the blocks' maxima: at least k values are not below it.
  float bound = -std::numeric_limits<float>::infinity();
  const size_t blocks = selection_blocks(n);
  if (k >= 1 && k <= blocks) {
    std::copy(maxima, maxima + blocks, maxima_work);
    std::nth_element(maxima_work, maxima_work + (k - 1), maxima_work + blocks, std::greater<>());
    bound = maxima_work[k - 1];
  }
  const size_t candidates = ids_at_least(values, n, maxima, bound, ids);
  if (candidates <= k) return candidates;
  if (k == 0) return 0;
  std::copy(ids, ids + candidates, work);
  const Cut cut = cut_at(values, work, candidates, nullptr, static_cast<double>(k), scratch);
  return keep(cut, values, ids, candidates);
}

}  // namespace kinglet
