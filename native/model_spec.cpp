// What C++ relies on in a ModelSpec, whoever filled it.
#include "model_spec.h"

#include <algorithm>
#include <cmath>

namespace kinglet {

namespace {

// Bounds that keep every product of sizes far from overflow; real models lie far below them.
constexpr size_t max_layers = 1024;
constexpr size_t max_width = size_t{1} << 18;
constexpr size_t max_heads = 4096;
constexpr size_t max_vocab = size_t{1} << 24;
constexpr size_t max_context = size_t{1} << 24;

Status invalid(const std::string& what) {
  return Status(ErrorCode::unsupported_model, "model spec: " + what);
}

Status check_range(const char* name, size_t value, size_t largest) {
  if (value >= 1 && value <= largest) return Status();
  return invalid(std::string(name) + " is " + std::to_string(value) + ": expected 1 to " +
                 std::to_string(largest));
}

}  // namespace

Status check_spec(const ModelSpec& spec) {
  KINGLET_RETURN_IF_ERROR(check_range("layers", spec.layers, max_layers));
  KINGLET_RETURN_IF_ERROR(check_range("hidden size", spec.hidden_size, max_width));
  KINGLET_RETURN_IF_ERROR(check_range("ffn size", spec.ffn_size, max_width));
  KINGLET_RETURN_IF_ERROR(check_range("heads", spec.heads, max_heads));
  KINGLET_RETURN_IF_ERROR(check_range("kv heads", spec.kv_heads, spec.heads));
  KINGLET_RETURN_IF_ERROR(
      check_range("head size", spec.head_dim, std::min(max_head_dim, max_width / spec.heads)));
  KINGLET_RETURN_IF_ERROR(check_range("vocabulary", spec.vocab_size, max_vocab));
  KINGLET_RETURN_IF_ERROR(check_range("context length", spec.context_length, max_context));
  if (spec.heads % spec.kv_heads != 0) {
    return invalid("heads (" + std::to_string(spec.heads) + ") is not a multiple of kv heads (" +
                   std::to_string(spec.kv_heads) + ")");
  }
  if (spec.head_dim % 16 != 0) {
    return invalid("head size is " + std::to_string(spec.head_dim) + ": expected a multiple of 16");
  }
  if (spec.rope_inverse_frequencies.size() != spec.head_dim / 2) {
    return invalid("there are " + std::to_string(spec.rope_inverse_frequencies.size()) +
                   " RoPE frequencies: expected " + std::to_string(spec.head_dim / 2));
  }
  if (spec.rope_layers.size() != spec.layers) {
    return invalid("RoPE is given for " + std::to_string(spec.rope_layers.size()) +
                   " layers: expected " + std::to_string(spec.layers));
  }
  if (!(spec.rms_norm_epsilon >= 0) || !std::isfinite(spec.rms_norm_epsilon) ||
      !std::isfinite(spec.attention_scale) || !std::isfinite(spec.rope_magnitude)) {
    return invalid("RMS norm epsilon, attention scale or RoPE magnitude is not a finite number");
  }
  for (const float frequency : spec.rope_inverse_frequencies) {
    if (!std::isfinite(frequency)) return invalid("a RoPE frequency is not a finite number");
  }
  if (spec.attention_temperature) {
    if (!(spec.temperature_floor > 0) || !std::isfinite(spec.temperature_floor)) {
      return invalid("the attention temperature's floor is not a finite number above 0");
    }
    if (!std::isfinite(spec.temperature_scale)) {
      return invalid("the attention temperature's scale is not a finite number");
    }
  }
  return Status();
}

}  // namespace kinglet
