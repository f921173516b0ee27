// What decoder layers have in common.
#pragma once

#include <vector>

#include "architectures/architecture.h"

namespace kinglet {

/// The seven matrices of attention and gated feed-forward.
std::vector<LayerTensor> projection_tensors();

/// Biases of attention's matrices, for families whose checkpoints may have them (attention_bias).
std::vector<LayerTensor> optional_attention_biases();

/// The seven matrices, with a norm before attention and one before the feed-forward, and whatever
/// `extra` adds.
std::vector<LayerTensor> pre_norm_tensors(std::vector<LayerTensor> extra = {});

/// x += W_down (silu(W_gate n) * (W_up n)) with n = RMSNorm(x): Shazeer, "GLU variants improve
/// transformer", 2020.
void pre_norm_feed_forward(Ops& ops, const LayerWeights& weights);

}  // namespace kinglet
