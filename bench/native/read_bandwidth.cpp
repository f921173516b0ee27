// Bytes a second that the given number of threads reads of 1 GiB in huge pages.
//
//   read_bandwidth THREADS
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "../bench/native/bandwidth.h"

int main(int argc, char** argv) {
  const size_t threads = std::max(1ul, argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1);
  std::printf("%.0f\n", kinglet::read_bandwidth(kinglet::footprint_memory(), threads));
  return 0;
}
