#include <doctest/doctest.h>
#include <sched.h>

#include <thread>
#include <vector>

#include "test/core/model_random.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

/// The CPUs that the calling thread may run on.
std::vector<int> allowed() {
  cpu_set_t set;
  CPU_ZERO(&set);
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

struct Loaded {
  size_t pinned;
  std::vector<int> cpus;  // of the thread that has loaded
};

/// A load in a thread of its own, as it binds the one that loads.
Loaded load_pinned(const RandomModel& file, const CpuPlacement& placement) {
  Loaded loaded;
  std::thread([&] {
    LoadOptions options = file.options("", 2);
    options.placement = placement;
    loaded.pinned = load(options)->info().pinned_threads;
    loaded.cpus = allowed();
  }).join();
  return loaded;
}

}  // namespace

TEST_CASE("a pinned load binds the pool's threads and the one that loads") {
  const std::vector<int> cpus = allowed();
  const RandomModel file(small_spec("llama"), Format::f32);
  const Loaded pinned = load_pinned(file, {.cpus = {cpus.back(), cpus.front()}, .pin = true});
  CHECK(pinned.pinned == 2);
  CHECK(pinned.cpus == std::vector<int>{cpus.front()});

  const Loaded plain = load_pinned(file, {.cpus = {cpus.front()}});
  CHECK(plain.pinned == 0);
  CHECK(plain.cpus == cpus);
  const Loaded refused = load_pinned(file, {.cpus = {100'000, 100'001}, .pin = true});
  CHECK(refused.pinned == 0);
  CHECK(refused.cpus == cpus);
}
