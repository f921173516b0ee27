#include "platform/affinity.h"

#include <sched.h>

#include <algorithm>

namespace kinglet {

bool restrict_thread(pthread_t thread, std::span<const int> cpus) {
  if (cpus.empty()) return false;
  const int largest = *std::max_element(cpus.begin(), cpus.end());
  if (largest < 0) return false;
  const size_t bytes = CPU_ALLOC_SIZE(largest + 1);
  cpu_set_t* set = CPU_ALLOC(largest + 1);
  if (set == nullptr) return false;
  CPU_ZERO_S(bytes, set);
  for (const int cpu : cpus) {
    if (cpu >= 0) CPU_SET_S(cpu, bytes, set);
  }
  const bool done = pthread_setaffinity_np(thread, bytes, set) == 0;
  CPU_FREE(set);
  return done;
}

}  // namespace kinglet
