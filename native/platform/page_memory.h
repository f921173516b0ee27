// Memory in whole pages, straight from the operating system: zeroed, lazily backed, and a failure
// to get it is a Status, never an exception.
#pragma once

#include <cstddef>
#include <string_view>

#include "platform/status.h"

namespace kinglet {

/// Every array of the native core starts at a multiple of this.
inline constexpr size_t memory_alignment = 64;

class PageMemory {
 public:
  PageMemory() = default;
  ~PageMemory();
  PageMemory(PageMemory&& other) noexcept;
  PageMemory& operator=(PageMemory&& other) noexcept;

  /// Maps `bytes` zeroed bytes, in huge pages where the system has them. `purpose` stands in the
  /// message of an `out_of_memory`.
  static Status allocate(size_t bytes, std::string_view purpose, PageMemory* memory);

  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Lays arrays out in one PageMemory: add up the sizes first, allocate once, then resolve offsets.
class MemoryLayout {
 public:
  /// Reserves count * size bytes and returns their offset, a multiple of memory_alignment.
  size_t add(size_t count, size_t size = 1);

  size_t bytes() const { return bytes_; }
  /// Whether a size was beyond what size_t holds; such a layout cannot be allocated.
  bool overflowed() const { return overflowed_; }

 private:
  size_t bytes_ = 0;
  bool overflowed_ = false;
};

}  // namespace kinglet
