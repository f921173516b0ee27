#include "../bench/native/rate.h"

#include <time.h>

#include <algorithm>
#include <barrier>
#include <numeric>
#include <thread>
#include <vector>

namespace kinglet {
namespace {

double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

double work_rate(size_t threads, const std::function<double(size_t)>& call) {
  constexpr double round_seconds = 0.05;
  constexpr size_t round_count = 7;
  std::barrier start(static_cast<ptrdiff_t>(threads));
  std::vector<double> rates(threads);
  const auto measure = [&](size_t thread) {
    const auto time = [&](double seconds) {
      start.arrive_and_wait();
      const double begin = thread_seconds();
      double work = 0;
      double now = begin;
      do {
        work += call(thread);
        now = thread_seconds();
      } while (now - begin < seconds);
      return work / (now - begin);
    };
    time(0);
    std::vector<double> rounds(round_count);
    for (double& round : rounds) round = time(round_seconds);
    std::nth_element(rounds.begin(), rounds.begin() + round_count / 2, rounds.end());
    rates[thread] = rounds[round_count / 2];
  };
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(measure, thread);
  measure(0);
  for (std::thread& other : others) other.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace kinglet
