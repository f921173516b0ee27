// A fork-join pool of Kinglet's own: never libuv's, and the caller works too.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace kinglet {

/// A reference to a callable `void(size_t begin, size_t end, size_t worker)`, valid for one call.
class RangeBody {
 public:
  template <typename F>
  RangeBody(const F& body)  // NOLINT: implicit, as a parameter type
      : object_(&body), call_([](const void* object, size_t begin, size_t end, size_t worker) {
          (*static_cast<const F*>(object))(begin, end, worker);
        }) {}
  void operator()(size_t begin, size_t end, size_t worker) const {
    call_(object_, begin, end, worker);
  }

 private:
  const void* object_;
  void (*call_)(const void*, size_t, size_t, size_t);
};

/// Where the threads of a pool run.
struct CpuPlacement {
  // That the pool's own threads may run on (the big cores, where they differ); empty: on all.
  std::vector<int> cpus;
  // Each on one of them alone: the one that runs tasks on the first, and so on. Who takes part in
  // finish() comes last, and is left alone by the pool.
  bool pin = false;

  /// The one CPU of the i-th thread; all where nothing is pinned.
  std::span<const int> of_thread(size_t i) const {
    const std::span<const int> all = cpus;
    return pin && !all.empty() ? all.subspan(i % all.size(), 1) : all;
  }
};

class ThreadPool {
 public:
  /// `threads` >= 1 counts the caller of parallel_for or finish(), which runs where it ran. Throws
  /// std::system_error where the system starts no more threads.
  ///
  /// While `borrowed`, where given, is not 0, finish() stands back, for `longest_loan` after
  /// start() at most: then whoever set it has a CPU for itself.
  explicit ThreadPool(size_t threads, const CpuPlacement& placement = {},
                      const std::atomic<int32_t>* borrowed = nullptr);
  ~ThreadPool();  // joins
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  size_t threads() const;

  /// How many of the pool's own threads are bound to one CPU each: all with CpuPlacement::pin, but
  /// those that the kernel left where they were.
  size_t pinned() const;

  static constexpr auto longest_loan = std::chrono::milliseconds(2);

  /// Has a thread of the pool's run `task`, which must not throw and is then the one to call
  /// parallel_for; returns at once, and finish() must follow. Without such a thread finish() runs
  /// it.
  void start(std::function<void()> task);

  /// Takes part in what the started task calls parallel_for with, until the task has returned.
  void finish();

  /// Calls body on ranges that cover [0, count) once, each of `grain` items (the last may be
  /// shorter), handed out as threads become free; returns when all are done. `worker` is in
  /// [0, threads()) and differs between calls that overlap. One caller at a time; no nesting; body
  /// must not throw; grain >= 1. What body wrote is visible to the caller afterwards. A single
  /// range runs on the calling thread and wakes nobody.
  void parallel_for(size_t count, size_t grain, RangeBody body);

  /// The same in ranges that shrink: each is a part of what is left, in whole multiples of
  /// `smallest`, and at most `largest`. So few are handed out, and threads end together, however
  /// unequal they are.
  void parallel_for(size_t count, size_t smallest, size_t largest, RangeBody body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kinglet
