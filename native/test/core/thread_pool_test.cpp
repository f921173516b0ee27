#include "platform/thread_pool.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using kinglet::ThreadPool;

namespace {

bool quick() { return std::getenv("KINGLET_TEST_QUICK") != nullptr; }

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of the calling thread; none where the kernel does not say.
cpu_set_t allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) CPU_ZERO(&set);
  return set;
}

}  // namespace

TEST_CASE("every item is visited once, in ranges of the grain") {
  for (const size_t threads : {1, 2, 3, 4, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const size_t count : {0, 1, 2, 3, 7, 16, 31, 64, 100, 1000, 4097}) {
      for (const size_t grain : {1, 2, 3, 16, 64, 999, 5000}) {
        // Plain ints: what the body writes must be visible to the caller without atomics.
        std::vector<int> visits(count, 0);
        std::atomic<int> wrong_ranges{0};
        pool.parallel_for(count, grain, [&](size_t begin, size_t end, size_t worker) {
          const bool last = end == count && end - begin <= grain;
          if (begin % grain != 0 || begin >= end || (end - begin != grain && !last) ||
              worker >= threads) {
            ++wrong_ranges;
          }
          for (size_t i = begin; i < end; ++i) ++visits[i];
        });
        CHECK(wrong_ranges == 0);
        CHECK(visits == std::vector<int>(count, 1));
      }
    }
  }
}

TEST_CASE("ranges that shrink cover every item once, in multiples of the smallest") {
  for (const size_t threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const size_t count : {0, 1, 3, 16, 100, 4097}) {
      for (const size_t smallest : {1, 4, 7}) {
        for (const size_t times : {1, 5, 10'000}) {
          const size_t largest = smallest * times;
          std::vector<int> visits(count, 0);
          std::mutex mutex;
          std::map<size_t, size_t> ranges;  // their sizes, by where they begin
          pool.parallel_for(count, smallest, largest, [&](size_t begin, size_t end, size_t worker) {
            for (size_t i = begin; i < end; ++i) ++visits[i];
            const std::lock_guard lock(mutex);
            ranges[begin] = worker < threads ? end - begin : 0;
          });
          REQUIRE(visits == std::vector<int>(count, 1));
          size_t before = largest;
          for (const auto& [begin, size] : ranges) {
            CHECK(size >= 1);
            CHECK(size <= before);
            CHECK((size % smallest == 0 || begin + size == count));
            before = size;
          }
          // A geometric series and a rest of the smallest.
          const size_t whole = (count + smallest - 1) / smallest;
          if (threads > 1 && times == 10'000) CHECK(ranges.size() <= 2 * threads * 14);
          if (times == 1) CHECK(ranges.size() == whole);
        }
      }
    }
  }
}

TEST_CASE("a grain beyond the count is one range, on the calling thread") {
  ThreadPool pool(4);
  const auto caller = std::this_thread::get_id();
  int calls = 0;
  pool.parallel_for(5, static_cast<size_t>(-1), [&](size_t begin, size_t end, size_t worker) {
    ++calls;
    CHECK(std::this_thread::get_id() == caller);
    CHECK(begin == 0);
    CHECK(end == 5);
    CHECK(worker == 0);
  });
  CHECK(calls == 1);
}

TEST_CASE("worker numbers of overlapping calls differ") {
  constexpr size_t threads = 4;
  ThreadPool pool(threads);
  std::vector<std::atomic<int>> inside(threads);
  std::atomic<int> clashes{0};
  for (int round = 0; round < 200; ++round) {
    pool.parallel_for(64, 1, [&](size_t, size_t, size_t worker) {
      if (inside[worker].fetch_add(1) != 0) ++clashes;
      std::this_thread::yield();
      inside[worker].fetch_sub(1);
    });
  }
  CHECK(clashes == 0);
}

TEST_CASE("all threads take part when there is work for all") {
  constexpr size_t threads = 4;
  ThreadPool pool(threads);
  std::atomic<size_t> arrived{0};
  std::set<std::thread::id> ids;
  std::mutex mutex;
  // Each range waits for the others, so one thread alone could not finish them.
  pool.parallel_for(threads, 1, [&](size_t, size_t, size_t) {
    {
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    }
    ++arrived;
    while (arrived < threads) std::this_thread::yield();
  });
  CHECK(ids.size() == threads);
}

TEST_CASE("a chain of small jobs sees each other's writes") {
  const int jobs = quick() ? 5'000 : 100'000;
  for (const size_t threads : {2, 3}) {
    ThreadPool pool(threads);
    std::vector<int64_t> values(48, 0);
    for (int job = 0; job < jobs; ++job) {
      pool.parallel_for(values.size(), 5, [&](size_t begin, size_t end, size_t) {
        for (size_t i = begin; i < end; ++i) values[i] += job % 7;
      });
      values[size_t(job) % values.size()] += 1;  // the caller writes between jobs, unsynchronized
    }
    int64_t expected = jobs;
    for (int job = 0; job < jobs; ++job) expected += int64_t(job % 7) * int64_t(values.size());
    int64_t sum = 0;
    for (const int64_t value : values) sum += value;
    CHECK(sum == expected);
  }
}

TEST_CASE("jobs after every length of pause are done, asleep or awake") {
  ThreadPool pool(3);
  for (int microseconds = 0; microseconds < 300; microseconds += 3) {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    std::vector<int> visits(24, 0);
    pool.parallel_for(visits.size(), 1, [&](size_t begin, size_t, size_t) { ++visits[begin]; });
    REQUIRE(visits == std::vector<int>(24, 1));
  }
}

TEST_CASE("pools come and go, used or not") {
  const int rounds = quick() ? 30 : 300;
  for (int round = 0; round < rounds; ++round) {
    ThreadPool pool(1 + size_t(round) % 6);
    if (round % 3 == 0) continue;
    std::atomic<int> sum{0};
    pool.parallel_for(10, 3, [&](size_t begin, size_t end, size_t) { sum += int(end - begin); });
    CHECK(sum == 10);
  }
}

TEST_CASE("several pools of several callers work side by side") {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      ThreadPool pool(2);
      for (int job = 0; job < 500; ++job) {
        std::vector<int> visits(9, 0);
        pool.parallel_for(visits.size(), 2, [&](size_t begin, size_t end, size_t) {
          for (size_t i = begin; i < end; ++i) ++visits[i];
        });
        if (visits != std::vector<int>(9, 1)) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("the pool's own threads stay on the given CPUs, the caller keeps its own") {
  const cpu_set_t before = allowed_cpus();
  REQUIRE(CPU_COUNT(&before) > 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &before)) ++cpu;

  ThreadPool pool(3, {.cpus = {cpu}});
  std::atomic<size_t> arrived{0};
  std::atomic<int> wrong{0};
  pool.parallel_for(3, 1, [&](size_t, size_t, size_t worker) {
    const cpu_set_t now = allowed_cpus();
    if (worker == 0 ? !CPU_EQUAL(&now, &before) : CPU_COUNT(&now) != 1 || !CPU_ISSET(cpu, &now)) {
      ++wrong;
    }
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  CHECK(wrong == 0);
}

TEST_CASE("pinned threads have a CPU each, who runs tasks the first") {
  const cpu_set_t before = allowed_cpus();
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) cpus.push_back(cpu);
  }
  REQUIRE_FALSE(cpus.empty());
  constexpr size_t threads = 4;
  ThreadPool pool(threads, {.cpus = cpus, .pin = true});
  CHECK(pool.pinned() == threads - 1);
  const auto only_cpu = [] {
    const cpu_set_t now = allowed_cpus();
    int cpu = 0;
    while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &now)) ++cpu;
    return CPU_COUNT(&now) == 1 ? cpu : -1;
  };
  std::atomic<size_t> arrived{0};
  std::vector<int> found(threads, -2);
  pool.start([&] {
    pool.parallel_for(threads, 1, [&](size_t, size_t, size_t worker) {
      found[worker] = only_cpu();
      for (++arrived; arrived < threads;) std::this_thread::yield();
    });
  });
  pool.finish();
  // In a task worker 0 is the thread that runs it, and the last is who waits for it.
  const auto nth = [&](size_t i) { return cpus[i % cpus.size()]; };
  const cpu_set_t after = allowed_cpus();
  CHECK(found == std::vector<int>{nth(0), nth(2), nth(1), cpus.size() == 1 ? cpus[0] : -1});
  CHECK(CPU_EQUAL(&after, &before));
}

TEST_CASE("a CPU that does not exist pins nobody") {
  const cpu_set_t before = allowed_cpus();
  ThreadPool pool(3, {.cpus = {100'000, 100'001}, .pin = true});
  CHECK(pool.pinned() == 0);
  std::atomic<size_t> arrived{0};
  std::atomic<int> elsewhere{0};
  pool.parallel_for(3, 1, [&](size_t, size_t, size_t) {
    for (++arrived; arrived < 3;) std::this_thread::yield();
    const cpu_set_t now = allowed_cpus();
    elsewhere += !CPU_EQUAL(&now, &before);
  });
  CHECK(elsewhere == 0);
}

namespace {

/// Cores of unequal speed without a clock: an item costs a thread its `slowness`, and a thread that
/// is ahead of another waits for it. So ranges are handed out in the order in which such cores
/// would ask for them, whatever this machine does meanwhile.
class UnequalCores {
 public:
  UnequalCores(size_t count, std::vector<size_t> slowness)
      : count_(count),
        slowness_(std::move(slowness)),
        busy_until_(slowness_.size()),
        items_(slowness_.size()) {}

  /// The body of a parallel_for over the items.
  void work(size_t items, size_t worker) {
    std::unique_lock lock(mutex_);
    if (items_[worker] == 0) ++arrived_;
    items_[worker] += items;
    busy_until_[worker] += items * slowness_[worker];
    taken_ += items;
    changed_.notify_all();
    // The first range of each waits for the others, so that every thread takes part. Where all
    // items are taken, no order is left to keep.
    changed_.wait(lock, [&] {
      const size_t first = *std::min_element(busy_until_.begin(), busy_until_.end());
      return taken_ == count_ || (arrived_ == slowness_.size() && busy_until_[worker] == first);
    });
  }

  size_t items_of(size_t worker) const { return items_[worker]; }
  /// When the last thread ends.
  double end() const { return double(*std::max_element(busy_until_.begin(), busy_until_.end())); }
  /// When all would end together.
  double ideal() const {
    double speed = 0;
    for (const size_t slowness : slowness_) speed += 1.0 / double(slowness);
    return double(count_) / speed;
  }
  double slowest() const { return double(*std::max_element(slowness_.begin(), slowness_.end())); }

 private:
  const size_t count_;
  const std::vector<size_t> slowness_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<size_t> busy_until_, items_;  // of each thread
  size_t taken_ = 0, arrived_ = 0;
};

const std::vector<std::vector<size_t>> unequal_cores = {
    {2, 1}, {1, 3}, {1, 1, 1, 2}, {3, 1, 1}, {4, 4, 1, 1}, {1, 2, 1, 2, 2, 2}, {1, 1, 1, 5}};

/// Has the threads of a pool share the items, in a job or in one of a started task.
template <typename Call>
void share(ThreadPool& pool, UnequalCores& cores, bool in_task, const Call& call) {
  const auto job = [&] {
    call([&](size_t begin, size_t end, size_t worker) { cores.work(end - begin, worker); });
  };
  if (!in_task) return job();
  pool.start(job);
  pool.finish();
}

}  // namespace

TEST_CASE("unequal cores take as many items as their speed is worth, and end together") {
  constexpr size_t count = 997;
  for (const std::vector<size_t>& slowness : unequal_cores) {
    ThreadPool pool(slowness.size());
    for (const size_t grain : {1, 4}) {
      for (const bool in_task : {false, true}) {
        UnequalCores cores(count, slowness);
        share(pool, cores, in_task,
              [&](const auto& body) { pool.parallel_for(count, grain, body); });
        // Nobody begins a range once the others have done all that there was.
        const double range = double(grain) * cores.slowest();
        CAPTURE(slowness.size());
        CAPTURE(cores.slowest());
        CHECK(cores.end() <= cores.ideal() + range);
        CHECK(cores.end() < 0.8 * cores.slowest() * double(count) / double(slowness.size()));
        for (size_t worker = 0; worker < slowness.size(); ++worker) {
          const double busy = double(cores.items_of(worker) * slowness[worker]);
          CHECK(std::abs(busy - cores.ideal()) <= range);
        }
      }
    }
  }
}

TEST_CASE("unequal cores end together where ranges shrink, or a very slow one after its first") {
  constexpr size_t count = 4096, smallest = 4;
  for (const std::vector<size_t>& slowness : unequal_cores) {
    ThreadPool pool(slowness.size());
    for (const bool in_task : {false, true}) {
      UnequalCores cores(count, slowness);
      share(pool, cores, in_task,
            [&](const auto& body) { pool.parallel_for(count, smallest, count, body); });
      // Half as fast as all others, a core does such a part of the whole in the same time.
      const double first = double(count) / double(2 * slowness.size() - 1) * cores.slowest();
      const double range = double(smallest) * cores.slowest();
      CAPTURE(slowness.size());
      CAPTURE(cores.slowest());
      CHECK(cores.end() <= std::max(cores.ideal(), first) + range);
      CHECK(cores.end() < 0.8 * cores.slowest() * double(count) / double(slowness.size()));
      if (cores.slowest() <= 2) CHECK(cores.end() <= cores.ideal() + range);
    }
  }
}

TEST_CASE("CPUs that do not exist leave the threads where they were") {
  const cpu_set_t before = allowed_cpus();
  ThreadPool pool(2, {.cpus = {-3, 100'000}});
  CHECK(pool.pinned() == 0);
  // Two items that wait for each other, so that both threads run one.
  std::atomic<int> waiting{0};
  std::atomic<int> elsewhere{0};
  pool.parallel_for(2, 1, [&](size_t, size_t, size_t) {
    for (++waiting; waiting < 2;) std::this_thread::yield();
    const cpu_set_t now = allowed_cpus();
    elsewhere += !CPU_EQUAL(&now, &before);
  });
  CHECK(elsewhere == 0);
}

TEST_CASE("an idle pool uses no CPU") {
  ThreadPool pool(4);
  std::atomic<int> sum{0};
  pool.parallel_for(100, 1, [&](size_t, size_t, size_t) { ++sum; });
  // The spins end at some time, on a busy machine a late one; a pool that polls never comes to
  // rest.
  double used = 1;
  for (int round = 0; round < 20 && used >= 0.02; ++round) {
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    used = cpu_seconds() - before;
  }
  CHECK(used < 0.02);
}

TEST_CASE("a started task runs, with or without the help of who started it") {
  for (const size_t threads : {1, 2, 3, 4}) {
    ThreadPool pool(threads);
    const auto caller = std::this_thread::get_id();
    for (int round = 0; round < (quick() ? 50 : 500); ++round) {
      std::vector<int> visits(97, 0);
      std::atomic<int> wrong{0};
      std::thread::id runner;
      pool.start([&] {
        runner = std::this_thread::get_id();
        for (int job = 0; job < round % 5; ++job) {
          pool.parallel_for(visits.size(), 4, [&](size_t begin, size_t end, size_t worker) {
            if (worker >= threads) ++wrong;
            for (size_t i = begin; i < end; ++i) ++visits[i];
          });
        }
      });
      if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(round % 70));
      pool.finish();
      REQUIRE(visits == std::vector<int>(97, round % 5));
      CHECK(wrong == 0);
      CHECK((runner == caller) == (threads == 1));
      // And a job without a task in between.
      pool.parallel_for(visits.size(), 4, [&](size_t begin, size_t end, size_t) {
        for (size_t i = begin; i < end; ++i) ++visits[i];
      });
      REQUIRE(visits == std::vector<int>(97, round % 5 + 1));
    }
  }
}

TEST_CASE("who started a task takes part, as a worker of its own") {
  constexpr size_t threads = 3;
  ThreadPool pool(threads);
  std::atomic<size_t> arrived{0};
  std::mutex mutex;
  std::set<std::thread::id> ids;
  std::set<size_t> workers;
  pool.start([&] {
    // Each range waits for the others, so fewer threads could not finish them.
    pool.parallel_for(threads, 1, [&](size_t, size_t, size_t worker) {
      {
        const std::lock_guard lock(mutex);
        ids.insert(std::this_thread::get_id());
        workers.insert(worker);
      }
      ++arrived;
      while (arrived < threads) std::this_thread::yield();
    });
  });
  pool.finish();
  CHECK(ids.size() == threads);
  CHECK(ids.count(std::this_thread::get_id()) == 1);
  CHECK(workers == std::set<size_t>{0, 1, 2});
}

TEST_CASE("a pool that ends waits for its task") {
  for (const size_t threads : {1, 2, 3}) {
    std::atomic<int> items{0};
    {
      ThreadPool pool(threads);
      pool.start([&] {
        for (int job = 0; job < 100; ++job) {
          pool.parallel_for(10, 3,
                            [&](size_t begin, size_t end, size_t) { items += int(end - begin); });
        }
      });
    }
    CHECK(items == 1000);
  }
}

namespace {

/// Whether the thread that calls finish() takes part in a task of `milliseconds`.
bool takes_part(ThreadPool& pool, int milliseconds) {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> took_part{false};
  pool.start([&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (std::chrono::steady_clock::now() < end && !took_part) {
      pool.parallel_for(16, 1, [&](size_t, size_t, size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
        if (std::this_thread::get_id() == caller) took_part = true;
      });
    }
  });
  pool.finish();
  return took_part;
}

}  // namespace

TEST_CASE("who started a task stands back while a CPU is borrowed, and no longer than a loan") {
  for (const size_t threads : {2, 3}) {
    std::atomic<int32_t> borrowed{0};
    ThreadPool pool(threads, {}, &borrowed);
    CHECK(takes_part(pool, 20'000));
    borrowed = 1;
    bool stood_back = false;
    // A task may be so late that its loan has ended before its first job.
    for (int attempt = 0; attempt < 1000 && !stood_back; ++attempt) {
      stood_back = !takes_part(pool, 1);
    }
    CHECK(stood_back);
    CHECK(takes_part(pool, 20'000));  // the word still says borrowed
    borrowed = 0;
    CHECK(takes_part(pool, 20'000));
  }
}

TEST_CASE("every item is visited once while a CPU is borrowed and given back") {
  for (const size_t threads : {2, 3, 4}) {
    std::atomic<int32_t> borrowed{0};
    ThreadPool pool(threads, {}, &borrowed);
    std::atomic<bool> done{false};
    std::thread borrower([&] {
      for (int32_t turn = 0; !done; ++turn) {
        borrowed = turn % 3 == 0 ? turn : 0;
        std::this_thread::sleep_for(std::chrono::microseconds(turn % 7 * 10));
      }
    });
    for (int round = 0; round < (quick() ? 60 : 600); ++round) {
      std::vector<int> visits(97, 0);
      pool.start([&] {
        for (int job = 0; job < 5; ++job) {
          pool.parallel_for(97, 4, [&](size_t begin, size_t end, size_t) {
            for (size_t i = begin; i < end; ++i) ++visits[i];
          });
        }
      });
      pool.finish();
      REQUIRE(visits == std::vector<int>(97, 5));
    }
    done = true;
    borrower.join();
    borrowed = 1;  // destroyed in the middle of a loan
    pool.start([&] { pool.parallel_for(97, 4, [](size_t, size_t, size_t) {}); });
  }
}
