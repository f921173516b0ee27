// A fork-join pool of Kinglet's own: never libuv's, and the caller works too.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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

class ThreadPool {
 public:
  /// `threads` >= 1 counts the caller of parallel_for or finish(). `cpus`, where not empty, is the
  /// set of CPUs that the pool's own threads may run on (the big cores, where they differ). Throws
  /// std::system_error where the system starts no more threads.
  ///
  /// While `borrowed`, where given, is not 0, finish() stands back, for `longest_loan` after
  /// start() at most: then whoever set it has a CPU for itself.
  explicit ThreadPool(size_t threads, const std::vector<int>& cpus = {},
                      const std::atomic<int32_t>* borrowed = nullptr);
  ~ThreadPool();  // joins
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  size_t threads() const;

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

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kinglet
