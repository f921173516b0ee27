// From a row of logits to a token. Pure functions of their arguments: a draw is decided by the
// logits, the parameters and (seed, sample index, draw index), by nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace kinglet {

/// The parameters of one draw, applied in this order: mask, bias, penalties, temperature, min_p,
/// top_k, top_p.
struct SamplingParameters {
  float temperature = 1.0f;  // 0: the largest logit, the lowest id among equals
  int32_t top_k = 0;         // 0: all
  float top_p = 1.0f;        // (0, 1]
  float min_p = 0.0f;        // [0, 1], relative to the most likely token
  // > 0; for every id of `counts`, a logit > 0 is divided by it, any other multiplied.
  float repetition_penalty = 1.0f;
  float presence_penalty = 0.0f;   // subtracted once for every id with count > 0
  float frequency_penalty = 0.0f;  // subtracted `count` times
  uint64_t seed = 0;
  uint32_t sample_index = 0;  // which of a request's n samples
  uint32_t draw_index = 0;    // which token of the sample

  // Sparse lists. An id with count 0 stands in the prompt only.
  const int32_t* count_ids = nullptr;
  const int32_t* counts = nullptr;
  size_t count_entries = 0;
  const int32_t* bias_ids = nullptr;
  const float* biases = nullptr;  // -infinity bans
  size_t bias_entries = 0;
  const uint32_t* mask = nullptr;  // bit id of word id / 32 set: allowed; null: all allowed
};

enum class RowStatus : uint8_t {
  ok = 0,
  not_finite = 1,    // a logit is NaN or infinite: the sequence fails alone
  nothing_left = 2,  // mask and bias leave no token
};

/// Log-probabilities of one row, of the model's own distribution: before mask, bias, penalties and
/// temperature.
struct RowScores {
  // [top_count], best first; equal ones by id. What goes beyond the vocabulary is -1 and -infinity.
  float* top_logprobs = nullptr;
  int32_t* top_ids = nullptr;
  size_t top_count = 0;
};

/// Draws a token. `logits` [vocab] is not changed; `scratch` holds sampler_scratch_bytes(vocab),
/// aligned to 64 bytes. Where the status is not ok, nothing is written.
/// `logprob`, where not null, receives the drawn token's own log-probability.
RowStatus draw(const KernelTable& kernels, const float* logits, size_t vocab,
               const SamplingParameters& parameters, const RowScores& scores, std::byte* scratch,
               int32_t* token, float* logprob);

/// The log-probability of `target` (-1: none is asked for, `logprob` is left alone).
RowStatus score(const KernelTable& kernels, const float* logits, size_t vocab, int32_t target,
                const RowScores& scores, std::byte* scratch, float* logprob);

size_t sampler_scratch_bytes(size_t vocab);

}  // namespace kinglet
