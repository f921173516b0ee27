// Times the kernels of every instruction set that this CPU can run, on the shapes of real models,
// beside the peaks of this machine, measured right before each row: on one thread, then on all.
//
//   kernels_bench [--isa NAME] [--format NAME] [--model NAME] [--batch N] [--threads N]
//                 [--attention] [--peaks]
//
// --threads N: on N threads alone; --attention: attention instead of products; --peaks: the peaks
// alone. A multiply and an add are two operations. GB/s are of packed weights or KV read, and their
// percentage is of the bandwidth; that of GOP/s is of the format's peak on its instruction set:
// codes of up to 5 bits count alike, Q6_K and codes into a codebook as int8.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "../bench/native/attention_bench.h"
#include "../bench/native/matmul_bench.h"

namespace kinglet {
namespace {

struct Options {
  std::string isa, format, model;
  size_t batch = 512;
  size_t threads = 0;  // 0: one, then all
  bool attention = false;
  bool peaks = false;
};

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--attention") {
      options.attention = true;
    } else if (option == "--peaks") {
      options.peaks = true;
    } else if (value == nullptr) {
      return false;
    } else {
      ++i;
      if (option == "--isa") {
        options.isa = value;
      } else if (option == "--format") {
        options.format = value;
      } else if (option == "--model") {
        options.model = value;
      } else if (option == "--batch") {
        options.batch = std::max(1ul, std::strtoul(value, nullptr, 10));
      } else if (option == "--threads") {
        options.threads = std::max(1ul, std::strtoul(value, nullptr, 10));
      } else {
        return false;
      }
    }
  }
  return true;
}

void bench(const KernelVariant& variant, const Options& options, size_t threads,
           const PageMemory& memory, const MeasuredPeaks& peaks) {
  peaks.print(variant, threads);
  if (options.peaks) return;
  if (options.attention) {
    constexpr size_t contexts[] = {1024, 16384};
    for (const size_t context : contexts) {
      for (const KvFormat format : {KvFormat::f16, KvFormat::q8}) {
        for (const size_t rows : {1, 128}) {
          bench_attention(variant, format, rows, context, threads, memory, peaks);
        }
      }
    }
    return;
  }
  for (const FormatInfo& each : formats()) {
    if (!each.is_computed() || (!options.format.empty() && each.name != options.format)) continue;
    for (const ModelMatrix& matrix : model_matrices()) {
      if (!options.model.empty() && matrix.model != options.model) continue;
      bench_matmul(variant, each, matrix, options.batch, threads, memory, peaks);
    }
  }
}

int run(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: kernels_bench [--isa NAME] [--format NAME] [--model NAME] [--batch N]\n"
                 "                     [--threads N] [--attention] [--peaks]\n");
    return 2;
  }
  const PageMemory memory = footprint_memory();
  const MeasuredPeaks peaks(memory);
  std::vector<size_t> counts = {options.threads};
  if (options.threads == 0) counts = {1, std::max<size_t>(1, std::thread::hardware_concurrency())};
  for (const size_t threads : counts) {
    for (const KernelVariant& variant : kernel_variants()) {
      if (!variant.supported() || (!options.isa.empty() && options.isa != variant.isa)) continue;
      if (variant.isa == "scalar" && options.isa.empty()) continue;  // takes minutes
      bench(variant, options, threads, memory, peaks);
    }
  }
  return 0;
}

}  // namespace
}  // namespace kinglet

int main(int argc, char** argv) { return kinglet::run(argc, argv); }
