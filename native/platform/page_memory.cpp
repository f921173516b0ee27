#include "platform/page_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace kinglet {

namespace {

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/// Rounds up to whole pages, at least one; false where that overflows.
bool round_to_pages(size_t bytes, size_t* rounded) {
  const size_t page = page_size();
  size_t end = 0;
  if (__builtin_add_overflow(bytes, page - 1, &end)) return false;
  *rounded = bytes == 0 ? page : end / page * page;
  return true;
}

Status beyond_addresses(std::string_view purpose) {
  return Status(ErrorCode::out_of_memory,
                "the " + std::string(purpose) + " is more than this machine can address");
}

}  // namespace

void MappedBytes::add(size_t bytes) {
  const size_t now = now_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  size_t peak = peak_.load(std::memory_order_relaxed);
  while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

PageMemory::~PageMemory() {
  if (data_ == nullptr) return;
  munmap(data_, size_);
  if (counter_ != nullptr) counter_->remove(size_);
}

PageMemory::PageMemory(PageMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      counter_(std::exchange(other.counter_, nullptr)) {}

PageMemory& PageMemory::operator=(PageMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(counter_, other.counter_);
  return *this;
}

Status PageMemory::allocate(size_t bytes, std::string_view purpose, PageMemory* memory,
                            MappedBytes* counter) {
  PageMemory mapped;
  if (!round_to_pages(bytes, &mapped.size_)) return beyond_addresses(purpose);
  void* data =
      mmap(nullptr, mapped.size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return Status(ErrorCode::out_of_memory,
                  "cannot get " + std::to_string(mapped.size_) + " bytes for the " +
                      std::string(purpose) +
                      ": use a smaller model, a smaller KV pool or fewer rows per step");
  }
  // Only a hint: weights and KV are read in long runs, and a TLB miss per 4 KiB costs a tenth.
  madvise(data, mapped.size_, MADV_HUGEPAGE);
  mapped.data_ = static_cast<std::byte*>(data);
  mapped.counter_ = counter;
  if (counter != nullptr) counter->add(mapped.size_);
  *memory = std::move(mapped);
  return Status();
}

std::byte* MemoryLayout::add_bytes(size_t count, size_t size) {
  size_t bytes = 0;
  size_t end = 0;
  const size_t offset = bytes_;
  if (__builtin_mul_overflow(count, size, &bytes) ||
      __builtin_add_overflow(bytes, memory_alignment - 1, &bytes) ||
      __builtin_add_overflow(offset, bytes / memory_alignment * memory_alignment, &end)) {
    overflowed_ = true;
    return nullptr;
  }
  bytes_ = end;
  return base_ == nullptr ? nullptr : base_ + offset;
}

Status allocated_bytes(const MemoryLayout& layout, std::string_view purpose, size_t* bytes) {
  if (layout.overflowed() || !round_to_pages(layout.bytes(), bytes)) {
    return beyond_addresses(purpose);
  }
  return Status();
}

}  // namespace kinglet
