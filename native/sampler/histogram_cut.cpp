#include "sampler/histogram_cut.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "sampler/order_key.h"

namespace kinglet {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Bins of equal width over a range of values, the largest in the first. Whatever is below the
/// range belongs to the last.
class Bins {
 public:
  static constexpr int32_t count = 512;

  Bins(float smallest, float largest)
      : largest_(largest),
        per_value_(
            static_cast<float>(std::min<double>(count / (static_cast<double>(largest) - smallest),
                                                std::numeric_limits<float>::max()))) {}

  /// Larger values never have a later bin: every step rounds monotonically.
  int32_t of(float value) const {
    constexpr auto last = static_cast<float>(count - 1);
    const float distance = (largest_ - value) * per_value_;
    return static_cast<int32_t>(distance < last ? distance : last);
  }

  /// The extremes of all values, -infinity included, whose bin it is.
  Extremes range(int32_t bin) const {
    return {from_order_key(first_key_before(bin + 1)), from_order_key(first_key_before(bin) - 1)};
  }

 private:
  /// The key of the smallest value whose bin is below `bin`; one above the largest's for bin 0.
  uint32_t first_key_before(int32_t bin) const {
    uint32_t key = order_key(-infinity);
    uint32_t end = order_key(largest_) + 1;
    while (key < end) {
      const uint32_t middle = key + (end - key) / 2;
      if (of(from_order_key(middle)) < bin) {
        end = middle;
      } else {
        key = middle + 1;
      }
    }
    return key;
  }

  float largest_, per_value_;
};

bool may_hold_cut(const Measured& measured, size_t block) {
  return measured.maxima[block] >= measured.bound;
}

/// Adds up the measures of each bin in `scratch`, of every `step`-th block.
void fill_histogram(const Measured& measured, size_t step, const Bins& bins,
                    SelectionScratch& scratch) {
  constexpr size_t lanes = SelectionScratch::lanes;
  auto& histogram = scratch.histogram;
  std::memset(histogram, 0, Bins::count * sizeof histogram[0]);
  int32_t found[selection_block];
  for (size_t block = 0; block < selection_blocks(measured.n); block += step) {
    if (!may_hold_cut(measured, block)) continue;
    const float* values = measured.values + block * selection_block;
    const float* measures = measured.measures + block * selection_block;
    const size_t size = std::min(selection_block, measured.n - block * selection_block);
    for (size_t i = 0; i < size; ++i) found[i] = bins.of(values[i]);
    size_t i = 0;
    for (; i + lanes <= size; i += lanes) {
      for (size_t lane = 0; lane < lanes; ++lane) {
        histogram[found[i + lane]][lane] += measures[i + lane];
      }
    }
    for (; i < size; ++i) histogram[found[i]][0] += measures[i];
  }
}

/// The bin in which a target is reached, and what the bins before it measure; the last that
/// measures anything where it never is.
struct Reached {
  int32_t bin = 0;
  double before = 0;
};
Reached find_bin(const SelectionScratch& histogram, double target) {
  Reached found;
  double reached = 0;
  for (int32_t bin = 0; bin < Bins::count && reached < target; ++bin) {
    const double sum = histogram.sum(static_cast<size_t>(bin));
    if (sum == 0) continue;
    found = {bin, reached};
    reached += sum;
  }
  return found;
}

/// What all values of at least `bound` measure.
double measure_from(const KernelTable& kernels, const Measured& measured, float bound) {
  float kept[selection_block];
  double sum = 0;
  for (size_t block = 0; block < selection_blocks(measured.n); ++block) {
    if (!may_hold_cut(measured, block) || measured.maxima[block] < bound) continue;
    const size_t begin = block * selection_block;
    const size_t size = std::min(selection_block, measured.n - begin);
    sum += kernels.keep_from(kept, measured.measures + begin, measured.values + begin, size, bound);
  }
  return sum;
}

/// Writes the ids of all values in a range to `ids`, in the order of ids; returns how many.
size_t ids_between(const Measured& measured, const Extremes& range, uint32_t* ids) {
  alignas(uint64_t) uint8_t inside[selection_block];
  size_t count = 0;
  for (size_t block = 0; block < selection_blocks(measured.n); ++block) {
    if (!may_hold_cut(measured, block) || measured.maxima[block] < range.smallest) continue;
    const size_t begin = block * selection_block;
    const size_t size = std::min(selection_block, measured.n - begin);
    const float* values = measured.values + begin;
    for (size_t i = 0; i < size; ++i) {
      inside[i] = (values[i] >= range.smallest) & (values[i] <= range.largest) ? 1 : 0;
    }
    std::fill(inside + size, inside + selection_block, uint8_t{0});
    // Eight at a time, of which most words hold none.
    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, inside + i, sizeof word);
      for (; word != 0; word &= word - 1) {
        ids[count++] =
            static_cast<uint32_t>(begin + i + static_cast<size_t>(std::countr_zero(word)) / 8);
      }
    }
  }
  return count;
}

/// The cut among values that equal `value`, where those above it measure `reached`.
Cut cut_among_equals(const Measured& measured, float value, double reached, double target) {
  size_t left = 0;  // how many of them are to be kept from the block on; 0 before the first
  size_t begin = 0, end = 0;  // the last block that held one
  for (size_t block = 0; block < selection_blocks(measured.n); ++block) {
    if (measured.maxima[block] < value) continue;
    const size_t first = block * selection_block;
    const size_t size = std::min(selection_block, measured.n - first);
    const float* values = measured.values + first;
    uint32_t equal = 0;
    for (size_t i = 0; i < size; ++i) equal += values[i] == value ? 1 : 0;
    if (equal == 0) continue;
    begin = first;
    end = first + size;
    if (left == 0) {
      const size_t id = std::find(values, values + size, value) - measured.values;
      left = count_to_reach(target, reached, measured.measures[id], measured.n);
    }
    if (left <= equal) break;
    left -= equal;
  }
  Cut cut{value, 0};
  for (size_t id = begin; id < end && left > 0; ++id) {
    if (measured.values[id] != value) continue;
    cut.last_id = static_cast<uint32_t>(id);
    --left;
  }
  return cut;
}

/// The cut in a range of values, where those above it measure `reached`.
Cut cut_between(const Measured& measured, const Extremes& range, double reached, double target,
                uint32_t* ids, SelectionScratch& scratch) {
  if (range.smallest == range.largest) {
    return cut_among_equals(measured, range.largest, reached, target);
  }
  const size_t count = ids_between(measured, range, ids);
  return cut_at(measured.values, ids, count, measured.measures, target, scratch, reached);
}

// One block in so many is a sample, of rows that have many.
constexpr size_t sample_step = 8;
constexpr size_t fewest_sampled_blocks = 32;

/// A range of values that holds the cut in all likelihood, from a sample of the blocks; none where
/// these are few, or measure another part of the total than they are of all.
std::optional<Extremes> estimate(const Measured& measured, const Bins& bins, double target,
                                 SelectionScratch& scratch) {
  const size_t blocks = selection_blocks(measured.n);
  const size_t sampled = (blocks + sample_step - 1) / sample_step;
  if (sampled < fewest_sampled_blocks) return std::nullopt;
  double total = 0;
  for (size_t block = 0; block < blocks; block += sample_step) total += measured.block_sums[block];
  const double part = total / measured.total;
  constexpr double likeness = 0.02;
  const double expected = static_cast<double>(sampled) / static_cast<double>(blocks);
  if (std::abs(part - expected) > likeness * expected) return std::nullopt;

  fill_histogram(measured, sample_step, bins, scratch);
  constexpr double margin = 2.5;  // standard deviations: wrong in one of 80
  const double share = target / measured.total;
  const auto values = static_cast<double>(sampled * selection_block);
  const double deviation = total * std::sqrt(std::max(share * (1 - share), 0.0) / values);
  const auto at = [&](double deviations) {
    return bins.range(find_bin(scratch, part * target + deviations * deviation).bin);
  };
  return Extremes{at(margin).smallest, at(-margin).largest};
}

}  // namespace

Cut histogram_cut(const KernelTable& kernels, const Measured& measured, double target,
                  uint32_t* ids, SelectionScratch& scratch) {
  const Extremes& extremes = measured.extremes;
  if (extremes.smallest == extremes.largest) {
    return cut_among_equals(measured, extremes.largest, 0, target);
  }
  constexpr float lowest = std::numeric_limits<float>::lowest();  // the smallest may be -infinity
  const Bins bins(std::max({extremes.smallest, measured.bound, lowest}), extremes.largest);
  if (const auto range = estimate(measured, bins, target, scratch)) {
    const double above = measure_from(kernels, measured, std::nextafter(range->largest, infinity));
    if (above < target && measure_from(kernels, measured, range->smallest) >= target) {
      return cut_between(measured, *range, above, target, ids, scratch);
    }
  }
  fill_histogram(measured, 1, bins, scratch);
  const Reached reached = find_bin(scratch, target);
  return cut_between(measured, bins.range(reached.bin), reached.before, target, ids, scratch);
}

}  // namespace kinglet
