// A file mapped for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "status.h"

namespace kinglet {

class MappedFile {
 public:
  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  /// Maps the whole of a regular file; `file_unreadable` names the path and what failed.
  static Status open(const std::string& path, MappedFile* file);

  const std::string& path() const { return path_; }
  const std::byte* data() const { return data_; }
  uint64_t size() const { return size_; }

  /// Gives the pages that lie wholly inside [offset, offset + bytes) back to the system; they are
  /// read from the file again if touched. The range lies inside the file.
  void release(uint64_t offset, uint64_t bytes) const;

 private:
  std::string path_;
  std::byte* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace kinglet
