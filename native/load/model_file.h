// A file of a model, read in pieces. Not mapped: a mapped file that somebody cuts short while it
// is read ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/descriptor.h"
#include "platform/status.h"

namespace kinglet {

class ModelFile {
 public:
  /// Opens a regular file; `file_unreadable` names the path and what failed. Never waits for the
  /// other end of a pipe.
  static Status open(const std::string& path, ModelFile* file);

  const std::string& path() const { return path_; }
  /// When it was opened; it may have become shorter.
  uint64_t size() const { return size_; }

  /// What a change of the content changes too, without reading it: inode, size, and the times of
  /// the last changes of content and attributes in nanoseconds. The device is left out, which
  /// several file systems number anew at each mount. Waits some milliseconds where the file has
  /// just been changed: another change in the same tick of the system's clock would not show. Empty
  /// where the system doesn't tell.
  std::string identity() const;

  /// Asks the system to begin reading the whole of it.
  void read_ahead() const;
  /// Asks the system to begin reading a part.
  void read_ahead(uint64_t offset, uint64_t bytes) const;

  /// Reads `bytes` bytes from `offset`. Any number of threads may read at once. Where the file ends
  /// before, `file_malformed` names the byte; `file_unreadable` is what the system reports.
  Status read(uint64_t offset, size_t bytes, std::byte* out) const;

 private:
  std::string path_;
  Descriptor descriptor_;
  uint64_t size_ = 0;
};

}  // namespace kinglet
