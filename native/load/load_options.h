// What a model is loaded from, and how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model_spec.h"
#include "platform/thread_pool.h"
#include "quant/formats.h"

namespace kinglet {

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
  automatic,  // each weight as FormatInfo::computed_as or `quantize_to` says
  floating,   // everything dequantized to f32, KV in f32: the reference
};

/// How keys and values are kept where nothing asks for the reference.
enum class KvCacheType : uint8_t { f16, q8 };

/// Where packed weights are kept from one start to the next.
struct PackedCacheOptions {
  std::string folder;
  std::string key;          // what else decides what is packed: this build, the files' headers
  uint64_t most_bytes = 0;  // of all such files of the folder together
};

struct LoadOptions {
  std::vector<std::string> files;
  ModelSpec spec;
  std::vector<TensorEntry> tensors;
  Compute compute = Compute::automatic;
  KvCacheType kv_cache_type = KvCacheType::f16;
  std::optional<Format> quantize_to;  // one with FormatInfo::quantize, for float matrices
  size_t threads = 1;
  CpuPlacement placement;
  size_t kv_blocks = 0;
  size_t max_rows = 0;  // of one step
  std::string isa;      // --isa or KINGLET_ISA, or empty
  std::optional<PackedCacheOptions> packed_cache;
};

/// A tensor that is not computed in its file's format.
struct Conversion {
  std::string tensor;
  Format from;
  Format to;
  uint64_t bytes_before;
  uint64_t bytes_after;
};

}  // namespace kinglet
