#include "weights.h"

#include <algorithm>
#include <string>

#include "architectures/architecture.h"
#include "mapped_file.h"
#include "tensor_directory.h"

namespace kinglet {

namespace {

// What a thread converts at a time, so that it stays in its cache.
constexpr size_t piece_bytes = 256 << 10;

bool is_float(Format format) {
  return format == Format::f32 || format == Format::f16 || format == Format::bf16;
}

/// The format that a matrix is computed in. `is_vocabulary`: it is the embedding or the head.
Format computed_format(const LoadOptions& options, const TensorEntry& entry, bool is_vocabulary) {
  if (options.compute == Compute::floating) return Format::f32;
  if (options.quantize && is_float(entry.format) && entry.cols % q8_block == 0) {
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

class Loader {
 public:
  Loader(const LoadOptions& options, const Architecture& architecture, const KernelTable& kernels,
         ThreadPool& pool, const Signals& signals, Weights& weights)
      : options_(options),
        kernels_(kernels),
        pool_(pool),
        signals_(signals),
        weights_(weights),
        layer_tensors_(architecture.layer_tensors()) {}

  Status run() {
    files_.resize(options_.files.size());
    for (size_t i = 0; i < files_.size(); ++i) {
      KINGLET_RETURN_IF_ERROR(MappedFile::open(options_.files[i], &files_[i]));
    }
    KINGLET_RETURN_IF_ERROR(
        TensorDirectory::check(options_.tensors, files_, requirements(), &directory_));
    place_all();
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

  void place_all() {
    weights_.layers.resize(options_.spec.layers);
    place_matrix("token_embd.weight", &weights_.embedding, /*is_vocabulary=*/true);
    place_matrix("output.weight", &weights_.head, /*is_vocabulary=*/true);
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
          place_matrix(name, &(target.*tensor.matrix), /*is_vocabulary=*/false);
        }
      }
    }
  }

  void place_matrix(const std::string& name, Matrix* matrix, bool is_vocabulary) {
    const TensorEntry* entry = directory_.find(name);
    if (entry == nullptr) return;
    const Format format = computed_format(options_, *entry, is_vocabulary);
    matrix->kernel = &matmul_kernel(kernels_, format);
    matrix->rows = entry->rows;
    matrix->cols = entry->cols;
    const size_t bytes = matrix->kernel->packed_bytes(entry->rows, entry->cols);
    placements_.push_back({entry, matrix, nullptr, format, layout_.add(bytes)});
    total_bytes_ += entry->bytes;
    if (format != entry->format) {
      weights_.conversions.push_back({name, entry->format, format, entry->bytes, bytes});
    }
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
        format_info(placement.entry->format)
            .dequantize(values, directory_.data(*placement.entry), placement.entry->cols);
        *placement.vector = values;
      }
      directory_.file(*placement.entry).release(placement.entry->offset, placement.entry->bytes);
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

  Status pack(const Placement& placement, std::byte* packed) {
    const TensorEntry& entry = *placement.entry;
    const MatmulKernel& kernel = *placement.matrix->kernel;
    const FormatInfo& from = format_info(entry.format);
    const FormatInfo& to = format_info(placement.format);
    const size_t from_bytes = row_bytes(from, entry.cols);
    const size_t to_bytes = row_bytes(to, entry.cols);
    const bool rewrite = from.format != to.format;

    const size_t tiles = (entry.rows + kernel.row_tile - 1) / kernel.row_tile;
    const size_t piece_tiles =
        std::clamp<size_t>(piece_bytes / (kernel.row_tile * to_bytes), 1, tiles);
    MemoryLayout layout;
    const size_t rows_offset = layout.add(piece_tiles * kernel.row_tile, to_bytes);
    const size_t floats_offset = layout.add(entry.cols, sizeof(float));
    if (rewrite && layout.bytes() * pool_.threads() > rewrite_scratch_.size()) {
      PageMemory larger;
      KINGLET_RETURN_IF_ERROR(
          PageMemory::allocate(layout.bytes() * pool_.threads(), "conversion of weights", &larger));
      rewrite_scratch_ = std::move(larger);
    }
    const std::byte* data = directory_.data(entry);
    pool_.parallel_for(tiles, piece_tiles, [&](size_t begin, size_t end, size_t worker) {
      const size_t row_begin = begin * kernel.row_tile;
      const size_t row_end = std::min(end * kernel.row_tile, entry.rows);
      const std::byte* rows = data + row_begin * from_bytes;
      if (rewrite) {
        std::byte* scratch = rewrite_scratch_.data() + worker * layout.bytes();
        for (size_t row = row_begin; row < row_end; ++row) {
          rewrite_row(scratch + rows_offset + (row - row_begin) * to_bytes, to,
                      data + row * from_bytes, from, entry.cols,
                      reinterpret_cast<float*>(scratch + floats_offset));
        }
        rows = scratch + rows_offset;
      }
      kernel.pack(packed, rows, row_begin, row_end, entry.rows, entry.cols);
    });
    return Status();
  }

  const LoadOptions& options_;
  const KernelTable& kernels_;
  ThreadPool& pool_;
  const Signals& signals_;
  Weights& weights_;
  const std::vector<LayerTensor> layer_tensors_;

  std::vector<MappedFile> files_;
  TensorDirectory directory_;
  MemoryLayout layout_;
  std::vector<Placement> placements_;
  uint64_t total_bytes_ = 0;
  PageMemory rewrite_scratch_;
};

}  // namespace

Status load_weights(const LoadOptions& options, const Architecture& architecture,
                    const KernelTable& kernels, ThreadPool& pool, const Signals& signals,
                    Weights* weights) {
  return Loader(options, architecture, kernels, pool, signals, *weights).run();
}

}  // namespace kinglet
