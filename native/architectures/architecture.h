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

/// A side of a tensor, as the model's hyperparameters give it.
enum class TensorSide : uint8_t {
  one,
  hidden,
  ffn,
  query,      // heads * head_dim
  key_value,  // kv_heads * head_dim
  head,       // head_dim
  vocabulary,
};

size_t side_length(const ModelSpec& spec, TensorSide side);

/// One tensor of a layer and where it belongs: a matrix, a bias of that matrix, or a vector.
struct LayerTensor {
  std::string_view name;  // what follows "blk.N."
  TensorSide rows = TensorSide::one;
  TensorSide cols = TensorSide::one;
  Matrix LayerWeights::* matrix = nullptr;  // of a matrix or a bias
  const float* LayerWeights::* vector = nullptr;
  bool is_bias = false;
  bool optional = false;
};

inline LayerTensor matrix(std::string_view name, Matrix LayerWeights::* member, TensorSide rows,
                          TensorSide cols) {
  return {.name = name, .rows = rows, .cols = cols, .matrix = member};
}
inline LayerTensor bias(std::string_view name, Matrix LayerWeights::* member, TensorSide length) {
  return {.name = name, .cols = length, .matrix = member, .is_bias = true};
}
inline LayerTensor optional_bias(std::string_view name, Matrix LayerWeights::* member,
                                 TensorSide length) {
  return {.name = name, .cols = length, .matrix = member, .is_bias = true, .optional = true};
}
inline LayerTensor norm(std::string_view name, const float* LayerWeights::* member,
                        TensorSide length) {
  return {.name = name, .cols = length, .vector = member};
}

/// The tensors of every layer.
using LayerTensors = std::vector<LayerTensor> (*)();

/// Runs all rows of a step through one layer: reads and updates ops.x.
using LayerForward = void (*)(Ops& ops, const LayerWeights& weights, size_t layer);

/// A model family, which its file in this folder defines as NAME_architecture.
struct Architecture {
  /// Nothing has a default, and nothing runs when the program starts.
  consteval Architecture(LayerTensors tensors, LayerForward layer)
      : layer_tensors(tensors), forward(layer) {}

  LayerTensors layer_tensors;
  LayerForward forward;
};

/// A row of the table, which the build makes from the files' names.
struct ArchitectureRow {
  std::string_view name;  // the file's, without .cpp: GGUF's general.architecture
  const Architecture* architecture;
};

/// All that are built.
std::span<const ArchitectureRow> architectures();

/// The one of a name, or null.
const Architecture* find_architecture(std::string_view name);

}  // namespace kinglet
