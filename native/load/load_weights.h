// From files to packed weights.
#pragma once

#include "compute/weights.h"
#include "load/load_options.h"
#include "load/packed_cache.h"
#include "load/weight_plan.h"
#include "platform/page_memory.h"
#include "platform/signals.h"
#include "platform/status.h"
#include "platform/thread_pool.h"

namespace kinglet {

/// Opens the files, checks that every tensor of the plan lies inside its file, and packs all of
/// them on the threads of `pool` into the weights that the plan was made for. Weights that are not
/// finite, in the file or in the format that they are converted to, are refused. With
/// LoadOptions::packed_cache the packed weights are read from `cache` instead where it has them.
///
/// Errors: file_unreadable, file_malformed, unsupported_model, out_of_memory, cancelled; messages
/// name the file, the tensor and what was expected.
Status load_weights(const LoadOptions& options, WeightPlan& plan, ThreadPool& pool,
                    const Signals& signals, MappedBytes& mapped, Weights* weights,
                    PackedCache* cache);

}  // namespace kinglet
