#include "platform/page_memory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

using namespace kinglet;

namespace {

struct Array {
  std::byte* data;
  size_t bytes;
};

/// Arrays of all kinds of sizes, none among them.
std::vector<Array> add_some(MemoryLayout& layout) {
  std::vector<Array> arrays;
  for (const size_t count : {0, 1, 63, 64, 65, 1000}) {
    arrays.push_back({layout.add_bytes(count), count});
    arrays.push_back(
        {reinterpret_cast<std::byte*>(layout.add<double>(count)), count * sizeof(double)});
  }
  return arrays;
}

}  // namespace

TEST_CASE("arrays of a layout are aligned, apart, and inside what was counted") {
  MemoryLayout counted;
  for (const Array& array : add_some(counted)) CHECK(array.data == nullptr);

  PageMemory memory;
  std::vector<Array> arrays;
  const Status status =
      allocate_layout("test", [&](MemoryLayout& layout) { arrays = add_some(layout); }, &memory);
  REQUIRE_MESSAGE(status.ok(), status.message());
  const std::byte* end = memory.data();
  for (const Array& array : arrays) {
    CHECK(reinterpret_cast<uintptr_t>(array.data) % memory_alignment == 0);
    CHECK(array.data >= end);
    end = array.data + array.bytes;
    std::fill_n(array.data, array.bytes, std::byte{1});
  }
  CHECK(end <= memory.data() + counted.bytes());
  CHECK(counted.bytes() <= memory.size());
}

TEST_CASE("a layout beyond size_t is a status, and so is one that fills it") {
  const auto refused = [](size_t count, size_t size) {
    size_t bytes = 0;
    const Status status = measure_layout(
        "test",
        [&](MemoryLayout& layout) {
          layout.add_bytes(100);
          layout.add_bytes(count, size);
        },
        &bytes);
    return status.code() == ErrorCode::out_of_memory;
  };
  CHECK(refused(SIZE_MAX / 2, 3));
  CHECK(refused(SIZE_MAX, 1));
  CHECK(refused(SIZE_MAX - 128, 1));
  CHECK(refused(SIZE_MAX - 1000, 1));  // whole pages would be more
  CHECK_FALSE(refused(size_t{1} << 40, 1));
}

TEST_CASE("mapped bytes are counted in whole pages, now and at most") {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  MappedBytes counter;
  {
    PageMemory kept;
    REQUIRE(PageMemory::allocate(1, "test", &kept, &counter).ok());
    CHECK(kept.size() == page);
    {
      PageMemory other;
      REQUIRE(PageMemory::allocate(page + 1, "test", &other, &counter).ok());
      CHECK(counter.now() == 3 * page);
      PageMemory moved = std::move(other);
      CHECK(counter.now() == 3 * page);
      REQUIRE(PageMemory::allocate(1, "test", &moved, &counter).ok());
      CHECK(counter.now() == 2 * page);
    }
    CHECK(counter.now() == page);
  }
  CHECK(counter.now() == 0);
  CHECK(counter.peak() == 4 * page);
}
