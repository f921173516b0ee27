// The weights of a model in memory, packed for the kernels that multiply by them.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "platform/page_memory.h"

namespace kinglet {

/// A weight matrix [rows][cols] in the packed layout of its kernel: y = W x (+ bias).
struct Matrix {
  const MatmulKernel* kernel = nullptr;
  const std::byte* packed = nullptr;
  size_t rows = 0;
  size_t cols = 0;
  const float* bias = nullptr;  // [rows], or null
};

/// What a layer of any architecture may have; its LayerTensor rows say what it does have.
struct LayerWeights {
  Matrix q, k, v, output;
  Matrix gate, up, down;
  const float* attention_norm = nullptr;       // [hidden], before attention
  const float* post_attention_norm = nullptr;  // [hidden], after it
  const float* ffn_norm = nullptr;             // [hidden], before the feed-forward
  const float* post_ffn_norm = nullptr;        // [hidden], after it
  const float* q_norm = nullptr;               // [head_dim], or [heads * head_dim]
  const float* k_norm = nullptr;               // [head_dim], or [kv_heads * head_dim]
};

struct Weights {
  Matrix embedding;
  Matrix head;                         // the embedding itself where the two are tied
  const float* output_norm = nullptr;  // [hidden]
  std::vector<LayerWeights> layers;

  PageMemory memory;  // holds all of the above
};

}  // namespace kinglet
