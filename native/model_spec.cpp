// What C++ relies on in a ModelSpec, whoever filled it.
#include "model_spec.h"

#include <algorithm>
#include <cmath>

namespace kinglet {

namespace {

// Attention kernels take a head in pieces of this size.
constexpr size_t head_dim_step = 16;

// Bounds that keep every product of sizes far from overflow; real models lie far below them.
constexpr size_t max_layers = 1024;
constexpr size_t max_width = size_t{1} << 18;
constexpr size_t max_heads = 4096;
constexpr size_t max_vocab = size_t{1} << 24;
constexpr size_t max_context = size_t{1} << 24;

/// `key` is a field of addon.ts's spec.
Status invalid(const std::string& key, const std::string& what) {
  return Status(ErrorCode::unsupported_model, "spec." + key + ' ' + what);
}

Status check_range(const char* key, size_t value, size_t largest) {
  if (value >= 1 && value <= largest) return Status();
  return invalid(key, "is " + std::to_string(value) + ": expected 1 to " + std::to_string(largest));
}

Status check_length(const char* key, size_t length, size_t expected) {
  if (length == expected) return Status();
  return invalid(key,
                 "has " + std::to_string(length) + " values: expected " + std::to_string(expected));
}

Status check_finite(const char* key, float value) {
  return std::isfinite(value) ? Status() : invalid(key, "is not a finite number");
}

Status check_sizes(const ModelSpec& spec) {
  KINGLET_RETURN_IF_ERROR(check_range("layers", spec.layers, max_layers));
  KINGLET_RETURN_IF_ERROR(check_range("hiddenSize", spec.hidden_size, max_width));
  KINGLET_RETURN_IF_ERROR(check_range("ffnSize", spec.ffn_size, max_width));
  KINGLET_RETURN_IF_ERROR(check_range("heads", spec.heads, max_heads));
  KINGLET_RETURN_IF_ERROR(check_range("kvHeads", spec.kv_heads, spec.heads));
  KINGLET_RETURN_IF_ERROR(
      check_range("headDim", spec.head_dim, std::min(max_head_dim, max_width / spec.heads)));
  KINGLET_RETURN_IF_ERROR(check_range("vocabSize", spec.vocab_size, max_vocab));
  KINGLET_RETURN_IF_ERROR(check_range("contextLength", spec.context_length, max_context));
  if (spec.heads % spec.kv_heads != 0) {
    return invalid("kvHeads", "is " + std::to_string(spec.kv_heads) +
                                  ": expected a divisor of heads, " + std::to_string(spec.heads));
  }
  if (spec.head_dim % head_dim_step != 0) {
    return invalid("headDim", "is " + std::to_string(spec.head_dim) + ": expected a multiple of " +
                                  std::to_string(head_dim_step));
  }
  return Status();
}

}  // namespace

Status check_spec(const ModelSpec& spec) {
  KINGLET_RETURN_IF_ERROR(check_sizes(spec));
  KINGLET_RETURN_IF_ERROR(check_length("rope.inverseFrequencies",
                                       spec.rope_inverse_frequencies.size(), spec.head_dim / 2));
  KINGLET_RETURN_IF_ERROR(check_length("rope.layers", spec.rope_layers.size(), spec.layers));
  KINGLET_RETURN_IF_ERROR(check_finite("rmsNormEpsilon", spec.rms_norm_epsilon));
  if (spec.rms_norm_epsilon < 0) return invalid("rmsNormEpsilon", "is negative");
  KINGLET_RETURN_IF_ERROR(check_finite("attentionScale", spec.attention_scale));
  KINGLET_RETURN_IF_ERROR(check_finite("rope.magnitude", spec.rope_magnitude));
  for (const float frequency : spec.rope_inverse_frequencies) {
    if (!std::isfinite(frequency)) {
      return invalid("rope.inverseFrequencies", "has one that is not a finite number");
    }
  }
  if (spec.attention_temperature) {
    KINGLET_RETURN_IF_ERROR(check_finite("attentionTemperature.floor", spec.temperature_floor));
    if (spec.temperature_floor <= 0) {
      return invalid("attentionTemperature.floor", "is not above 0");
    }
    KINGLET_RETURN_IF_ERROR(check_finite("attentionTemperature.scale", spec.temperature_scale));
  }
  return Status();
}

}  // namespace kinglet
