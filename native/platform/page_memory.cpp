#include "platform/page_memory.h"

#include <sys/mman.h>

#include <string>
#include <utility>

namespace kinglet {

PageMemory::~PageMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

PageMemory::PageMemory(PageMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

PageMemory& PageMemory::operator=(PageMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Status PageMemory::allocate(size_t bytes, std::string_view purpose, PageMemory* memory) {
  if (bytes == 0) bytes = memory_alignment;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return Status(ErrorCode::out_of_memory,
                  "cannot get " + std::to_string(bytes) + " bytes for the " + std::string(purpose) +
                      ": use a smaller model, a smaller KV pool or fewer rows per step");
  }
  // Only a hint: weights and KV are read in long runs, and a TLB miss per 4 KiB costs a tenth.
  madvise(data, bytes, MADV_HUGEPAGE);
  memory->data_ = static_cast<std::byte*>(data);
  memory->size_ = bytes;
  return Status();
}

size_t MemoryLayout::add(size_t count, size_t size) {
  size_t bytes = 0;
  size_t end = 0;
  const size_t offset = bytes_;
  if (__builtin_mul_overflow(count, size, &bytes) ||
      __builtin_add_overflow(bytes, memory_alignment - 1, &bytes) ||
      __builtin_add_overflow(offset, bytes / memory_alignment * memory_alignment, &end)) {
    overflowed_ = true;
    return 0;
  }
  bytes_ = end;
  return offset;
}

}  // namespace kinglet
