// Packed weights that are kept in a file from one start to the next.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load/cache_folder.h"
#include "load/cache_head.h"
#include "load/cache_report.h"
#include "load/cache_writer.h"
#include "load/load_options.h"
#include "load/row_reader.h"
#include "load/weight_plan.h"
#include "platform/page_memory.h"
#include "platform/signals.h"
#include "platform/status.h"
#include "platform/thread_pool.h"

namespace kinglet {

/// Nothing that is wrong with a cache fails a load: the weights are packed then.
///
/// A file is used if its head has, byte for byte, the text that this load has: the operator's key,
/// of every model file what ModelFile::identify() tells, of every tensor its place in its file, its
/// shape and formats, the kernel that packs it and where it lies in memory; if every checksum
/// holds; and if check_samples() finds what the model's files hold now.
class PackedCache {
 public:
  /// Finds out where the file is and what must stand in it.
  void open(const PackedCacheOptions& options, const std::vector<ModelFile>& files,
            const WeightPlan& plan, const PageMemory& memory);

  /// Reads the weights into `memory`, piece by piece on all threads of `pool`, if that file is
  /// there and sound. Errors: `cancelled` and `out_of_memory` alone; all else is in report().
  Status read(const WeightPlan& plan, const RowReader& reader, const PageMemory& memory,
              ThreadPool& pool, const Signals& signals, MappedBytes& mapped);
  bool was_read() const { return report_.use == CacheUse::read; }

  /// After packing: weights of files that have changed meanwhile are not kept.
  void check_unchanged(const std::vector<ModelFile>& files);

  /// Has a thread write `memory`, where it is not from a file, and tidy the folder up. `memory`
  /// must outlive the writer; null where there is no folder.
  std::unique_ptr<CacheWriter> start_writing(const PageMemory& memory, std::atomic<int32_t>* state);

  const CacheReport& report() const { return report_; }

 private:
  Status read_head(int file);
  Status read_data(int file, std::byte* data, ThreadPool& pool, const Signals& signals) const;
  Status read_file(const WeightPlan& plan, const RowReader& reader, const PageMemory& memory,
                   ThreadPool& pool, const Signals& signals, MappedBytes& mapped);
  Status problem(const std::string& what) const;
  void do_without(std::string path, const Status& why);

  CacheReport report_;
  CacheFolder folder_;
  std::string name_;
  std::string identities_;
  std::optional<CacheHead> head_;  // where there may be a cache
  uint64_t most_bytes_ = 0;
};

}  // namespace kinglet
