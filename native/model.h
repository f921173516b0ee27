// A loaded model: packed weights, the KV pool, and the step that runs rows through the layers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "batch.h"
#include "kernels/kernels.h"
#include "quant/formats.h"
#include "status.h"

namespace kinglet {

/// Hyperparameters, already read and checked by TypeScript (src/model/spec.ts has the same fields).
struct ModelSpec {
  std::string architecture;  // a row of architectures/registry.cpp
  size_t layers = 0;
  size_t hidden_size = 0;
  size_t ffn_size = 0;
  size_t heads = 0;
  size_t kv_heads = 0;
  size_t head_dim = 0;
  size_t vocab_size = 0;
  size_t context_length = 0;  // what this load will serve: RoPE tables and block tables reach it
  float rms_norm_epsilon = 0;
  float attention_scale = 0;

  RopePairing rope_pairing = RopePairing::half;
  std::vector<float> rope_inverse_frequencies;  // [head_dim / 2], scaling already applied
  float rope_magnitude = 1;                     // multiplies cosines and sines (YaRN)
  std::vector<uint8_t> rope_layers;             // [layers], 1: RoPE, 0: NoPE

  bool qk_norm = false;  // llama4: parameter-free norm of q and k after RoPE
  // llama4's NoPE layers: q is multiplied by
  // 1 + temperature_scale * log(1 + floor((position + 1) / temperature_floor)).
  bool attention_temperature = false;
  float temperature_floor = 0;
  float temperature_scale = 0;
};

/// Checks all that C++ relies on: sizes within bounds that rule out overflow, lengths of the lists,
/// finite numbers. `unsupported_model` names what is wrong.
Status check_spec(const ModelSpec& spec);

/// Where a tensor lies. Names are GGUF's ("blk.0.attn_q.weight"), whatever the file was.
struct TensorEntry {
  std::string name;
  std::string name_in_file;  // for messages; empty where it is the same
  size_t file = 0;           // index of LoadOptions::files
  Format format = Format::f32;
  size_t rows = 0;  // 1 for a vector
  size_t cols = 0;
  uint64_t offset = 0;  // from the start of the file
  uint64_t bytes = 0;

  const std::string& shown_name() const { return name_in_file.empty() ? name : name_in_file; }
};

enum class Compute : uint8_t {
  automatic,  // each weight in its own format, KV in f16
  floating,   // everything dequantized to f32, KV in f32: the reference
};

struct LoadOptions {
  std::vector<std::string> files;
  ModelSpec spec;
  std::vector<TensorEntry> tensors;
  Compute compute = Compute::automatic;
  bool quantize = false;  // float matrices to `quantize_to` when loading
  Format quantize_to = Format::q8_0;
  size_t threads = 1;
  std::vector<int> cpus;
  size_t kv_blocks = 0;
  size_t max_rows = 0;  // of one step
  std::string isa;      // KINGLET_ISA, or empty
};

/// Words that other threads may read and write while a call runs (one SharedArrayBuffer of Int32).
struct Signals {
  std::atomic<int32_t>* progress = nullptr;   // loading, in thousandths
  std::atomic<int32_t>* heartbeat = nullptr;  // counts layers run
  std::atomic<int32_t>* cancel = nullptr;     // non-zero: give up between layers
};

/// A tensor that is not computed in its file's format.
struct Conversion {
  std::string tensor;
  Format from;
  Format to;
  uint64_t bytes_before;
  uint64_t bytes_after;
};

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
