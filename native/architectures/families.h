// What each family's file gives to the registry.
#pragma once

#include <vector>

#include "architectures/architecture.h"

namespace kinglet {

std::vector<LayerTensor> llama4_tensors();
void llama4_forward(Ops& ops, const LayerWeights& weights, size_t layer);

std::vector<LayerTensor> llama_tensors();
void llama_forward(Ops& ops, const LayerWeights& weights, size_t layer);

std::vector<LayerTensor> qwen2_tensors();
void qwen2_forward(Ops& ops, const LayerWeights& weights, size_t layer);

std::vector<LayerTensor> qwen3_tensors();
void qwen3_forward(Ops& ops, const LayerWeights& weights, size_t layer);

std::vector<LayerTensor> olmo2_tensors();
void olmo2_forward(Ops& ops, const LayerWeights& weights, size_t layer);

}  // namespace kinglet
