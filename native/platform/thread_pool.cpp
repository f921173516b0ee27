// How the pool hands out work:
//
//   generation_   counts jobs. Workers wait for it to change, first spinning, then on a futex.
//   gate_         is open while a job may be entered, and counts the workers inside it. The caller
//                 closes it when no range is left and waits until nobody is inside, so a worker
//                 that wakes up late finds it closed: nobody waits for a thread that does not run.
//   next_         hands out ranges one by one, so a slow core simply takes fewer of them.
//
//   task_         a started task. The last worker runs it, as the caller of its jobs, and who
//                 started it stands in for that worker in finish(), which may come late: the jobs
//                 go on.
//
//   lent_         1 while finish() stands back, so that a thread that is not the pool's has its
//                 CPU. Without one such a thread takes turns with one that computes, and all others
//                 wait for that one at the end of every job.
//
// Waiting is spinning for at most `longest_spin` and then sleeping. A spin must be short: where
// another process wants the core, a spinning thread keeps the very thread that it waits for from
// running.
#include "platform/thread_pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <climits>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "platform/affinity.h"

namespace kinglet {
namespace {

using Clock = std::chrono::steady_clock;
using FutexWord = std::atomic<uint32_t>;
static_assert(sizeof(FutexWord) == sizeof(uint32_t) && FutexWord::is_always_lock_free);

// About what it costs to sleep and be woken: a wait that is longer loses at most a factor of two.
constexpr auto longest_spin = std::chrono::microseconds(50);
constexpr auto shortest_spin = std::chrono::microseconds(2);
// For the next task: it comes as soon as somebody has looked at what the last one brought.
constexpr auto longest_task_spin = std::chrono::microseconds(400);
constexpr int pauses_per_clock_read = 8;
constexpr size_t cache_line = 64;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");  // `yield` does nothing on most Arm cores
#endif
}

/// Sleeps while `word` holds `expected`; may wake up for no reason.
void futex_wait(const FutexWord& word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake(const FutexWord& word, size_t threads) {
  const int most = static_cast<int>(std::min<size_t>(threads, INT_MAX));
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, most, nullptr, nullptr, 0);
}

/// Spins until `done()` or until `limit` has passed; returns what done() gave last.
template <typename Done>
bool spin_until(const Done& done, Clock::duration limit) {
  if (done()) return true;
  const auto deadline = Clock::now() + limit;
  do {
    for (int i = 0; i < pauses_per_clock_read; ++i) {
      pause_briefly();
      if (done()) return true;
    }
  } while (Clock::now() < deadline);
  return false;
}

}  // namespace

struct ThreadPool::State {
  struct Job {
    const RangeBody* body = nullptr;
    size_t count = 0;
    size_t smallest = 1, largest = 1;  // items of a range
  };

  ~State() {
    if (started_) finish();
    stopping_.store(true, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(generation_, INT_MAX);
    for (std::thread& thread : threads_) thread.join();
  }

  void start(size_t threads, const CpuPlacement& placement, const std::atomic<int32_t>* borrowed) {
    borrowed_ = borrowed;
    threads_.reserve(threads);
    for (size_t worker = 1; worker <= threads; ++worker) {
      std::thread& thread = threads_.emplace_back([this, worker, last = worker == threads] {
        pthread_setname_np(pthread_self(), "kinglet-pool");
        serve(worker, last);
      });
      // The last worker runs tasks.
      const bool restricted =
          restrict_thread(thread.native_handle(), placement.of_thread(threads - worker));
      if (placement.pin && restricted) ++pinned_;
    }
  }

  void run(const Job& job) {
    job_ = job;
    next_.store(0, std::memory_order_relaxed);
    if (lends() && threads_.size() == 1) {
      do {
        if (!take_range(job, 0)) return;
      } while (lends());
    }
    const size_t left = job.count - next_.load(std::memory_order_relaxed);
    if (left == 0) return;
    gate_.store(gate_open, std::memory_order_release);
    announce((left - 1) / job.smallest);

    take_ranges(0);
    leave_to_last();
  }

  void start_task(std::function<void()> task) {
    assert(!started_);
    started_ = true;
    task_ = std::move(task);
    task_state_.store(TaskState::waiting, std::memory_order_release);
    if (!threads_.empty()) announce(INT_MAX);
  }

  void finish() {
    assert(started_);
    started_ = false;
    if (threads_.empty()) {
      task_();
      return;
    }
    Clock::duration spin = longest_spin;
    for (;;) {
      const uint32_t seen = generation_.load(std::memory_order_acquire);
      if (task_state_.load(std::memory_order_acquire) == TaskState::over) return;
      if (lent_.load(std::memory_order_acquire) != 0) {
        futex_wait(lent_, 1);
        continue;
      }
      if (enter()) {
        take_ranges(threads_.size());
        leave();
      }
      spin = wait_for_job(seen, spin, longest_spin);
    }
  }

  size_t workers() const { return threads_.size(); }
  size_t pinned() const { return pinned_; }

 private:
  // gate_: bit 0: a job may be entered; bit 1: the caller sleeps until the last worker has left;
  // above: how many workers are inside.
  static constexpr uint32_t gate_open = 1;
  static constexpr uint32_t gate_awaited = 2;
  static constexpr uint32_t gate_inside = 4;

  enum class TaskState : uint8_t { none, waiting, running, over };

  /// Tells as many as `most` sleeping threads, and all others, of a job or a task. A worker that
  /// goes to sleep counts itself first and then lets the kernel compare the generation; this side
  /// writes the generation first and then reads the count. In one total order, one of the two sees
  /// the other.
  void announce(size_t most) {
    generation_.fetch_add(1, std::memory_order_seq_cst);
    const size_t sleepers = sleepers_.load(std::memory_order_seq_cst);
    if (sleepers > 0) futex_wake(generation_, std::min(sleepers, most));
  }

  void run_task() {
    task_state_.store(TaskState::running, std::memory_order_relaxed);
    loan_ends_.reset();
    task_();
    if (lent_.load(std::memory_order_relaxed) != 0) recall();
    task_state_.store(TaskState::over, std::memory_order_release);
    announce(INT_MAX);
  }

  /// Whether who is to take part in finish() stands back from this job.
  bool lends() {
    if (borrowed_ == nullptr || task_state_.load(std::memory_order_relaxed) != TaskState::running) {
      return false;
    }
    bool lends = borrowed_->load(std::memory_order_relaxed) != 0;
    if (lends) {
      const auto now = Clock::now();
      if (!loan_ends_) loan_ends_ = now + longest_loan;
      lends = now < *loan_ends_;
    }
    const bool lent = lent_.load(std::memory_order_relaxed) != 0;
    if (lends && !lent) lent_.store(1, std::memory_order_relaxed);
    if (!lends && lent) recall();
    return lends;
  }

  void recall() {
    lent_.store(0, std::memory_order_release);
    futex_wake(lent_, 1);
  }

  void take_ranges(size_t worker) {
    // The job is read before the first range is taken and holds until gate_ is left.
    const Job job = job_;
    while (take_range(job, worker)) {
    }
  }

  /// Runs the next range of the job; false where none is left.
  bool take_range(const Job& job, size_t worker) {
    // Of the shares that what is left is cut into, a range is one. The first of all is then no more
    // than a thread of about half the others' speed should do of the whole job.
    const size_t shares = 2 * threads_.size() + 1;
    size_t begin = next_.load(std::memory_order_relaxed), end;
    do {
      if (begin == job.count) return false;
      const size_t left = job.count - begin;
      const size_t share = left / shares / job.smallest * job.smallest;
      end = begin + std::min(left, std::clamp(share, job.smallest, job.largest));
    } while (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    (*job.body)(begin, end, worker);
    return true;
  }

  /// Closes the gate and waits for the workers inside.
  void leave_to_last() {
    uint32_t gate = gate_.fetch_and(~gate_open, std::memory_order_acq_rel) & ~gate_open;
    const auto empty = [&] {
      gate = gate_.load(std::memory_order_acquire);
      return gate < gate_inside;
    };
    if (gate < gate_inside || spin_until(empty, longest_spin)) return;
    gate = gate_.fetch_or(gate_awaited, std::memory_order_acq_rel) | gate_awaited;
    while (gate >= gate_inside) {
      futex_wait(gate_, gate);
      gate = gate_.load(std::memory_order_acquire);
    }
  }

  bool enter() {
    uint32_t gate = gate_.load(std::memory_order_relaxed);
    while ((gate & gate_open) != 0) {
      if (gate_.compare_exchange_weak(gate, gate + gate_inside, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  void leave() {
    const uint32_t gate = gate_.fetch_sub(gate_inside, std::memory_order_acq_rel);
    if ((gate & gate_awaited) != 0 && gate - gate_inside < gate_inside) futex_wake(gate_, 1);
  }

  void serve(size_t worker, bool last) {
    uint32_t seen = 0;
    Clock::duration limit = longest_spin;
    Clock::duration spin = limit;
    for (;;) {
      spin = wait_for_job(seen, spin, limit);
      seen = generation_.load(std::memory_order_acquire);
      if (stopping_.load(std::memory_order_relaxed)) return;
      if (last && task_state_.load(std::memory_order_acquire) == TaskState::waiting) {
        run_task();
        limit = longest_task_spin;
      } else if (enter()) {
        take_ranges(worker);
        leave();
      }
    }
  }

  /// Waits until the generation differs from `seen`, spinning for `spin` at first. Returns how long
  /// to spin the next time: less after waits that no spin of `limit` would have bridged.
  Clock::duration wait_for_job(uint32_t seen, Clock::duration spin, Clock::duration limit) {
    const auto changed = [&] { return generation_.load(std::memory_order_acquire) != seen; };
    const auto started = Clock::now();
    if (spin_until(changed, spin)) return limit;
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (!changed()) futex_wait(generation_, seen);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
    return Clock::now() - started < limit ? limit
                                          : std::max<Clock::duration>(spin / 2, shortest_spin);
  }

  alignas(cache_line) FutexWord generation_{0};
  std::atomic<uint32_t> sleepers_{0};
  std::atomic<bool> stopping_{false};

  // Written by who runs the task.
  alignas(cache_line) FutexWord lent_{0};
  std::atomic<TaskState> task_state_{TaskState::none};
  const std::atomic<int32_t>* borrowed_ = nullptr;
  std::optional<Clock::time_point> loan_ends_;

  // Written by who starts tasks.
  bool started_ = false;
  std::function<void()> task_;

  alignas(cache_line) FutexWord gate_{0};
  Job job_;  // written by the caller while the gate is closed and nobody is inside

  alignas(cache_line) std::atomic<size_t> next_{0};  // the first item that nobody has taken

  std::vector<std::thread> threads_;
  size_t pinned_ = 0;
};

ThreadPool::ThreadPool(size_t threads, const CpuPlacement& placement,
                       const std::atomic<int32_t>* borrowed)
    : state_(std::make_unique<State>()) {
  assert(threads >= 1);
  state_->start(threads - 1, placement, borrowed);
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::start(std::function<void()> task) { state_->start_task(std::move(task)); }

void ThreadPool::finish() { state_->finish(); }

size_t ThreadPool::threads() const { return state_->workers() + 1; }

size_t ThreadPool::pinned() const { return state_->pinned(); }

void ThreadPool::parallel_for(size_t count, size_t grain, RangeBody body) {
  parallel_for(count, grain, grain, body);
}

void ThreadPool::parallel_for(size_t count, size_t smallest, size_t largest, RangeBody body) {
  assert(smallest >= 1 && largest >= smallest);
  if (count == 0) return;
  if (state_->workers() == 0) {
    for (size_t begin = 0; begin < count; begin += std::min(largest, count - begin)) {
      body(begin, begin + std::min(largest, count - begin), 0);
    }
  } else if (count <= smallest) {
    body(0, count, 0);
  } else {
    state_->run({.body = &body,
                 .count = count,
                 .smallest = smallest,
                 .largest = largest - largest % smallest});
  }
}

}  // namespace kinglet
