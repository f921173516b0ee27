// From files to packed weights.
#pragma once

#include <vector>

#include "architectures/architecture.h"
#include "compute/weights.h"
#include "load/load_options.h"
#include "platform/signals.h"
#include "platform/status.h"
#include "platform/thread_pool.h"

namespace kinglet {

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
/// `conversions` lists the matrices that are not computed in their file's format.
///
/// Errors: file_unreadable, file_malformed, unsupported_model, out_of_memory, cancelled; messages
/// name the file, the tensor and what was expected.
Status load_weights(const LoadOptions& options, const Architecture& architecture,
                    const KernelTable& kernels, ThreadPool& pool, const Signals& signals,
                    Weights* weights, std::vector<Conversion>* conversions);

}  // namespace kinglet
