// What tells one model family from another: the tensors of a layer, and how a layer computes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "compute/weights.h"
#include "model_spec.h"

namespace kinglet {

class Ops;

/// A length that a tensor has by the model's hyperparameters.
enum class Extent : uint8_t {
  one,
  hidden,
  ffn,
  query,      // heads * head_dim
  key_value,  // kv_heads * head_dim
  head,       // head_dim
  vocab,
};

size_t extent(const ModelSpec& spec, Extent which);

/// One tensor of a layer and where it belongs: a matrix, a bias of that matrix, or a vector.
struct LayerTensor {
  std::string_view name;  // what follows "blk.N."
  Extent rows = Extent::one;
  Extent cols = Extent::one;
  Matrix LayerWeights::* matrix = nullptr;  // of a matrix or a bias
  const float* LayerWeights::* vector = nullptr;
  bool is_bias = false;
  bool optional = false;
};

inline LayerTensor matrix(std::string_view name, Matrix LayerWeights::* member, Extent rows,
                          Extent cols) {
  return {.name = name, .rows = rows, .cols = cols, .matrix = member};
}
inline LayerTensor bias(std::string_view name, Matrix LayerWeights::* member, Extent length) {
  return {.name = name, .cols = length, .matrix = member, .is_bias = true};
}
inline LayerTensor optional_bias(std::string_view name, Matrix LayerWeights::* member,
                                 Extent length) {
  return {.name = name, .cols = length, .matrix = member, .is_bias = true, .optional = true};
}
inline LayerTensor norm(std::string_view name, const float* LayerWeights::* member, Extent length) {
  return {.name = name, .cols = length, .vector = member};
}

/// A model family.
struct Architecture {
  std::string_view name;

  /// The tensors of every layer.
  std::vector<LayerTensor> (*layer_tensors)();

  /// Runs all rows of a step through one layer: reads and updates ops.x.
  void (*forward)(Ops& ops, const LayerWeights& weights, size_t layer);
};

/// The row of an architecture's name ("llama4", "llama", "qwen2", "qwen3", "olmo2"), or null.
const Architecture* find_architecture(std::string_view name);

/// All of them.
std::span<const Architecture> architectures();

}  // namespace kinglet
