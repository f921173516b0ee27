// Where to cut a whole vocabulary, by what it measures.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "sampler/selection.h"

namespace kinglet {

/// The values to cut, and what is known of them.
struct Measured {
  const float* values;    // [n]
  const float* measures;  // [n], read in blocks alone whose maximum is not below `bound`
  size_t n;
  const float* maxima;       // [selection_blocks(n)]
  Extremes extremes;         // of the values
  const double* block_sums;  // [selection_blocks(n)] of the measures
  double total;
  float bound;  // the cut is not below
};

/// The cut that cut_at() makes of all ids, where their measures reach the target; else one after
/// which nothing measures anything. `ids` [n] is used. A histogram over the range of the values
/// leaves few of them to cut_at(), and where a part of the blocks looks like all of them its
/// histogram does.
Cut histogram_cut(const KernelTable& kernels, const Measured& measured, double target,
                  uint32_t* ids, SelectionScratch& scratch);

}  // namespace kinglet
