#include "binding/batch.h"

#include <array>
#include <string>

#include "binding/value.h"

namespace kinglet::binding {
namespace {

/// How long an array must be, in terms of the batch's counts.
enum class Extent : uint8_t {
  counts,
  rows,
  sequences,
  sequences_plus_1,
  draws,
  draws_twice,
  draws_top,  // draws * max_top_logprobs
  scores,
  scores_top,
  logit_rows,
  logits,  // logit rows * vocabulary
  any,     // ranges say which part is used
};

enum Field : size_t {
  f_counts,
  f_tokens,
  f_row_offsets,
  f_first_positions,
  f_block_offsets,
  f_block_tables,
  f_draw_row,
  f_temperature,
  f_top_k,
  f_top_p,
  f_min_p,
  f_repetition_penalty,
  f_presence_penalty,
  f_frequency_penalty,
  f_seed,
  f_sample_index,
  f_draw_index,
  f_count_range,
  f_bias_range,
  f_mask_offset,
  f_draw_top_logprobs,
  f_count_ids,
  f_count_values,
  f_bias_ids,
  f_bias_values,
  f_masks,
  f_score_row,
  f_score_target,
  f_score_top_logprobs,
  f_logit_rows,
  f_first_result,
  f_draw_tokens = f_first_result,
  f_draw_logprobs,
  f_draw_status,
  f_draw_top_ids,
  f_draw_result_top_logprobs,
  f_score_logprobs,
  f_score_status,
  f_score_top_ids,
  f_score_result_top_logprobs,
  f_logits,
  f_end,
};
static_assert(f_end == BatchArrays::array_count);

struct FieldInfo {
  const char* name;  // in addon.ts; results' names are prefixed in messages
  napi_typedarray_type type;
  Extent extent;
};

constexpr std::array<FieldInfo, f_end> field_table{{
    {"counts", napi_int32_array, Extent::counts},
    {"tokens", napi_int32_array, Extent::rows},
    {"rowOffsets", napi_int32_array, Extent::sequences_plus_1},
    {"firstPositions", napi_int32_array, Extent::sequences},
    {"blockOffsets", napi_int32_array, Extent::sequences_plus_1},
    {"blockTables", napi_int32_array, Extent::any},
    {"drawRow", napi_int32_array, Extent::draws},
    {"temperature", napi_float32_array, Extent::draws},
    {"topK", napi_int32_array, Extent::draws},
    {"topP", napi_float32_array, Extent::draws},
    {"minP", napi_float32_array, Extent::draws},
    {"repetitionPenalty", napi_float32_array, Extent::draws},
    {"presencePenalty", napi_float32_array, Extent::draws},
    {"frequencyPenalty", napi_float32_array, Extent::draws},
    {"seed", napi_biguint64_array, Extent::draws},
    {"sampleIndex", napi_uint32_array, Extent::draws},
    {"drawIndex", napi_uint32_array, Extent::draws},
    {"countRange", napi_int32_array, Extent::draws_twice},
    {"biasRange", napi_int32_array, Extent::draws_twice},
    {"maskOffset", napi_int32_array, Extent::draws},
    {"drawTopLogprobs", napi_int32_array, Extent::draws},
    {"countIds", napi_int32_array, Extent::any},
    {"countValues", napi_int32_array, Extent::any},
    {"biasIds", napi_int32_array, Extent::any},
    {"biasValues", napi_float32_array, Extent::any},
    {"masks", napi_uint32_array, Extent::any},
    {"scoreRow", napi_int32_array, Extent::scores},
    {"scoreTarget", napi_int32_array, Extent::scores},
    {"scoreTopLogprobs", napi_int32_array, Extent::scores},
    {"logitRows", napi_int32_array, Extent::logit_rows},
    {"drawTokens", napi_int32_array, Extent::draws},
    {"drawLogprobs", napi_float32_array, Extent::draws},
    {"drawStatus", napi_uint8_array, Extent::draws},
    {"drawTopIds", napi_int32_array, Extent::draws_top},
    {"drawTopLogprobs", napi_float32_array, Extent::draws_top},
    {"scoreLogprobs", napi_float32_array, Extent::scores},
    {"scoreStatus", napi_uint8_array, Extent::scores},
    {"scoreTopIds", napi_int32_array, Extent::scores_top},
    {"scoreTopLogprobs", napi_float32_array, Extent::scores_top},
    {"logits", napi_float32_array, Extent::logits},
}};

std::string path_of(size_t field) {
  return (field >= f_first_result ? "results." : "") + std::string(field_table[field].name);
}

/// `counts`, in the order of BatchCount of addon.ts.
struct Counts {
  static constexpr size_t words = 5;
  size_t rows, sequences, draws, scores, logit_rows;
};

Counts read_counts(Napi::Env env, const ArrayView& view) {
  if (view.length < Counts::words) {
    throw_invalid(env, "counts has " + std::to_string(view.length) + " words: expected " +
                           std::to_string(Counts::words));
  }
  const int32_t* words = static_cast<const int32_t*>(view.data);
  for (size_t i = 0; i < Counts::words; ++i) {
    if (words[i] < 0) {
      throw_invalid(env, "counts[" + std::to_string(i) + "] is " + std::to_string(words[i]) +
                             ": expected 0 or more");
    }
  }
  const auto at = [&](size_t i) { return static_cast<size_t>(words[i]); };
  return {at(0), at(1), at(2), at(3), at(4)};
}

/// Counts are below 2^31 and the vocabulary below 2^24, so no product overflows.
size_t least_length(Extent extent, const Counts& counts, size_t vocab) {
  switch (extent) {
    case Extent::counts: return Counts::words;
    case Extent::rows: return counts.rows;
    case Extent::sequences: return counts.sequences;
    case Extent::sequences_plus_1: return counts.sequences + 1;
    case Extent::draws: return counts.draws;
    case Extent::draws_twice: return 2 * counts.draws;
    case Extent::draws_top: return counts.draws * max_top_logprobs;
    case Extent::scores: return counts.scores;
    case Extent::scores_top: return counts.scores * max_top_logprobs;
    case Extent::logit_rows: return counts.logit_rows;
    case Extent::logits: return counts.logit_rows * vocab;
    case Extent::any: return 0;
  }
  return 0;
}

bool overlap(const ArrayView& a, const ArrayView& b) {
  const auto a_begin = reinterpret_cast<uintptr_t>(a.data);
  const auto b_begin = reinterpret_cast<uintptr_t>(b.data);
  return a.bytes > 0 && b.bytes > 0 && a_begin < b_begin + b.bytes && b_begin < a_begin + a.bytes;
}

}  // namespace

BatchArrays::BatchArrays(const Napi::Object& batch) : env_(batch.Env()) {
  for (size_t field = 0; field < f_first_result; ++field) {
    values_[field] = batch.Get(field_table[field].name);
  }
  const Napi::Object results = read_object(batch.Get("results"), "results");
  for (size_t field = f_first_result; field < f_end; ++field) {
    values_[field] = results.Get(field_table[field].name);
  }
}

BatchArrays::View BatchArrays::view(size_t vocab) const {
  std::array<ArrayView, f_end> arrays;
  for (size_t field = 0; field < f_end; ++field) {
    arrays[field] = read_typed_array(Napi::Value(env_, values_[field]), path_of(field),
                                     field_table[field].type);
  }
  const Counts counts = read_counts(env_, arrays[f_counts]);
  for (size_t field = 0; field < f_end; ++field) {
    const size_t least = least_length(field_table[field].extent, counts, vocab);
    if (arrays[field].length < least) {
      throw_invalid(env_, path_of(field) + " has " + std::to_string(arrays[field].length) +
                              " values: expected at least " + std::to_string(least));
    }
  }
  // Results are written while inputs are still read.
  for (size_t result = f_first_result; result < f_end; ++result) {
    for (size_t other = 0; other < result; ++other) {
      if (overlap(arrays[result], arrays[other])) {
        throw_invalid(env_, path_of(result) + " shares memory with " + path_of(other));
      }
    }
  }

  const auto int32 = [&](Field field) { return static_cast<int32_t*>(arrays[field].data); };
  const auto uint32 = [&](Field field) { return static_cast<uint32_t*>(arrays[field].data); };
  const auto float32 = [&](Field field) { return static_cast<float*>(arrays[field].data); };
  const auto uint8 = [&](Field field) { return static_cast<uint8_t*>(arrays[field].data); };

  View view;
  view.batch.tokens = int32(f_tokens);
  view.batch.rows = counts.rows;
  view.batch.row_offsets = int32(f_row_offsets);
  view.batch.first_positions = int32(f_first_positions);
  view.batch.sequences = counts.sequences;
  view.batch.block_offsets = int32(f_block_offsets);
  view.batch.block_tables = int32(f_block_tables);
  view.batch.draws = {
      .count = counts.draws,
      .row = int32(f_draw_row),
      .temperature = float32(f_temperature),
      .top_k = int32(f_top_k),
      .top_p = float32(f_top_p),
      .min_p = float32(f_min_p),
      .repetition_penalty = float32(f_repetition_penalty),
      .presence_penalty = float32(f_presence_penalty),
      .frequency_penalty = float32(f_frequency_penalty),
      .seed = static_cast<uint64_t*>(arrays[f_seed].data),
      .sample_index = uint32(f_sample_index),
      .draw_index = uint32(f_draw_index),
      .count_range = int32(f_count_range),
      .bias_range = int32(f_bias_range),
      .mask_offset = int32(f_mask_offset),
      .top_logprobs = int32(f_draw_top_logprobs),
  };
  view.batch.count_ids = int32(f_count_ids);
  view.batch.count_values = int32(f_count_values);
  view.batch.bias_ids = int32(f_bias_ids);
  view.batch.bias_values = float32(f_bias_values);
  view.batch.masks = uint32(f_masks);
  view.batch.scores = {
      .count = counts.scores,
      .row = int32(f_score_row),
      .target = int32(f_score_target),
      .top_logprobs = int32(f_score_top_logprobs),
  };
  view.batch.logit_rows = int32(f_logit_rows);
  view.batch.logit_row_count = counts.logit_rows;

  view.results = {
      .draw_tokens = int32(f_draw_tokens),
      .draw_logprobs = float32(f_draw_logprobs),
      .draw_status = uint8(f_draw_status),
      .draw_top_ids = int32(f_draw_top_ids),
      .draw_top_logprobs = float32(f_draw_result_top_logprobs),
      .score_logprobs = float32(f_score_logprobs),
      .score_status = uint8(f_score_status),
      .score_top_ids = int32(f_score_top_ids),
      .score_top_logprobs = float32(f_score_result_top_logprobs),
      .logits = float32(f_logits),
  };
  view.lists = {
      .block_table_entries = arrays[f_block_tables].length,
      .count_entries = std::min(arrays[f_count_ids].length, arrays[f_count_values].length),
      .bias_entries = std::min(arrays[f_bias_ids].length, arrays[f_bias_values].length),
      .mask_words = arrays[f_masks].length,
  };
  return view;
}

}  // namespace kinglet::binding
