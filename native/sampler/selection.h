// Finding the largest of a row of values without sorting it. All orders here are by value, the
// larger first, and by id, the smaller first, among equals; a NaN must not occur.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace kinglet {

/// Values are looked at in blocks, whose maxima tell which blocks a search can leave out.
inline constexpr size_t selection_block = 256;
inline constexpr size_t selection_blocks(size_t n) {
  return (n + selection_block - 1) / selection_block;
}

/// Writes the maximum of each block to `maxima` [selection_blocks(n)] and returns the extremes of
/// all (NaN where any value is NaN).
Extremes block_maxima(const KernelTable& kernels, const float* values, size_t n, float* maxima);

/// The smallest id whose value equals `maximum`, which block_maxima() gave.
size_t first_of_maximum(const float* values, size_t n, const float* maxima, float maximum);

/// Writes the ids of all values >= bound to `ids` [n] in the order of ids; returns how many.
size_t ids_at_least(const float* values, size_t n, const float* maxima, float bound, uint32_t* ids);

/// Histograms over a digit of a value's bits; several, taken in turn, since additions to one and
/// the same bin would wait for each other.
inline constexpr int digit_bits = 11;
struct SelectionScratch {
  static constexpr size_t lanes = 4;
  double histogram[1 << digit_bits][lanes];

  double sum(size_t bin) const {
    const double* lane = histogram[bin];
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
  }
};

/// Where an ordered list is cut: what is larger than `value` stays, and of those equal to it the
/// ids up to `last_id`.
struct Cut {
  float value;
  uint32_t last_id;

  bool keeps(float of_id, size_t id) const {
    return (of_id > value) | ((of_id == value) & (id <= last_id));
  }
};

/// How many of n (>= 1) equal measures, added to what is reached, it takes to reach `target`; all
/// where they do not.
size_t count_to_reach(double target, double reached, double measure, size_t n);

/// The cut after the first entries of `ids` (n >= 1, in the order of ids) whose measure, added to
/// `reached`, is at least `target`; after the last where all do not reach it. The measure of an id
/// is measures[id], or 1 where `measures` is null; equal values have equal measures. `ids` is used
/// up. Takes O(n): a radix selection over the bits in which values differ, a digit of 11 bits at a
/// time.
Cut cut_at(const float* values, uint32_t* ids, size_t n, const float* measures, double target,
           SelectionScratch& scratch, double reached = 0);

/// Leaves of `ids` those that the cut keeps, in their order; returns how many.
size_t keep(const Cut& cut, const float* values, uint32_t* ids, size_t n);

/// Writes the ids of the `k` largest of `values` to `ids` [n] in the order of ids and returns how
/// many that is: min(k, n). `work` [n] and `maxima_work` [selection_blocks(n)] are used up.
size_t largest(const float* values, size_t n, const float* maxima, size_t k, uint32_t* ids,
               uint32_t* work, float* maxima_work, SelectionScratch& scratch);

}  // namespace kinglet
