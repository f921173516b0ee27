#include "sampler/selection.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "sampler/order_key.h"

namespace kinglet {

Extremes block_maxima(const KernelTable& kernels, const float* values, size_t n, float* maxima) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Extremes all{infinity, -infinity};
  for (size_t block = 0; block < selection_blocks(n); ++block) {
    const size_t begin = block * selection_block;
    const Extremes found = kernels.extremes(values + begin, std::min(selection_block, n - begin));
    maxima[block] = found.largest;
    // Unlike std::max these keep a NaN, on whichever side it is.
    if (!(found.largest <= all.largest) && all.largest == all.largest) all.largest = found.largest;
    if (!(found.smallest >= all.smallest) && all.smallest == all.smallest) {
      all.smallest = found.smallest;
    }
  }
  return all;
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

size_t count_to_reach(double target, double reached, double measure, size_t n) {
  const double count = std::ceil((target - reached) / measure);
  if (!(count > 1)) return 1;  // NaN too: the target is reached, and measures are 0
  return count < static_cast<double>(n) ? static_cast<size_t>(count) : n;
}

Cut cut_at(const float* values, uint32_t* ids, size_t n, const float* measures, double target,
           SelectionScratch& scratch, double reached) {
  assert(n >= 1);
  const auto measure = [&](uint32_t id) { return measures == nullptr ? 1.0 : measures[id]; };
  uint32_t smallest_key = ~0u, largest_key = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t key = order_key(values[ids[i]]);
    smallest_key = std::min(smallest_key, key);
    largest_key = std::max(largest_key, key);
  }
  int digit_begin = std::bit_width(smallest_key ^ largest_key);
  uint32_t key = digit_begin == 32 ? 0 : smallest_key >> digit_begin << digit_begin;
  while (digit_begin > 0) {
    const int digit_end = digit_begin;
    digit_begin = std::max(0, digit_begin - digit_bits);
    const uint32_t mask = (1u << (digit_end - digit_begin)) - 1;
    const auto digit_of = [&](uint32_t id) { return order_key(values[id]) >> digit_begin & mask; };
    std::memset(scratch.histogram, 0, (mask + 1) * sizeof scratch.histogram[0]);
    uint32_t smallest = mask, largest = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint32_t digit = digit_of(ids[i]);
      scratch.histogram[digit][i % SelectionScratch::lanes] += measure(ids[i]);
      smallest = std::min(smallest, digit);
      largest = std::max(largest, digit);
    }
    // The digit in which the target is reached; the smallest that occurs where it never is.
    uint32_t digit = largest;
    for (; digit > smallest; --digit) {
      const double sum = scratch.sum(digit);
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
  const size_t count = count_to_reach(target, reached, measure(ids[0]), n);
  return {from_order_key(key), ids[count - 1]};
}

size_t keep(const Cut& cut, const float* values, uint32_t* ids, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t id = ids[i];
    ids[kept] = id;
    kept += cut.keeps(values[id], id) ? 1 : 0;
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
