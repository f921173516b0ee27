// A loaded model: packed weights, the KV pool, and the step that runs rows through the layers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "load/cache_report.h"
#include "load/load_options.h"
#include "load/model_sizes.h"
#include "model_spec.h"
#include "platform/signals.h"
#include "platform/status.h"

namespace kinglet {

struct ModelInfo {
  std::string isa;
  std::vector<std::string> kernels;  // names of the matmul kernels in use, sorted
  ModelSizes sizes;
  size_t step_weight_bytes = 0;  // of sizes.weights, all but an embedding that is not the head too
  size_t pinned_threads = 0;     // bound to one CPU each, the loading one included
  size_t mapped_bytes = 0;       // as the allocator counted when the load ended
  size_t peak_mapped_bytes = 0;  // at most, while it went on
  std::vector<Conversion> conversions;
  CacheReport packed_cache;
};

class Model {
 public:
  /// What load() would take with the same options, by the same code. Checks everything that load()
  /// checks without the files, opens none of them, starts no thread and takes none of that memory.
  static Status measure(const LoadOptions& options, ModelSizes* sizes);

  /// Opens the files, checks every tensor against them, reads and packs the weights on all threads,
  /// or has them from LoadOptions::packed_cache, and allocates the KV pool. The calling thread is
  /// the one that runs steps: CpuPlacement::pin binds it too.
  static Status load(const LoadOptions& options, const Signals& signals,
                     std::unique_ptr<Model>* model);
  ~Model();

  const ModelInfo& info() const;
  const ModelSpec& spec() const;

  /// Begins to run one batch, whose arrays are not to be touched until finish() has returned; the
  /// caller may do something else meanwhile.
  void start(const StepBatch& batch, const StepResults& results);

  /// Helps with the batch until it is done. `cancelled` leaves the KV of its rows undefined.
  Status finish();

  /// Copies KV blocks over all layers: pairs (from, to), in order.
  void copy_blocks(const int32_t* pairs, size_t count);

  /// Writes random keys and values, the same ones each time, into every block of the pool: what
  /// decodes after a long context can be timed without the context's having been computed.
  void fill_kv();

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kinglet
