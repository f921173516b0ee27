#include "load/packed_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "load/sample_check.h"
#include "platform/checksum.h"
#include "platform/first_error.h"

namespace kinglet {

namespace {

/// Pieces that a thread reads one after another: those of a huge page.
constexpr size_t pieces_a_range = (2 << 20) / CacheHead::piece_bytes;

/// A line for each file.
Status identify(const std::vector<ModelFile>& files, std::string* lines) {
  lines->clear();
  for (const ModelFile& file : files) {
    std::string identity;
    KINGLET_RETURN_IF_ERROR(file.identify(&identity));
    *lines += "file " + identity + "\n";
  }
  return Status();
}

/// What the data is but for the files that it comes from.
std::string layout_text(const std::string& key, const WeightPlan& plan, const PageMemory& memory) {
  std::string text(cache_magic);
  text += "key " + key + "\nbytes " + std::to_string(memory.size()) + " in pieces of " +
          std::to_string(CacheHead::piece_bytes) + "\n";
  for (const Placement& placement : plan.placements()) {
    const TensorEntry& entry = *placement.entry;
    text += "tensor " + entry.name + " file " + std::to_string(entry.file) + " at " +
            std::to_string(entry.offset) + ", " + std::to_string(entry.rows) + " x " +
            std::to_string(entry.cols) + " " + std::string(format_info(entry.format).name) +
            " as " + (placement.matrix != nullptr ? placement.matrix->kernel->name : "floats") +
            " at " + std::to_string(placement.data - memory.data()) + "\n";
  }
  return text;
}

std::string paths_of(const std::vector<ModelFile>& files) {
  std::string paths;
  for (const ModelFile& file : files) {
    const std::unique_ptr<char, void (*)(void*)> whole(realpath(file.path().c_str(), nullptr),
                                                       free);
    paths += "path " + (whole != nullptr ? std::string(whole.get()) : file.path()) + "\n";
  }
  return paths;
}

/// 32 hexadecimal digits of a text.
std::string digits_of(const std::string& text) {
  std::string digits;
  for (const uint64_t seed : {1, 2}) {
    char part[17];
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    snprintf(part, sizeof part, "%016llx",
             static_cast<unsigned long long>(checksum(bytes, text.size(), seed)));
    digits += part;
  }
  return digits;
}

/// Whether all of it could be read.
bool read_whole(int file, std::byte* out, size_t bytes, uint64_t offset) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t count = pread(file, out + done, bytes - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace

void PackedCache::open(const PackedCacheOptions& options, const std::vector<ModelFile>& files,
                       const WeightPlan& plan, const PageMemory& memory) {
  if (Status status = CacheFolder::open(options.folder, &folder_); !status.ok()) {
    return do_without(options.folder, status);
  }
  most_bytes_ = options.most_bytes;
  const std::string layout = layout_text(options.key, plan, memory);
  name_ = CacheFolder::file_name(digits_of(layout + paths_of(files)));
  report_.path = folder_.path_of(name_);
  if (Status status = identify(files, &identities_); !status.ok()) {
    return do_without(report_.path, status);
  }
  head_.emplace(layout + identities_, memory.size());
  if (head_->file_bytes() > most_bytes_) {
    do_without(report_.path,
               problem("would have " + std::to_string(head_->file_bytes()) +
                       " bytes, where all such files may have " + std::to_string(most_bytes_)));
  }
}

Status PackedCache::read(const WeightPlan& plan, const RowReader& reader, const PageMemory& memory,
                         ThreadPool& pool, const Signals& signals, MappedBytes& mapped) {
  if (!head_) return Status();
  Status status = read_file(plan, reader, memory, pool, signals, mapped);
  if (status.ok()) {
    report_.use = CacheUse::read;
    return status;
  }
  if (status.code() == ErrorCode::cancelled || status.code() == ErrorCode::out_of_memory) {
    return status;
  }
  report_.note = status.message();
  return Status();
}

Status PackedCache::read_file(const WeightPlan& plan, const RowReader& reader,
                              const PageMemory& memory, ThreadPool& pool, const Signals& signals,
                              MappedBytes& mapped) {
  Descriptor file;
  KINGLET_RETURN_IF_ERROR(folder_.open_file(name_, head_->file_bytes(), &file));
  KINGLET_RETURN_IF_ERROR(read_head(file.number()));
  // Only a hint: the whole of it is read once, by several threads.
  posix_fadvise(file.number(), 0, 0, POSIX_FADV_WILLNEED);
  KINGLET_RETURN_IF_ERROR(read_data(file.number(), memory.data(), pool, signals));
  Status status = check_samples(plan.placements(), reader, mapped);
  return status.code() == ErrorCode::file_malformed ? problem(status.message()) : status;
}

Status PackedCache::read_head(int file) {
  std::vector<std::byte> read(head_->bytes());
  if (!read_whole(file, read.data(), read.size(), 0)) return problem("its head cannot be read");
  switch (head_->take(read)) {
    case CacheHead::Verdict::other_text:
      return problem("is of other weights, or of another build or instruction set");
    case CacheHead::Verdict::damaged: return problem("its head is damaged");
    case CacheHead::Verdict::taken: break;
  }
  return Status();
}

Status PackedCache::read_data(int file, std::byte* data, ThreadPool& pool,
                              const Signals& signals) const {
  const CacheHead& head = *head_;
  FirstError error;
  std::atomic<size_t> done = 0;
  // In one go: at the end of each, a thread that has lost its CPU to another would be waited for.
  pool.parallel_for(head.pieces(), pieces_a_range, [&](size_t begin, size_t end, size_t worker) {
    if (signals.cancelled()) error.set(Status(ErrorCode::cancelled, "loading was given up"));
    for (size_t piece = begin; piece < end && !error.occurred(); ++piece) {
      std::byte* to = data + CacheHead::piece_begin(piece);
      const size_t bytes = head.piece_size(piece);
      const size_t offset = head.bytes() + CacheHead::piece_begin(piece);
      if (!read_whole(file, to, bytes, offset) ||
          checksum(to, bytes) != head.piece_checksum(piece)) {
        error.set(problem("is damaged between bytes " + std::to_string(offset) + " and " +
                          std::to_string(offset + bytes)));
      }
    }
    done.fetch_add(end - begin, std::memory_order_relaxed);
    // One thread alone tells, lest an earlier number come after a later one.
    if (worker == 0) signals.report_progress(done.load(), head.pieces());
  });
  return error.take();
}

void PackedCache::check_unchanged(const std::vector<ModelFile>& files) {
  if (!head_) return;
  std::string now;
  if (!identify(files, &now).ok() || now != identities_) {
    do_without(report_.path,
               problem("is not written, as the model's files changed while they were read"));
  }
}

std::unique_ptr<CacheWriter> PackedCache::start_writing(const PageMemory& memory,
                                                        std::atomic<int32_t>* state) {
  if (!folder_.is_open()) return nullptr;
  const bool writes = head_ && !was_read();
  try {
    auto writer = std::make_unique<CacheWriter>(CacheTask{.folder = std::move(folder_),
                                                          .name = name_,
                                                          .head = writes ? head_ : std::nullopt,
                                                          .data = memory.data(),
                                                          .most_bytes = most_bytes_,
                                                          .state = state});
    if (writes) report_.use = CacheUse::writing;
    return writer;
  } catch (const std::system_error& error) {
    if (writes) {
      do_without(report_.path, problem(std::string("no thread can be started: ") + error.what()));
    }
    return nullptr;
  }
}

Status PackedCache::problem(const std::string& what) const {
  return Status(ErrorCode::file_malformed, report_.path + ": " + what);
}

void PackedCache::do_without(std::string path, const Status& why) {
  report_ = {.use = CacheUse::not_usable, .path = std::move(path), .note = why.message()};
  head_.reset();
}

}  // namespace kinglet
