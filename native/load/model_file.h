// A file of a model, read in pieces. Not mapped: a mapped file that somebody cuts short while it
// is read ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

#include "platform/descriptor.h"
#include "platform/status.h"

namespace kinglet {

/// Whether a file's time is none that is rounded to seconds or to ticks of 10 ms.
bool is_exact_time(const timespec& time);

class ModelFile {
 public:
  /// Opens a regular file; `file_unreadable` names the path and what failed. Never waits for the
  /// other end of a pipe.
  static Status open(const std::string& path, ModelFile* file);

  const std::string& path() const { return path_; }
  /// When it was opened; it may have become shorter.
  uint64_t size() const { return size_; }

  /// Tells what a change of the content changes too, without reading it: inode, size, and the times
  /// of the last changes of content and of attributes in nanoseconds. The latter is the system's
  /// alone: who writes to a file can't put it back. The device is left out, which several file
  /// systems number anew at each mount.
  ///
  /// Waits a tick of the clock (10 ms) where the file has just been changed: another change in the
  /// same tick would not show. `file_unreadable` where it is changed all the time, and where the
  /// file system's times are whole ticks (FAT, exFAT, ext4 with small inodes, images that are only
  /// read), which may stay the same when the content doesn't. Not noticed is what a program writes
  /// through a mapping to a page that it had written to before and that has not gone to the disk
  /// since.
  Status identify(std::string* identity) const;

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
