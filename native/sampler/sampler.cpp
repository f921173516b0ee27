// The order of operations is sampler.h's. min_p, top_k and top_p each keep a prefix of the tokens
// sorted by value, so what is left is one prefix too: nothing is sorted, the place where to cut is
// selected, and the draw then goes through the kept tokens in the order of ids.
#include "sampler/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "platform/page_memory.h"
#include "sampler/random.h"
#include "sampler/selection.h"

namespace kinglet {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The parts of a scratch area.
struct Scratch {
  float* values;        // [vocab] logits after mask, bias and penalties
  float* weights;       // [vocab] exp((value - largest) / temperature)
  uint32_t* ids;        // [vocab] candidates, in the order of ids
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

/// exp(x) for x <= 0, -infinity included; 0 where that is below the smallest normal float, and
/// exactly 1 for 0. Plain arithmetic without a branch, so that loops over it vectorize, and the
/// same bits from every instruction set. Relative error below 3e-7. Method: x = n ln 2 + r, and
/// Taylor's polynomial of degree 6 for r in [-ln 2 / 2, ln 2 / 2] (Cody and Waite, 1980).
inline float exp_nonpositive(float x) {
  constexpr int32_t far_below = std::bit_cast<int32_t>(100.0f);
  constexpr float round_magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr float log2_e = 1.44269504f;
  constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  // The clamp compares magnitudes as integers: gcc makes a branch of a comparison of floats here.
  const int32_t magnitude = std::bit_cast<int32_t>(x) & 0x7fffffff;
  const float clamped = -std::bit_cast<float>(std::min(magnitude, far_below));
  const float shifted = clamped * log2_e + round_magic;
  const float n = shifted - round_magic;
  const float r = (clamped - n * ln2_high) - n * ln2_low;
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // 2^n as a float's exponent; one of 0 or less makes the float 0.
  const int32_t exponent =
      std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(round_magic) + 127;
  return p * std::bit_cast<float>((exponent > 0 ? exponent : 0) << 23);
}

/// The unnormalized probability of a value; that of `largest` is 1.
struct Weigh {
  float largest;
  float inverse_temperature;
  float operator()(float value) const {
    return exp_nonpositive((value - largest) * inverse_temperature);
  }
  /// Values below this weigh less than `weight` (in [0, 1]).
  float bound(double weight) const {
    return std::nextafter(static_cast<float>(largest + std::log(weight) / inverse_temperature),
                          -infinity);
  }
};

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

/// The index below n at which the weights, added up, exceed the share u of their sum: first the
/// block is found by the blocks' sums, then the place in it.
template <typename WeightOf>
size_t pick(size_t n, const WeightOf& weight_of, const double* block_sums, double u) {
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
      reached += weight_of(i);
      if (weight_of(i) > 0 && reached > target) return i;
    }
  }
  while (weight_of(last) == 0) --last;
  return last;
}

/// Fills `block_sums` for pick(); returns the sum.
template <typename WeightOf>
double sum_blocks(size_t n, const WeightOf& weight_of, double* block_sums) {
  double total = 0;
  for (size_t block = 0; block < selection_blocks(n); ++block) {
    const size_t begin = block * selection_block;
    const size_t end = std::min(begin + selection_block, n);
    constexpr size_t lanes = 8;  // additions that do not wait for each other
    float sums[lanes] = {};
    size_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += weight_of(i + lane);
    }
    for (; i < end; ++i) sums[0] += weight_of(i);
    double sum = 0;
    for (const float lane : sums) sum += lane;
    block_sums[block] = sum;
    total += sum;
  }
  return total;
}

void weigh_all(float* __restrict__ weights, const float* __restrict__ values, size_t n,
               const Weigh weigh) {
  for (size_t i = 0; i < n; ++i) weights[i] = weigh(values[i]);
}

size_t draw_from_all(const float* values, size_t vocab, const Weigh& weigh, const Scratch& s,
                     double u) {
  weigh_all(s.weights, values, vocab, weigh);
  const auto weight_of = [&](size_t id) { return s.weights[id]; };
  sum_blocks(vocab, weight_of, s.block_sums);
  return pick(vocab, weight_of, s.block_sums, u);
}

size_t draw_truncated(const float* values, size_t vocab, const float* maxima, const Weigh& weigh,
                      const SamplingParameters& p, const Scratch& s, double u) {
  const auto weight_of = [&](size_t i) { return s.weights[s.ids[i]]; };
  const bool has_top_k = p.top_k > 0 && static_cast<size_t>(p.top_k) < vocab;
  size_t n = 0;
  double total = 0;
  if (has_top_k || p.min_p > 0) {
    if (has_top_k) {
      n = largest(values, vocab, maxima, static_cast<size_t>(p.top_k), s.ids, s.work, s.maxima_work,
                  *s.selection);
    } else {
      // A little below what min_p means, since the exact test is on the rounded weight.
      n = ids_at_least(values, vocab, maxima, weigh.bound(0.99 * p.min_p), s.ids);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i) {
      const uint32_t id = s.ids[i];
      s.weights[id] = weigh(values[id]);
      s.ids[kept] = id;
      kept += s.weights[id] >= p.min_p ? 1 : 0;
    }
    n = kept;
    total = sum_blocks(n, weight_of, s.block_sums);
  } else {
    weigh_all(s.weights, values, vocab, weigh);
    total = sum_blocks(vocab, [&](size_t id) { return s.weights[id]; }, s.block_sums);
    // All tokens below this together weigh less than what top_p leaves out, so they are no
    // candidates. The margin covers rounding.
    const double left_out = (1.0 - p.top_p) * total / static_cast<double>(vocab);
    n = ids_at_least(values, vocab, maxima, weigh.bound(0.99 * left_out), s.ids);
  }
  if (p.top_p < 1) {
    std::copy(s.ids, s.ids + n, s.work);
    const Cut cut = cut_at(values, s.work, n, s.weights, p.top_p * total, *s.selection);
    n = keep(cut, values, s.ids, n);
    sum_blocks(n, weight_of, s.block_sums);
  }
  return s.ids[pick(n, weight_of, s.block_sums, u)];
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
  if (!all_finite(logits, vocab)) return RowStatus::not_finite;
  const float largest_logit = block_maxima(kernels, logits, vocab, s.maxima);

  const float* values = logits;
  const float* maxima = s.maxima;
  float largest_value = largest_logit;
  if (changes_logits(p)) {
    change_logits(s.values, logits, vocab, p);
    values = s.values;
    maxima = s.value_maxima;
    largest_value = block_maxima(kernels, values, vocab, s.value_maxima);
    if (largest_value == -infinity) return RowStatus::nothing_left;
    if (!std::isfinite(largest_value)) return RowStatus::not_finite;
  }

  size_t drawn;
  if (p.temperature == 0) {
    drawn = first_of_maximum(values, vocab, maxima, largest_value);
  } else {
    // A temperature so small that its inverse overflows means greedy all the same.
    const Weigh weigh{largest_value, 1.0f / std::max(p.temperature, 1e-30f)};
    const double u = uniform(p.seed, p.sample_index, p.draw_index);
    const bool truncates =
        (p.top_k > 0 && static_cast<size_t>(p.top_k) < vocab) || p.min_p > 0 || p.top_p < 1;
    drawn = truncates ? draw_truncated(values, vocab, maxima, weigh, p, s, u)
                      : draw_from_all(values, vocab, weigh, s, u);
  }
  *token = static_cast<int32_t>(drawn);

  if (logprob != nullptr || scores.top_count > 0) {
    const LogProbabilities logprobs(kernels, logits, vocab, largest_logit);
    if (logprob != nullptr) *logprob = logprobs.of(drawn);
    if (scores.top_count > 0) fill_top(logits, vocab, logprobs, scores, s);
  }
  return RowStatus::ok;
}

RowStatus score(const KernelTable& kernels, const float* logits, size_t vocab, int32_t target,
                const RowScores& scores, std::byte* scratch, float* logprob) {
  MemoryLayout layout(scratch);
  const Scratch s = lay_out(layout, vocab);
  if (!all_finite(logits, vocab)) return RowStatus::not_finite;
  const float largest_logit = block_maxima(kernels, logits, vocab, s.maxima);
  const LogProbabilities logprobs(kernels, logits, vocab, largest_logit);
  if (target >= 0) *logprob = logprobs.of(static_cast<size_t>(target));
  if (scores.top_count > 0) fill_top(logits, vocab, logprobs, scores, s);
  return RowStatus::ok;
}

}  // namespace kinglet
