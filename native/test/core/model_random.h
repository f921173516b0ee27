// Models of random weights in temporary files, and a driver that steps them.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "architectures/architecture.h"
#include "kernels/dispatch.h"
#include "model.h"
#include "quant/formats.h"

namespace kinglet::test {

/// Small, with everything that an architecture has: grouped queries, a head size apart from
/// hidden / heads, rows that are no multiple of any tile.
inline ModelSpec small_spec(const std::string& architecture) {
  ModelSpec spec;
  spec.architecture = architecture;
  spec.layers = 2;
  spec.hidden_size = 64;
  spec.ffn_size = 96;
  spec.heads = 6;
  spec.kv_heads = architecture == "olmo2" ? 6 : 2;
  spec.head_dim = 32;
  spec.vocab_size = 83;
  spec.context_length = 1024;
  spec.rms_norm_epsilon = 1e-5f;
  spec.attention_scale = 1.0f / std::sqrt(32.0f);
  for (size_t i = 0; i < spec.head_dim / 2; ++i) {
    spec.rope_inverse_frequencies.push_back(
        std::pow(10000.0f, -2.0f * static_cast<float>(i) / static_cast<float>(spec.head_dim)));
  }
  spec.rope_layers.assign(spec.layers, 1);
  if (architecture == "llama4") {
    spec.rope_pairing = RopePairing::interleaved;
    spec.rope_layers.back() = 0;
    spec.qk_norm = true;
    spec.attention_temperature = true;
    spec.temperature_floor = 8;
    spec.temperature_scale = 0.1f;
  }
  return spec;
}

class RandomModel {
 public:
  /// Matrices are written in `format` (f32, or one that quantizes), the rest in f32.
  RandomModel(const ModelSpec& spec, Format format, bool tied = true) : spec_(spec) {
    char path[] = "/tmp/kinglet-test-XXXXXX";
    const int descriptor = mkstemp(path);
    REQUIRE(descriptor >= 0);
    path_ = path;
    file_ = fdopen(descriptor, "w+b");
    add("token_embd.weight", spec.vocab_size, spec.hidden_size, format);
    add("output_norm.weight", 1, spec.hidden_size, Format::f32);
    if (!tied) add("output.weight", spec.vocab_size, spec.hidden_size, format);
    for (size_t layer = 0; layer < spec.layers; ++layer) {
      for (const LayerTensor& tensor : find_architecture(spec.architecture)->layer_tensors()) {
        const bool is_matrix = tensor.matrix != nullptr && !tensor.is_bias;
        add("blk." + std::to_string(layer) + "." + std::string(tensor.name),
            extent(spec, tensor.rows), extent(spec, tensor.cols), is_matrix ? format : Format::f32);
      }
    }
    fflush(file_);
  }
  ~RandomModel() {
    fclose(file_);
    unlink(path_.c_str());
  }
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;

  LoadOptions options(const std::string& isa = "", size_t threads = 1) const {
    LoadOptions options;
    options.files = {path_};
    options.spec = spec_;
    options.tensors = tensors_;
    options.threads = threads;
    options.kv_blocks = 96;
    options.max_rows = 320;
    options.isa = isa;
    return options;
  }

  /// Overwrites one weight of a tensor that is in f32.
  void poison(const std::string& name, size_t index, float value) {
    for (const TensorEntry& tensor : tensors_) {
      if (tensor.name != name) continue;
      REQUIRE(tensor.format == Format::f32);
      fseek(file_, static_cast<long>(tensor.offset + index * sizeof(float)), SEEK_SET);
      fwrite(&value, sizeof value, 1, file_);
      fflush(file_);
      return;
    }
    FAIL("no tensor ", name);
  }

 private:
  void add(const std::string& name, size_t rows, size_t cols, Format format) {
    const FormatInfo& info = format_info(format);
    TensorEntry entry;
    entry.name = name;
    entry.format = format;
    entry.rows = rows;
    entry.cols = cols;
    entry.offset = end_;
    entry.bytes = rows * row_bytes(info, cols);
    // Norms near one, so that activations keep their size through the layers.
    std::normal_distribution<float> normal(rows == 1 ? 1.0f : 0.0f, 0.2f);
    std::vector<float> values(cols);
    std::vector<std::byte> packed(row_bytes(info, cols));
    for (size_t row = 0; row < rows; ++row) {
      for (float& value : values) value = normal(random_);
      const void* data = values.data();
      if (format != Format::f32) {
        info.quantize(packed.data(), values.data(), cols);
        data = packed.data();
      }
      REQUIRE(fwrite(data, 1, packed.size(), file_) == packed.size());
    }
    end_ += entry.bytes;
    tensors_.push_back(entry);
  }

  const ModelSpec spec_;
  std::string path_;
  FILE* file_ = nullptr;
  uint64_t end_ = 0;
  std::vector<TensorEntry> tensors_;
  std::mt19937 random_{42};
};

inline std::unique_ptr<Model> load(const LoadOptions& options) {
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, {}, &model);
  REQUIRE_MESSAGE(status.ok(), status.message());
  return model;
}

inline std::vector<int32_t> random_tokens(size_t count, size_t vocab, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<int32_t> tokens(count);
  for (int32_t& token : tokens) token = static_cast<int32_t>(random() % vocab);
  return tokens;
}

/// A sequence of the driver: its tokens, its blocks, and the logits that came of it.
struct Sequence {
  std::vector<int32_t> tokens;
  std::vector<int32_t> blocks;
  size_t computed = 0;
  std::vector<float> logits;  // [computed][vocab]
};

/// Runs the next `rows[i]` rows of each sequence in one step and appends all their logits.
inline void advance(Model& model, const std::vector<Sequence*>& sequences,
                    const std::vector<size_t>& rows) {
  std::vector<int32_t> tokens, row_offsets{0}, first_positions, block_offsets{0}, block_tables,
      logit_rows;
  for (size_t s = 0; s < sequences.size(); ++s) {
    const Sequence& sequence = *sequences[s];
    first_positions.push_back(static_cast<int32_t>(sequence.computed));
    for (size_t i = 0; i < rows[s]; ++i) {
      logit_rows.push_back(static_cast<int32_t>(tokens.size()));
      tokens.push_back(sequence.tokens.at(sequence.computed + i));
    }
    row_offsets.push_back(static_cast<int32_t>(tokens.size()));
    block_tables.insert(block_tables.end(), sequence.blocks.begin(), sequence.blocks.end());
    block_offsets.push_back(static_cast<int32_t>(block_tables.size()));
  }
  const size_t vocab = model.spec().vocab_size;
  std::vector<float> logits(tokens.size() * vocab);
  StepBatch batch;
  batch.tokens = tokens.data();
  batch.rows = tokens.size();
  batch.row_offsets = row_offsets.data();
  batch.first_positions = first_positions.data();
  batch.sequences = sequences.size();
  batch.block_offsets = block_offsets.data();
  batch.block_tables = block_tables.data();
  batch.logit_rows = logit_rows.data();
  batch.logit_row_count = logit_rows.size();
  StepResults results;
  results.logits = logits.data();
  const Status status = model.step(batch, results);
  REQUIRE_MESSAGE(status.ok(), status.message());
  const float* next = logits.data();
  for (size_t s = 0; s < sequences.size(); ++s) {
    sequences[s]->logits.insert(sequences[s]->logits.end(), next, next + rows[s] * vocab);
    sequences[s]->computed += rows[s];
    next += rows[s] * vocab;
  }
}

/// Blocks first, first + step, ... for `tokens` tokens.
inline std::vector<int32_t> some_blocks(size_t tokens, int32_t first, int32_t step = 1) {
  std::vector<int32_t> blocks;
  for (size_t i = 0; i * kv_block_tokens < tokens; ++i) {
    blocks.push_back(first + static_cast<int32_t>(i) * step);
  }
  return blocks;
}

/// The tables that this CPU can run.
inline std::vector<std::string> available_isas() {
  std::vector<std::string> isas;
  for (const KernelVariant& variant : kernel_variants()) {
    if (variant.supported()) isas.emplace_back(variant.isa);
  }
  return isas;
}

}  // namespace kinglet::test
