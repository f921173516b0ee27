#include "load/load_weights.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "load/model_file.h"
#include "load/piece.h"
#include "load/row_reader.h"
#include "platform/first_error.h"

namespace kinglet {

namespace {

class Loader {
 public:
  Loader(const WeightPlan& plan, ThreadPool& pool, const Signals& signals, const RowReader& reader)
      : plan_(plan), pool_(pool), signals_(signals), reader_(reader) {}

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
      if (signals_.cancelled()) return Status(ErrorCode::cancelled, "loading was given up");
      KINGLET_RETURN_IF_ERROR(placement.matrix != nullptr
                                  ? pack(placement)
                                  : reader_.read_vector(placement, scratch_of(0, placement),
                                                        reinterpret_cast<float*>(placement.data)));
      done += placement.entry->bytes;
      signals_.report_progress(done, total);
    }
    return Status();
  }

 private:
  PieceScratch scratch_of(size_t worker, const Placement& placement) const {
    MemoryLayout layout(workers_[worker]);
    return lay_out_piece(layout, placement, piece_rows(placement));
  }

  Status pack(const Placement& placement) const {
    const Matrix& matrix = *placement.matrix;
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
    return error.take();
  }

  Status pack_rows(const Placement& placement, size_t row_begin, size_t row_end,
                   const PieceScratch& scratch) const {
    const Matrix& matrix = *placement.matrix;
    KINGLET_RETURN_IF_ERROR(reader_.read_matrix(placement, row_begin, row_end, scratch));
    matrix.kernel->pack(placement.data, scratch.rows, row_begin, row_end, matrix.rows, matrix.cols);
    return Status();
  }

  const WeightPlan& plan_;
  ThreadPool& pool_;
  const Signals& signals_;
  const RowReader& reader_;
  std::vector<std::byte*> workers_;  // [threads] room for a piece each
};

}  // namespace

Status load_weights(const LoadOptions& options, WeightPlan& plan, ThreadPool& pool,
                    const Signals& signals, MappedBytes& mapped, Weights* weights,
                    PackedCache* cache) {
  std::vector<ModelFile> files(options.files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    KINGLET_RETURN_IF_ERROR(ModelFile::open(options.files[i], &files[i]));
  }
  KINGLET_RETURN_IF_ERROR(plan.directory().check_files(files));
  const auto allocate = [&] {
    return allocate_layout(
        "weights", [&](MemoryLayout& layout) { plan.lay_out(layout); }, &weights->memory, &mapped);
  };
  const RowReader reader(files);
  KINGLET_RETURN_IF_ERROR(allocate());
  if (options.packed_cache) {
    cache->open(*options.packed_cache, files, plan, weights->memory);
    KINGLET_RETURN_IF_ERROR(cache->read(plan, reader, weights->memory, pool, signals, mapped));
    if (cache->was_read()) {
      plan.bind(*weights);
      return Status();
    }
    // What was read of a damaged cache goes before new memory comes, which is zeros.
    weights->memory = PageMemory();
    KINGLET_RETURN_IF_ERROR(allocate());
  }
  for (const ModelFile& file : files) file.read_ahead();
  KINGLET_RETURN_IF_ERROR(Loader(plan, pool, signals, reader).run(mapped));
  plan.bind(*weights);
  cache->check_unchanged(files);
  return Status();
}

}  // namespace kinglet
