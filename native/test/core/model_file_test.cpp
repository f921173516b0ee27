#include "load/model_file.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "test/core/cached_load.h"

using namespace kinglet;
using namespace kinglet::test;

TEST_CASE("a model file tells when it has changed, unless that does not end or is not exact") {
  const Folder folder;
  const std::string path = folder / "model";
  put_content(path, "x");
  ModelFile file;
  REQUIRE(ModelFile::open(path, &file).ok());
  std::string first;
  std::string again;
  REQUIRE(file.identify(&first).ok());
  REQUIRE(file.identify(&again).ok());
  CHECK(first == again);
  put_content(path, "y");
  REQUIRE(file.identify(&again).ok());
  CHECK(first != again);

  std::atomic<bool> enough = false;
  std::thread writer([&] {
    while (!enough) put_content(path, "z");
  });
  // On a busy machine a tick may pass without a change.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  Status status;
  while (status.ok() && std::chrono::steady_clock::now() < deadline) status = file.identify(&again);
  enough = true;
  writer.join();
  CHECK(status.message() == path + ": is being changed");
  CHECK(file.identify(&again).ok());

  CHECK(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 123'456'789}));
  CHECK(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 100}));
  CHECK_FALSE(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 0}));
  CHECK_FALSE(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 990'000'000}));
}
