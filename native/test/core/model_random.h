// Models of random weights in temporary files, and a driver that steps them.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

/// As small_spec("llama"), but with rows that the blocks of every format divide.
inline ModelSpec blocks_spec() {
  ModelSpec spec = small_spec("llama");
  spec.hidden_size = 256;
  spec.ffn_size = 512;
  spec.heads = 8;
  return spec;
}

/// As small_spec("llama"), with whole blocks of a format in the rows of every matrix.
inline ModelSpec spec_of_blocks(const FormatInfo& info) {
  ModelSpec spec = small_spec("llama");
  if (info.block_values <= 32) return spec;
  spec.hidden_size = info.block_values;
  spec.ffn_size = info.block_values;
  spec.heads = info.block_values / spec.head_dim;
  return spec;
}

inline void set_layers(ModelSpec& spec, size_t layers) {
  spec.layers = layers;
  spec.rope_layers.assign(layers, 1);
}

class RandomModel {
 public:
  /// `zeros` are for tests to which values are nothing: they are quick to write.
  enum class Values : uint8_t { random, zeros };

  /// Matrices are written in `format`, the rest in f32.
  RandomModel(const ModelSpec& spec, Format format, bool tied = true,
              Values values = Values::random)
      : RandomModel(spec) {
    values_ = values;
    add("token_embd.weight", spec.vocab_size, spec.hidden_size, format);
    add("output_norm.weight", 1, spec.hidden_size, Format::f32);
    if (!tied) add("output.weight", spec.vocab_size, spec.hidden_size, format);
    for (size_t layer = 0; layer < spec.layers; ++layer) {
      for (const LayerTensor& tensor : find_architecture(spec.architecture)->layer_tensors()) {
        const bool is_matrix = tensor.matrix != nullptr && !tensor.is_bias;
        add("blk." + std::to_string(layer) + "." + std::string(tensor.name),
            side_length(spec, tensor.rows), side_length(spec, tensor.cols),
            is_matrix ? format : Format::f32);
      }
    }
    fflush(file_);
  }
  /// The same weights, each matrix in the format that its own is computed in.
  static std::unique_ptr<RandomModel> converted(const RandomModel& from) {
    std::unique_ptr<RandomModel> to(new RandomModel(from.spec_));
    for (const TensorEntry& tensor : from.tensors_) {
      const FormatInfo& info = format_info(tensor.format);
      TensorEntry entry = tensor;
      entry.format = info.computed_as;
      std::vector<std::byte> in(row_bytes(info, tensor.cols));
      std::vector<std::byte> out(row_bytes(format_info(entry.format), tensor.cols));
      fseek(from.file_, static_cast<long>(tensor.offset), SEEK_SET);
      for (size_t row = 0; row < tensor.rows; ++row) {
        REQUIRE(fread(in.data(), 1, in.size(), from.file_) == in.size());
        if (entry.format == tensor.format) {
          out = in;
        } else {
          info.convert(out.data(), in.data(), tensor.cols);
        }
        to->write(out);
      }
      to->append(entry);
    }
    fflush(to->file_);
    return to;
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
  explicit RandomModel(const ModelSpec& spec) : spec_(spec) {
    char path[] = "/tmp/kinglet-test-XXXXXX";
    const int descriptor = mkstemp(path);
    REQUIRE(descriptor >= 0);
    path_ = path;
    file_ = fdopen(descriptor, "w+b");
  }

  void add(const std::string& name, size_t rows, size_t cols, Format format) {
    const FormatInfo& info = format_info(format);
    // Norms near one, so that activations keep their size through the layers.
    std::normal_distribution<float> normal(rows == 1 ? 1.0f : 0.0f, 0.2f);
    std::vector<float> values(cols);
    std::vector<std::byte> packed(row_bytes(info, cols));
    for (size_t row = 0; row < rows; ++row) {
      if (values_ == Values::zeros) {
        // As `packed` is.
      } else if (format != Format::f32 && info.quantize == nullptr) {
        fill_blocks(info, packed);
      } else {
        for (float& value : values) value = normal(random_);
        if (format == Format::f32) {
          std::memcpy(packed.data(), values.data(), packed.size());
        } else {
          info.quantize(packed.data(), values.data(), cols);
        }
      }
      write(packed);
    }
    TensorEntry entry;
    entry.name = name;
    entry.format = format;
    entry.rows = rows;
    entry.cols = cols;
    append(entry);
  }

  /// Random bytes, drawn again until a block's weights have a likely size: nothing here knows where
  /// a format keeps its scales.
  void fill_blocks(const FormatInfo& info, std::vector<std::byte>& row) {
    std::vector<float> values(info.block_values);
    for (size_t begin = 0; begin < row.size(); begin += info.block_bytes) {
      double rms = 0;
      while (!(rms > 0.05 && rms < 0.2)) {
        for (size_t i = 0; i < info.block_bytes; ++i) {
          row[begin + i] = static_cast<std::byte>(random_());
        }
        info.dequantize(values.data(), row.data() + begin, info.block_values);
        double sum = 0;
        for (const float value : values) sum += double{value} * value;
        rms = std::sqrt(sum / static_cast<double>(values.size()));
      }
    }
  }

  void write(const std::vector<std::byte>& row) {
    REQUIRE(fwrite(row.data(), 1, row.size(), file_) == row.size());
  }

  void append(TensorEntry entry) {
    entry.offset = end_;
    entry.bytes = entry.rows * row_bytes(format_info(entry.format), entry.cols);
    end_ += entry.bytes;
    tensors_.push_back(entry);
  }

  const ModelSpec spec_;
  Values values_ = Values::random;
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
  batch.counts.rows = tokens.size();
  batch.row_offsets = row_offsets.data();
  batch.first_positions = first_positions.data();
  batch.counts.sequences = sequences.size();
  batch.block_offsets = block_offsets.data();
  batch.block_tables = block_tables.data();
  batch.logit_rows = logit_rows.data();
  batch.counts.logit_rows = logit_rows.size();
  StepResults results;
  results.logits = logits.data();
  model.start(batch, results);
  const Status status = model.finish();
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

/// The tables that this CPU can run, or the best one where KINGLET_TEST_QUICK is set.
inline std::vector<std::string> available_isas() {
  std::vector<std::string> isas;
  for (const KernelVariant& variant : kernel_variants()) {
    if (variant.supported()) isas.emplace_back(variant.isa);
  }
  if (std::getenv("KINGLET_TEST_QUICK") != nullptr) isas.resize(1);
  return isas;
}

}  // namespace kinglet::test
