// A file of a model, read in pieces. Not mapped: a mapped file that somebody cuts short while it
// is read ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/status.h"

namespace kinglet {

class ModelFile {
 public:
  ModelFile() = default;
  ~ModelFile();
  ModelFile(ModelFile&& other) noexcept;
  ModelFile& operator=(ModelFile&& other) noexcept;

  /// Opens a regular file and asks the system to begin reading it; `file_unreadable` names the path
  /// and what failed. Never waits for the other end of a pipe.
  static Status open(const std::string& path, ModelFile* file);

  const std::string& path() const { return path_; }
  /// When it was opened; it may have become shorter.
  uint64_t size() const { return size_; }

  /// Reads `bytes` bytes from `offset`. Any number of threads may read at once. Where the file ends
  /// before, `file_malformed` names the byte; `file_unreadable` is what the system reports.
  Status read(uint64_t offset, size_t bytes, std::byte* out) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace kinglet
