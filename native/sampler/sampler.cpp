// The order of operations is sampler.h's. min_p, top_k and top_p each keep a prefix of the tokens
// sorted by value, so what is left is one prefix too: nothing is sorted, the place where to cut is
// selected, and the draw then goes through the kept tokens in the order of ids.
#include "sampler/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "platform/page_memory.h"
#include "sampler/histogram_cut.h"
#include "sampler/random.h"
#include "sampler/selection.h"

namespace kinglet {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The parts of a scratch area.
struct Scratch {
  float* values;        // [vocab] logits after mask, bias and penalties, or the largest of them
  float* weights;       // [vocab] exp((value - largest) / temperature)
  uint32_t* ids;        // [vocab] those of the largest values, in the order of ids
  uint32_t* work;       // [vocab]
  float* maxima;        // [blocks] of the logits
  float* value_maxima;  // [blocks] of `values`
  float* maxima_work;   // [blocks]
  double* block_sums;   // [blocks] of the weights that are drawn from
  SelectionScratch* selection;
};

Scratch lay_out(MemoryLayout& layout, size_t vocab) {
  const size_t blocks = selection_blocks(vocab);
  return {
      .values = layout.add<float>(vocab),
      .weights = layout.add<float>(vocab),
      .ids = layout.add<uint32_t>(vocab),
      .work = layout.add<uint32_t>(vocab),
      .maxima = layout.add<float>(blocks),
      .value_maxima = layout.add<float>(blocks),
      .maxima_work = layout.add<float>(blocks),
      .block_sums = layout.add<double>(blocks),
      .selection = layout.add<SelectionScratch>(1),
  };
}

/// The unnormalized probabilities of values; that of `largest` is 1.
struct Weigh {
  const KernelTable& kernels;
  float largest;
  float inverse_temperature;

  /// Writes those of n values; returns their sum.
  float operator()(float* weights, const float* values, size_t n) const {
    return kernels.weigh(weights, values, n, largest, inverse_temperature);
  }
  /// Values below this weigh less than `weight` (in [0, 1]).
  float bound(double weight) const {
    return std::nextafter(static_cast<float>(largest + std::log(weight) / inverse_temperature),
                          -infinity);
  }
};

/// Whether no value between them is NaN or infinite.
bool finite(const Extremes& extremes) {
  return extremes.smallest > -infinity && extremes.largest < infinity;
}

bool changes_logits(const SamplingParameters& p) {
  const bool penalizes =
      p.repetition_penalty != 1 || p.presence_penalty != 0 || p.frequency_penalty != 0;
  return p.mask != nullptr || p.bias_entries > 0 || (p.count_entries > 0 && penalizes);
}

/// mask, bias, penalties.
void change_logits(float* values, const float* logits, size_t vocab, const SamplingParameters& p) {
  std::copy(logits, logits + vocab, values);
  if (p.mask != nullptr) {
    for (size_t begin = 0; begin < vocab; begin += 32) {
      const uint32_t allowed = p.mask[begin / 32];
      if (allowed == ~0u) continue;
      const size_t end = std::min(begin + 32, vocab);
      for (size_t id = begin; id < end; ++id) {
        if ((allowed >> (id - begin) & 1) == 0) values[id] = -infinity;
      }
    }
  }
  for (size_t i = 0; i < p.bias_entries; ++i) values[p.bias_ids[i]] += p.biases[i];
  for (size_t i = 0; i < p.count_entries; ++i) {
    float& value = values[p.count_ids[i]];
    value = value > 0 ? value / p.repetition_penalty : value * p.repetition_penalty;
    if (p.counts[i] > 0) {
      value -= p.presence_penalty + p.frequency_penalty * static_cast<float>(p.counts[i]);
    }
  }
}

/// Log-probabilities of the model's own distribution.
class LogProbabilities {
 public:
  LogProbabilities(const KernelTable& kernels, const float* logits, size_t vocab, float largest)
      : logits_(logits) {
    // In pieces that a float sums well.
    constexpr size_t piece = 4096;
    double sum = 0;
    for (size_t begin = 0; begin < vocab; begin += piece) {
      sum += kernels.sum_exp(logits + begin, std::min(piece, vocab - begin), largest);
    }
    log_normalizer_ = static_cast<double>(largest) + std::log(sum);
  }
  float of(size_t id) const {
    return static_cast<float>(static_cast<double>(logits_[id]) - log_normalizer_);
  }

 private:
  const float* logits_;
  double log_normalizer_;
};

void fill_top(const float* logits, size_t vocab, const LogProbabilities& logprobs,
              const RowScores& scores, const Scratch& s) {
  const size_t found = largest(logits, vocab, s.maxima, scores.top_count, s.ids, s.work,
                               s.maxima_work, *s.selection);
  std::sort(s.ids, s.ids + found, [&](uint32_t a, uint32_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  });
  for (size_t i = 0; i < scores.top_count; ++i) {
    scores.top_ids[i] = i < found ? static_cast<int32_t>(s.ids[i]) : -1;
    scores.top_logprobs[i] = i < found ? logprobs.of(s.ids[i]) : -infinity;
  }
}

/// What is drawn from: values in the order of ids, with the maxima of their blocks.
struct Candidates {
  const float* values;
  size_t n;
  const float* maxima;
  Extremes extremes;
};

/// The index at which the weights, added up, exceed the share u of their sum: first the block is
/// found by the blocks' sums, then the place in it. A block whose sum is 0 is not looked at.
size_t pick(size_t n, const float* weights, const double* block_sums, double u) {
  const size_t blocks = selection_blocks(n);
  double total = 0;
  for (size_t block = 0; block < blocks; ++block) total += block_sums[block];
  const double target = u * total;
  double reached = 0;
  size_t last = 0;  // rounding may carry the target past all of them
  for (size_t block = 0; block < blocks; ++block) {
    if (block_sums[block] == 0) continue;
    const size_t begin = block * selection_block;
    const size_t end = std::min(begin + selection_block, n);
    last = end - 1;
    if (reached + block_sums[block] <= target) {
      reached += block_sums[block];
      continue;
    }
    for (size_t i = begin; i < end; ++i) {
      reached += weights[i];
      if (weights[i] > 0 && reached > target) return i;
    }
  }
  while (weights[last] == 0) --last;
  return last;
}

/// Calls sum(begin, size) for each block that holds a value of at least `bound`, and fills
/// s.block_sums with what it returns, and with 0 for the others; returns the sum of all.
template <typename Sum>
double sum_blocks(const Candidates& c, float bound, const Scratch& s, const Sum& sum) {
  double total = 0;
  for (size_t block = 0; block < selection_blocks(c.n); ++block) {
    const size_t begin = block * selection_block;
    s.block_sums[block] =
        c.maxima[block] < bound ? 0 : sum(begin, std::min(selection_block, c.n - begin));
    total += s.block_sums[block];
  }
  return total;
}

/// An index of the candidates, by min_p, top_p and the uniform number u.
size_t draw_from(const Candidates& c, const Weigh& weigh, float min_p, float top_p,
                 const Scratch& s, double u) {
  const KernelTable& kernels = weigh.kernels;
  // A little below what min_p means, since the exact test is on the rounded weight.
  const float above_min_p = min_p > 0 ? weigh.bound(0.99 * min_p) : -infinity;
  const double total = sum_blocks(c, above_min_p, s, [&](size_t begin, size_t size) {
    float* weights = s.weights + begin;
    const float sum = weigh(weights, c.values + begin, size);
    return min_p > 0 ? kernels.keep_from(weights, weights, weights, size, min_p) : sum;
  });
  if (top_p < 1) {
    // All values below this together weigh less than what top_p leaves out. The margin covers
    // rounding.
    const double left_out = (1.0 - top_p) * total / static_cast<double>(c.n);
    const float bound = std::max(above_min_p, weigh.bound(0.99 * left_out));
    const Measured measured{.values = c.values,
                            .measures = s.weights,
                            .n = c.n,
                            .maxima = c.maxima,
                            .extremes = c.extremes,
                            .block_sums = s.block_sums,
                            .total = total,
                            .bound = bound};
    const Cut cut = histogram_cut(kernels, measured, top_p * total, s.work, *s.selection);
    const float above = std::nextafter(cut.value, infinity);
    sum_blocks(c, std::max(cut.value, bound), s, [&](size_t begin, size_t size) {
      float* weights = s.weights + begin;
      const float* values = c.values + begin;
      // Of values that equal the cut's, those up to its id are kept.
      const size_t equal = cut.last_id < begin ? 0 : std::min(cut.last_id - begin + 1, size);
      for (size_t i = equal; i < size && equal > 0; ++i) {
        if (values[i] == cut.value) weights[i] = 0;
      }
      return kernels.keep_from(weights, weights, values, size, equal == 0 ? above : cut.value);
    });
  }
  return pick(c.n, s.weights, s.block_sums, u);
}

/// draw_from() the `top_k` largest; an id.
size_t draw_from_largest(const Candidates& all, const Weigh& weigh, const SamplingParameters& p,
                         const Scratch& s, double u) {
  const size_t n = largest(all.values, all.n, all.maxima, static_cast<size_t>(p.top_k), s.ids,
                           s.work, s.maxima_work, *s.selection);
  // Their values move together: to a smaller index each, also where they are s.values.
  for (size_t i = 0; i < n; ++i) s.values[i] = all.values[s.ids[i]];
  const Extremes extremes = block_maxima(weigh.kernels, s.values, n, s.value_maxima);
  const Candidates found{s.values, n, s.value_maxima, extremes};
  return s.ids[draw_from(found, weigh, p.min_p, p.top_p, s, u)];
}

}  // namespace

size_t sampler_scratch_bytes(size_t vocab) {
  MemoryLayout layout;
  lay_out(layout, vocab);
  return layout.bytes();
}

RowStatus draw(const KernelTable& kernels, const float* logits, size_t vocab,
               const SamplingParameters& p, const RowScores& scores, std::byte* scratch,
               int32_t* token, float* logprob) {
  MemoryLayout layout(scratch);
  const Scratch s = lay_out(layout, vocab);
  const Extremes extremes = block_maxima(kernels, logits, vocab, s.maxima);
  if (!finite(extremes)) return RowStatus::not_finite;

  Candidates candidates{logits, vocab, s.maxima, extremes};
  if (changes_logits(p)) {
    change_logits(s.values, logits, vocab, p);
    candidates = {s.values, vocab, s.value_maxima,
                  block_maxima(kernels, s.values, vocab, s.value_maxima)};
    const float largest_value = candidates.extremes.largest;
    if (largest_value == -infinity) return RowStatus::nothing_left;
    if (!std::isfinite(largest_value)) return RowStatus::not_finite;
  }

  const float largest_value = candidates.extremes.largest;
  size_t drawn;
  if (p.temperature == 0) {
    drawn = first_of_maximum(candidates.values, vocab, candidates.maxima, largest_value);
  } else {
    // A temperature so small that its inverse overflows means greedy all the same.
    const Weigh weigh{kernels, largest_value, 1.0f / std::max(p.temperature, 1e-30f)};
    const double u = uniform(p.seed, p.sample_index, p.draw_index);
    drawn = p.top_k > 0 && static_cast<size_t>(p.top_k) < vocab
                ? draw_from_largest(candidates, weigh, p, s, u)
                : draw_from(candidates, weigh, p.min_p, p.top_p, s, u);
  }
  *token = static_cast<int32_t>(drawn);

  if (logprob != nullptr || scores.top_count > 0) {
    const LogProbabilities logprobs(kernels, logits, vocab, extremes.largest);
    if (logprob != nullptr) *logprob = logprobs.of(drawn);
    if (scores.top_count > 0) fill_top(logits, vocab, logprobs, scores, s);
  }
  return RowStatus::ok;
}

RowStatus score(const KernelTable& kernels, const float* logits, size_t vocab, int32_t target,
                const RowScores& scores, std::byte* scratch, float* logprob) {
  MemoryLayout layout(scratch);
  const Scratch s = lay_out(layout, vocab);
  const Extremes extremes = block_maxima(kernels, logits, vocab, s.maxima);
  if (!finite(extremes)) return RowStatus::not_finite;
  const LogProbabilities logprobs(kernels, logits, vocab, extremes.largest);
  if (target >= 0) *logprob = logprobs.of(static_cast<size_t>(target));
  if (scores.top_count > 0) fill_top(logits, vocab, logprobs, scores, s);
  return RowStatus::ok;
}

}  // namespace kinglet
