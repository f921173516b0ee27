// Writes a file of packed weights while the model is already in use, and keeps their folder tidy.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "load/cache_folder.h"
#include "load/cache_head.h"
#include "platform/signals.h"

namespace kinglet {

struct CacheTask {
  CacheFolder folder;
  std::string name;
  std::optional<CacheHead> head;          // without checksums; none: nothing is to be written
  const std::byte* data = nullptr;        // the weights, which nobody changes any more
  uint64_t most_bytes = 0;                // of the folder's files
  std::atomic<int32_t>* state = nullptr;  // a CacheWriting, or null
};

/// Removes from the folder what is beyond its bound or was never finished, and writes the file.
/// A thread of its own at the lowest priority, which takes no CPU that a step wants: beside the
/// last piece that it hands to the system it holds no memory, and it waits for the disk piece by
/// piece, so that neither a slow disk nor the end of the process waits for the whole.
class CacheWriter {
 public:
  /// Starts. Throws std::system_error where the system starts no more threads.
  explicit CacheWriter(CacheTask task);
  /// Gives up what is not complete.
  ~CacheWriter();
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

 private:
  void run();
  int write(CacheHead head) const;
  int write_data(int file, CacheHead& head) const;

  const CacheTask task_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace kinglet
