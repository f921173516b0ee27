// A loaded model: packed weights, the KV pool, and the step that runs rows through the layers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "load/load_options.h"
#include "model_spec.h"
#include "platform/signals.h"
#include "platform/status.h"

namespace kinglet {

struct ModelInfo {
  std::string isa;
  std::vector<std::string> kernels;  // names of the matmul kernels in use, sorted
  uint64_t weight_bytes = 0;         // packed, resident
  uint64_t kv_block_bytes = 0;       // one block over all layers
  uint64_t scratch_bytes = 0;
  std::vector<Conversion> conversions;
};

class Model {
 public:
  /// Opens the files, checks every tensor against them, reads and packs the weights on all threads
  /// and allocates the KV pool.
  static Status load(const LoadOptions& options, const Signals& signals,
                     std::unique_ptr<Model>* model);
  ~Model();

  const ModelInfo& info() const;
  const ModelSpec& spec() const;

  /// Runs one batch. `cancelled` leaves the KV of its rows undefined.
  Status step(const StepBatch& batch, const StepResults& results);

  /// Copies KV blocks over all layers: pairs (from, to), in order.
  void copy_blocks(const int32_t* pairs, size_t count);

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kinglet
