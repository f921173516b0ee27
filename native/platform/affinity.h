// Which CPUs a thread may run on.
#pragma once

#include <pthread.h>

#include <span>

namespace kinglet {

/// Lets a thread run on `cpus` only; returns whether it does. Where the kernel refuses the set
/// (none of it is in the process's cpuset), or it is empty, the thread keeps the set that it has.
bool restrict_thread(pthread_t thread, std::span<const int> cpus);

}  // namespace kinglet
