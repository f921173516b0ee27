#include "load/load_weights.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "load/model_file.h"
#include "load/piece.h"

namespace kinglet {

namespace {

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
  Loader(const WeightPlan& plan, ThreadPool& pool, const Signals& signals,
         const std::vector<ModelFile>& files)
      : plan_(plan), pool_(pool), signals_(signals), files_(files) {}

  /// Packs every tensor where the plan has laid it out.
  Status run(MappedBytes& mapped) {
    PageMemory memory;
    KINGLET_RETURN_IF_ERROR(allocate_layout(
        "pieces of weights",
        [&](MemoryLayout& layout) {
          workers_ = lay_out_pieces(layout, plan_.placements(), pool_.threads());
        },
        &memory, &mapped));
    uint64_t total = 0;
    for (const Placement& placement : plan_.placements()) total += placement.entry->bytes;
    uint64_t done = 0;
    for (const Placement& placement : plan_.placements()) {
      if (signals_.cancel != nullptr && signals_.cancel->load(std::memory_order_relaxed) != 0) {
        return Status(ErrorCode::cancelled, "loading was given up");
      }
      KINGLET_RETURN_IF_ERROR(placement.matrix != nullptr ? pack(placement)
                                                          : read_vector(placement));
      done += placement.entry->bytes;
      if (signals_.progress != nullptr) {
        const double share = static_cast<double>(done) / static_cast<double>(total);
        signals_.progress->store(static_cast<int32_t>(1000.0 * share), std::memory_order_relaxed);
      }
    }
    return Status();
  }

 private:
  PieceScratch scratch_of(size_t worker, const Placement& placement) const {
    MemoryLayout layout(workers_[worker]);
    return lay_out_piece(layout, placement);
  }

  Status read_vector(const Placement& placement) const {
    const TensorEntry& entry = *placement.entry;
    const PieceScratch scratch = scratch_of(0, placement);
    KINGLET_RETURN_IF_ERROR(read_rows(entry, 0, 1, scratch.read));
    auto* values = reinterpret_cast<float*>(placement.data);
    format_info(entry.format).dequantize(values, scratch.read, entry.cols);
    *placement.vector = values;
    return Status();
  }

  Status pack(const Placement& placement) const {
    Matrix& matrix = *placement.matrix;
    const size_t row_tile = matrix.kernel->row_tile;
    const size_t tiles = (matrix.rows + row_tile - 1) / row_tile;
    FirstError error;
    pool_.parallel_for(
        tiles, piece_rows(placement) / row_tile, [&](size_t begin, size_t end, size_t worker) {
          if (error.occurred()) return;
          Status status =
              pack_rows(placement, begin * row_tile, std::min(end * row_tile, matrix.rows),
                        scratch_of(worker, placement));
          if (!status.ok()) error.set(std::move(status));
        });
    matrix.packed = placement.data;
    return error.take();
  }

  Status pack_rows(const Placement& placement, size_t row_begin, size_t row_end,
                   const PieceScratch& scratch) const {
    const TensorEntry& entry = *placement.entry;
    const FormatInfo& from = format_info(entry.format);
    const FormatInfo& to = format_info(placement.format);
    KINGLET_RETURN_IF_ERROR(read_rows(entry, row_begin, row_end, scratch.read));
    if (from.format != to.format) {
      const size_t from_bytes = row_bytes(from, entry.cols);
      const size_t to_bytes = row_bytes(to, entry.cols);
      for (size_t row = 0; row < row_end - row_begin; ++row) {
        rewrite_row(scratch.rows + row * to_bytes, to, scratch.read + row * from_bytes, from,
                    entry.cols, scratch.floats);
      }
      if (!to.finite(scratch.rows, (row_end - row_begin) * entry.cols)) {
        return too_large(entry, to);
      }
    }
    placement.matrix->kernel->pack(placement.data, scratch.rows, row_begin, row_end, entry.rows,
                                   entry.cols);
    return Status();
  }

  /// Reads rows of a tensor as they stand in its file and checks that they are numbers: what is not
  /// finite would spread into every answer.
  Status read_rows(const TensorEntry& entry, size_t begin, size_t end, std::byte* out) const {
    const FormatInfo& format = format_info(entry.format);
    const size_t bytes = row_bytes(format, entry.cols);
    const ModelFile& file = files_[entry.file];
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

  Status too_large(const TensorEntry& entry, const FormatInfo& to) const {
    return Status(ErrorCode::unsupported_model,
                  files_[entry.file].path() + ": tensor " + entry.shown_name() +
                      " has weights too large for " + std::string(to.name) + ", in which " +
                      std::string(format_info(entry.format).name) +
                      " is computed here: --compute float computes them as they are");
  }

  const WeightPlan& plan_;
  ThreadPool& pool_;
  const Signals& signals_;
  const std::vector<ModelFile>& files_;
  std::vector<std::byte*> workers_;  // [threads] room for a piece each
};

}  // namespace

Status load_weights(const LoadOptions& options, WeightPlan& plan, ThreadPool& pool,
                    const Signals& signals, MappedBytes& mapped, Weights* weights) {
  std::vector<ModelFile> files(options.files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    KINGLET_RETURN_IF_ERROR(ModelFile::open(options.files[i], &files[i]));
  }
  KINGLET_RETURN_IF_ERROR(plan.directory().check_files(files));
  KINGLET_RETURN_IF_ERROR(allocate_layout(
      "weights", [&](MemoryLayout& layout) { plan.lay_out(layout); }, &weights->memory, &mapped));
  KINGLET_RETURN_IF_ERROR(Loader(plan, pool, signals, files).run(mapped));
  if (weights->head.kernel == nullptr) weights->head = weights->embedding;
  return Status();
}

}  // namespace kinglet
