// Memory in whole pages, straight from the operating system: zeroed, lazily backed, and a failure
// to get it is a Status, never an exception. What lies in it is laid out by MemoryLayout.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include "platform/status.h"

namespace kinglet {

/// Every array of the native core starts at a multiple of this.
inline constexpr size_t memory_alignment = 64;

/// Counts the bytes that are mapped now and the most that ever were.
class MappedBytes {
 public:
  void add(size_t bytes);
  void remove(size_t bytes) { now_.fetch_sub(bytes, std::memory_order_relaxed); }

  size_t now() const { return now_.load(std::memory_order_relaxed); }
  size_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> now_ = 0;
  std::atomic<size_t> peak_ = 0;
};

class PageMemory {
 public:
  PageMemory() = default;
  ~PageMemory();
  PageMemory(PageMemory&& other) noexcept;
  PageMemory& operator=(PageMemory&& other) noexcept;

  /// Maps `bytes` zeroed bytes, rounded up to whole pages, in huge pages where the system has them.
  /// `purpose` stands in the message of an `out_of_memory`. `counter`, where not null, outlives the
  /// memory and counts it.
  static Status allocate(size_t bytes, std::string_view purpose, PageMemory* memory,
                         MappedBytes* counter = nullptr);

  std::byte* data() const { return data_; }
  /// Whole pages.
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
  MappedBytes* counter_ = nullptr;
};

/// Hands out arrays of one piece of memory, one after another. A function that takes a layout and
/// adds its arrays to it is called twice: with a layout that only counts, to learn the size, then
/// with one over memory of that size. Both walks are the same code, so that what was measured is
/// what is used.
class MemoryLayout {
 public:
  /// Only counts: add() returns null.
  MemoryLayout() = default;
  /// Over memory that begins at a multiple of memory_alignment.
  explicit MemoryLayout(std::byte* base) : base_(base) {}

  /// `count` elements that begin at a multiple of memory_alignment.
  template <typename T>
  T* add(size_t count) {
    return reinterpret_cast<T*>(add_bytes(count, sizeof(T)));
  }
  /// `count` times `size` bytes that begin at a multiple of memory_alignment.
  std::byte* add_bytes(size_t count, size_t size = 1);

  size_t bytes() const { return bytes_; }
  /// Whether a size was beyond what size_t holds; such a layout cannot be allocated.
  bool overflowed() const { return overflowed_; }

 private:
  std::byte* base_ = nullptr;
  size_t bytes_ = 0;
  bool overflowed_ = false;
};

/// The bytes that `layout` takes once it is allocated: whole pages. `out_of_memory` where that is
/// more than a machine can address.
Status allocated_bytes(const MemoryLayout& layout, std::string_view purpose, size_t* bytes);

/// The bytes that allocate_layout() would take for the same function.
template <typename LayOut>
Status measure_layout(std::string_view purpose, const LayOut& lay_out, size_t* bytes) {
  MemoryLayout counted;
  lay_out(counted);
  return allocated_bytes(counted, purpose, bytes);
}

/// Allocates what `lay_out(MemoryLayout&)` adds, and has it add that again over the memory.
template <typename LayOut>
Status allocate_layout(std::string_view purpose, const LayOut& lay_out, PageMemory* memory,
                       MappedBytes* counter = nullptr) {
  size_t bytes = 0;
  KINGLET_RETURN_IF_ERROR(measure_layout(purpose, lay_out, &bytes));
  KINGLET_RETURN_IF_ERROR(PageMemory::allocate(bytes, purpose, memory, counter));
  MemoryLayout placed(memory->data());
  lay_out(placed);
  return Status();
}

}  // namespace kinglet
