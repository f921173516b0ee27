#include "load/load_weights.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "architectures/architecture.h"
#include "load/model_file.h"
#include "load/tensor_directory.h"

namespace kinglet {

namespace {

// What a thread reads, converts and packs at a time, so that it stays in its cache.
constexpr size_t piece_bytes = 256 << 10;

/// The format that a matrix is computed in. `is_vocabulary`: it is the embedding or the head.
Format computed_format(const LoadOptions& options, const TensorEntry& entry, bool is_vocabulary) {
  if (options.compute == Compute::floating) return Format::f32;
  if (options.quantize && format_info(entry.format).is_float() && entry.cols % q8_block == 0) {
    return is_vocabulary ? Format::q8_0 : options.quantize_to;
  }
  return format_info(entry.format).computed_as;
}

/// Rewrites a row of `cols` weights into another format. `scratch` holds `cols` floats.
void rewrite_row(std::byte* out, const FormatInfo& to, const std::byte* in, const FormatInfo& from,
                 size_t cols, float* scratch) {
  if (to.format == Format::f32) {
    from.dequantize(reinterpret_cast<float*>(out), in, cols);
  } else if (to.format == from.computed_as) {
    convert_row(out, from, in, cols, scratch);
  } else {
    from.dequantize(scratch, in, cols);
    to.quantize(out, scratch, cols);
  }
}

/// Where a tensor is to lie in Weights::memory, and who points to it.
struct Placement {
  const TensorEntry* entry;
  Matrix* matrix;        // of a matrix
  const float** vector;  // of a vector
  Format format;
  size_t offset;
};

/// What went wrong first on one of several threads.
class FirstError {
 public:
  bool occurred() const { return occurred_.load(std::memory_order_relaxed); }

  void set(Status status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!occurred_.exchange(true, std::memory_order_relaxed)) status_ = std::move(status);
  }

  Status take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(status_);
  }

 private:
  std::atomic<bool> occurred_ = false;
  std::mutex mutex_;
  Status status_;
};

class Loader {
 public:
  Loader(const LoadOptions& options, const Architecture& architecture, const KernelTable& kernels,
         ThreadPool& pool, const Signals& signals, Weights& weights,
         std::vector<Conversion>& conversions)
      : options_(options),
        kernels_(kernels),
        pool_(pool),
        signals_(signals),
        weights_(weights),
        conversions_(conversions),
        layer_tensors_(architecture.layer_tensors()) {}

  Status run() {
    files_.resize(options_.files.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      KINGLET_RETURN_IF_ERROR(ModelFile::open(options_.files[i], &files_[i]));
    }
    KINGLET_RETURN_IF_ERROR(
        TensorDirectory::check(options_.tensors, files_, requirements(), &directory_));
    KINGLET_RETURN_IF_ERROR(place_all());
    if (layout_.overflowed()) {
      return Status(ErrorCode::out_of_memory, "the weights are more than this machine can address");
    }
    KINGLET_RETURN_IF_ERROR(PageMemory::allocate(layout_.bytes(), "weights", &weights_.memory));
    return fill();
  }

 private:
  std::vector<TensorRequirement> requirements() const {
    const ModelSpec& spec = options_.spec;
    std::vector<TensorRequirement> result = {
        {"token_embd.weight", spec.vocab_size, spec.hidden_size},
        {"output.weight", spec.vocab_size, spec.hidden_size, /*optional=*/true},
        {"output_norm.weight", 1, spec.hidden_size},
    };
    for (size_t layer = 0; layer < spec.layers; ++layer) {
      for (const LayerTensor& tensor : layer_tensors_) {
        result.push_back({name_of(layer, tensor), extent(spec, tensor.rows),
                          extent(spec, tensor.cols), tensor.optional});
      }
    }
    return result;
  }

  static std::string name_of(size_t layer, const LayerTensor& tensor) {
    return "blk." + std::to_string(layer) + "." + std::string(tensor.name);
  }

  Status place_all() {
    weights_.layers.resize(options_.spec.layers);
    KINGLET_RETURN_IF_ERROR(
        place_matrix("token_embd.weight", &weights_.embedding, /*is_vocabulary=*/true));
    KINGLET_RETURN_IF_ERROR(place_matrix("output.weight", &weights_.head, /*is_vocabulary=*/true));
    place_vector("output_norm.weight", &weights_.output_norm);
    for (size_t layer = 0; layer < weights_.layers.size(); ++layer) {
      LayerWeights& target = weights_.layers[layer];
      for (const LayerTensor& tensor : layer_tensors_) {
        const std::string name = name_of(layer, tensor);
        if (tensor.vector != nullptr) {
          place_vector(name, &(target.*tensor.vector));
        } else if (tensor.is_bias) {
          place_vector(name, &(target.*tensor.matrix).bias);
        } else {
          KINGLET_RETURN_IF_ERROR(
              place_matrix(name, &(target.*tensor.matrix), /*is_vocabulary=*/false));
        }
      }
    }
    return Status();
  }

  Status place_matrix(const std::string& name, Matrix* matrix, bool is_vocabulary) {
    const TensorEntry* entry = directory_.find(name);
    if (entry == nullptr) return Status();
    const Format format = computed_format(options_, *entry, is_vocabulary);
    matrix->kernel = find_unit(kernels_, format);
    if (matrix->kernel == nullptr) return no_unit(*entry, format);
    matrix->rows = entry->rows;
    matrix->cols = entry->cols;
    const size_t bytes = matrix->kernel->packed_bytes(entry->rows, entry->cols);
    placements_.push_back({entry, matrix, nullptr, format, layout_.add(bytes)});
    total_bytes_ += entry->bytes;
    if (format != entry->format) {
      conversions_.push_back({name, entry->format, format, entry->bytes, bytes});
    }
    return Status();
  }

  Status no_unit(const TensorEntry& entry, Format format) const {
    return Status(ErrorCode::unsupported_model,
                  directory_.file(entry).path() + ": tensor " + entry.shown_name() +
                      " is computed in " + std::string(format_info(format).name) +
                      ", for which this build has no kernel on " + kernels_.isa +
                      ": KINGLET_ISA can name another instruction set");
  }

  void place_vector(const std::string& name, const float** vector) {
    const TensorEntry* entry = directory_.find(name);
    if (entry == nullptr) return;
    const size_t offset = layout_.add(entry->cols, sizeof(float));
    placements_.push_back({entry, nullptr, vector, Format::f32, offset});
    total_bytes_ += entry->bytes;
  }

  Status fill() {
    uint64_t done = 0;
    for (const Placement& placement : placements_) {
      if (signals_.cancel != nullptr && signals_.cancel->load(std::memory_order_relaxed) != 0) {
        return Status(ErrorCode::cancelled, "loading was given up");
      }
      std::byte* target = weights_.memory.data() + placement.offset;
      if (placement.matrix != nullptr) {
        KINGLET_RETURN_IF_ERROR(pack(placement, target));
        placement.matrix->packed = target;
      } else {
        auto* values = reinterpret_cast<float*>(target);
        KINGLET_RETURN_IF_ERROR(read_vector(*placement.entry, values));
        *placement.vector = values;
      }
      done += placement.entry->bytes;
      if (signals_.progress != nullptr) {
        signals_.progress->store(static_cast<int32_t>(1000.0 * static_cast<double>(done) /
                                                      static_cast<double>(total_bytes_)),
                                 std::memory_order_relaxed);
      }
    }
    if (weights_.head.kernel == nullptr) weights_.head = weights_.embedding;
    return Status();
  }

  /// Makes piece_scratch_ at least so large.
  Status reserve_scratch(size_t bytes) {
    if (bytes <= piece_scratch_.size()) return Status();
    PageMemory larger;
    KINGLET_RETURN_IF_ERROR(PageMemory::allocate(bytes, "pieces of weights", &larger));
    piece_scratch_ = std::move(larger);
    return Status();
  }

  Status read_vector(const TensorEntry& entry, float* values) {
    KINGLET_RETURN_IF_ERROR(reserve_scratch(entry.bytes));
    KINGLET_RETURN_IF_ERROR(read_rows(entry, 0, 1, piece_scratch_.data()));
    format_info(entry.format).dequantize(values, piece_scratch_.data(), entry.cols);
    return Status();
  }

  /// Reads rows of a tensor as they stand in its file and checks that they are numbers: what is not
  /// finite would spread into every answer.
  Status read_rows(const TensorEntry& entry, size_t begin, size_t end, std::byte* out) const {
    const FormatInfo& format = format_info(entry.format);
    const size_t bytes = row_bytes(format, entry.cols);
    const ModelFile& file = directory_.file(entry);
    KINGLET_RETURN_IF_ERROR(file.read(entry.offset + begin * bytes, (end - begin) * bytes, out));
    if (!format.finite(out, (end - begin) * entry.cols)) {
      return Status(ErrorCode::file_malformed,
                    file.path() + ": tensor " + entry.shown_name() + ": rows " +
                        std::to_string(begin) + " to " + std::to_string(end - 1) +
                        " hold weights that are infinite or no numbers: the file is damaged, or "
                        "its training or conversion went wrong");
    }
    return Status();
  }

  Status pack(const Placement& placement, std::byte* packed) {
    const TensorEntry& entry = *placement.entry;
    const MatmulKernel& kernel = *placement.matrix->kernel;
    const FormatInfo& from = format_info(entry.format);
    const FormatInfo& to = format_info(placement.format);
    const size_t from_bytes = row_bytes(from, entry.cols);
    const size_t to_bytes = row_bytes(to, entry.cols);
    const bool rewrite = from.format != to.format;

    const size_t tiles = (entry.rows + kernel.row_tile - 1) / kernel.row_tile;
    const size_t piece_tiles = std::clamp<size_t>(
        piece_bytes / (kernel.row_tile * std::max(from_bytes, to_bytes)), 1, tiles);
    const size_t piece_rows = piece_tiles * kernel.row_tile;
    MemoryLayout layout;
    const size_t read_offset = layout.add(piece_rows, from_bytes);
    const size_t rows_offset = rewrite ? layout.add(piece_rows, to_bytes) : read_offset;
    const size_t floats_offset = layout.add(rewrite ? entry.cols : 0, sizeof(float));
    KINGLET_RETURN_IF_ERROR(reserve_scratch(layout.bytes() * pool_.threads()));

    FirstError error;
    pool_.parallel_for(tiles, piece_tiles, [&](size_t begin, size_t end, size_t worker) {
      if (error.occurred()) return;
      const size_t row_begin = begin * kernel.row_tile;
      const size_t row_end = std::min(end * kernel.row_tile, entry.rows);
      std::byte* scratch = piece_scratch_.data() + worker * layout.bytes();
      const std::byte* source = scratch + read_offset;
      std::byte* rows = scratch + rows_offset;
      Status status = read_rows(entry, row_begin, row_end, scratch + read_offset);
      if (status.ok() && rewrite) {
        for (size_t row = 0; row < row_end - row_begin; ++row) {
          rewrite_row(rows + row * to_bytes, to, source + row * from_bytes, from, entry.cols,
                      reinterpret_cast<float*>(scratch + floats_offset));
        }
        if (!to.finite(rows, (row_end - row_begin) * entry.cols)) status = too_large(entry, to);
      }
      if (!status.ok()) {
        error.set(std::move(status));
        return;
      }
      kernel.pack(packed, rows, row_begin, row_end, entry.rows, entry.cols);
    });
    return error.take();
  }

  Status too_large(const TensorEntry& entry, const FormatInfo& to) const {
    return Status(ErrorCode::unsupported_model,
                  directory_.file(entry).path() + ": tensor " + entry.shown_name() +
                      " has weights too large for " + std::string(to.name) + ", in which " +
                      std::string(format_info(entry.format).name) +
                      " is computed here: --compute float computes them as they are");
  }

  const LoadOptions& options_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  const Signals& signals_;
  Weights& weights_;
  std::vector<Conversion>& conversions_;
  const std::vector<LayerTensor> layer_tensors_;

  std::vector<ModelFile> files_;
  TensorDirectory directory_;
  MemoryLayout layout_;
  std::vector<Placement> placements_;
  uint64_t total_bytes_ = 0;
  PageMemory piece_scratch_;
};

}  // namespace

Status load_weights(const LoadOptions& options, const Architecture& architecture,
                    const KernelTable& kernels, ThreadPool& pool, const Signals& signals,
                    Weights* weights, std::vector<Conversion>* conversions) {
  return Loader(options, architecture, kernels, pool, signals, *weights, *conversions).run();
}

}  // namespace kinglet
