// The weights of a model in memory, packed for the kernels that multiply by them.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"
#include "model.h"
#include "page_memory.h"
#include "status.h"
#include "thread_pool.h"

namespace kinglet {

struct Architecture;

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
  std::vector<Conversion> conversions;
};

/// Checks every tensor of `options` against its file and against what `architecture` needs, then
/// packs all of them on the threads of `pool`.
///
/// Matrices are computed in FormatInfo::computed_as of their file's format. With
/// LoadOptions::quantize, float matrices whose cols are a multiple of 32 are rounded to
/// `quantize_to`; token_embd and output are rounded to q8_0 even then, as users of llama.cpp expect
/// of a Q4_0: the head's rounding touches every logit. Compute::floating dequantizes everything to
/// f32. Norms and biases are f32 always. A head that is absent is tied to the embedding, which then
/// lives once. Weights that are not finite, in the file or in the format that they are converted
/// to, are refused.
///
/// Errors: file_unreadable, file_malformed, unsupported_model, out_of_memory, cancelled; messages
/// name the file, the tensor and what was expected.
Status load_weights(const LoadOptions& options, const Architecture& architecture,
                    const KernelTable& kernels, ThreadPool& pool, const Signals& signals,
                    Weights* weights);

}  // namespace kinglet
