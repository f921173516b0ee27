// What a model is: the hyperparameters that layers compute with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "platform/status.h"

namespace kinglet {

/// The KV cache converts a head at a time, on the stack.
inline constexpr size_t max_head_dim = 1024;

/// Hyperparameters, already read and checked by TypeScript (src/model/model-spec.ts has the same
/// fields).
struct ModelSpec {
  std::string architecture;  // a name of architectures/architecture.h
  size_t layers = 0;
  size_t hidden_size = 0;
  size_t ffn_size = 0;
  size_t heads = 0;
  size_t kv_heads = 0;
  size_t head_dim = 0;
  size_t vocab_size = 0;
  size_t context_length = 0;  // what this load will serve: RoPE tables and block tables reach it
  float rms_norm_epsilon = 0;
  float attention_scale = 0;

  RopePairing rope_pairing = RopePairing::half;
  std::vector<float> rope_inverse_frequencies;  // [head_dim / 2], scaling already applied
  float rope_magnitude = 1;                     // multiplies cosines and sines (YaRN)
  std::vector<uint8_t> rope_layers;             // [layers], 1: RoPE, 0: NoPE

  bool qk_norm = false;  // llama4: parameter-free norm of q and k after RoPE
  // llama4's NoPE layers: q is multiplied by
  // 1 + temperature_scale * log(1 + floor((position + 1) / temperature_floor)).
  bool attention_temperature = false;
  float temperature_floor = 0;
  float temperature_scale = 0;
};

/// Checks all that C++ relies on: sizes within bounds that rule out overflow, lengths of the lists,
/// finite numbers. `unsupported_model` names the field as addon.ts does.
Status check_spec(const ModelSpec& spec);

}  // namespace kinglet
