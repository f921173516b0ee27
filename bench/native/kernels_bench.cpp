// Times the matmul units of every instruction set that this CPU can run, on one thread, at the
// shapes of real models: SmolLM2-135M's and MobileLLM-R1-950M's.
//
//   kernels_bench [--isa NAME] [--format NAME] [--batch N] [--attention]
//
// gemv walks over copies of a matrix that together exceed the cores' own caches, as decoding walks
// over a model; its GB/s are of packed weights read. A multiply and an add are two operations.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/attention_input.h"
#include "kernels/dispatch.h"
#include "kernels/kernels.h"
#include "quant/formats.h"

namespace kinglet {
namespace {

struct Shape {
  size_t rows, cols;
};
constexpr Shape shapes[] = {{576, 576}, {1536, 576}, {49152, 576}, {6144, 1536}, {1536, 6144}};
constexpr size_t footprint = size_t{96} << 20;

struct Free {
  void operator()(std::byte* data) const { ::operator delete(data, std::align_val_t{64}); }
};
using Buffer = std::unique_ptr<std::byte, Free>;
Buffer allocate(size_t bytes) {
  return Buffer(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{64})));
}

/// CPU time of this thread: what other processes take from it does not count.
double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seconds of one call: the median of 7 rounds that take some 50 ms each.
double seconds(const std::function<void()>& call) {
  const auto time = [&](size_t calls) {
    const double start = thread_seconds();
    for (size_t i = 0; i < calls; ++i) call();
    return thread_seconds() - start;
  };
  call();
  const auto calls = static_cast<size_t>(std::max(1.0, 0.05 / std::max(time(1), 1e-9)));
  std::vector<double> rounds;
  for (int i = 0; i < 7; ++i) rounds.push_back(time(calls) / static_cast<double>(calls));
  std::nth_element(rounds.begin(), rounds.begin() + 3, rounds.end());
  return rounds[3];
}

std::vector<std::byte> random_weights(const FormatInfo& info, size_t rows, size_t cols) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(rows * row_bytes(info, cols));
  // No subnormal floats: multiplying them takes many times as long.
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(0x20 | (random() & 0x1f));
  return bytes;
}

void bench_matmul(const KernelTable& table, const FormatInfo& info, Shape shape, size_t batch) {
  const MatmulKernel* unit = find_unit(table, info.format);
  if (unit == nullptr) {
    std::printf("%s has no unit for %s\n", table.isa, std::string(info.name).c_str());
    return;
  }
  const MatmulKernel& kernel = *unit;
  const auto [rows, cols] = shape;
  const size_t bytes = kernel.packed_bytes(rows, cols);
  const size_t copies = std::max<size_t>(1, footprint / bytes);
  const size_t copy_stride = (bytes + 63) / 64 * 64;
  const Buffer packed = allocate(copies * copy_stride);
  {
    const std::vector<std::byte> weights = random_weights(info, rows, cols);
    kernel.pack(packed.get(), weights.data(), 0, rows, rows, cols);
    for (size_t i = 1; i < copies; ++i) {
      std::memcpy(packed.get() + i * copy_stride, packed.get(), bytes);
    }
  }
  const size_t stride = activation_row_bytes(kernel.activation, cols);
  const Buffer activations = allocate(batch * stride);
  std::vector<float> row(cols, 0.5f);
  for (size_t b = 0; b < batch; ++b) {
    if (kernel.activation == Activation::q8) {
      table.quantize_q8(activations.get() + b * stride, row.data(), cols);
    } else {
      std::memcpy(activations.get() + b * stride, row.data(), cols * sizeof(float));
    }
  }
  std::vector<float> out(batch * rows);
  size_t copy = 0;
  const auto run = [&](void (*matmul)(const MatmulTask&), size_t columns) {
    matmul({.out = out.data(),
            .out_stride = rows,
            .packed = packed.get() + copy * copy_stride,
            .activations = activations.get(),
            .activation_stride = stride,
            .batch = columns,
            .row_begin = 0,
            .row_end = rows,
            .rows = rows,
            .cols = cols});
    copy = (copy + 1) % copies;
  };
  const double gemv = seconds([&] { run(kernel.gemv, 1); });
  const double gemm = seconds([&] { run(kernel.gemm, batch); });
  const double operations = 2.0 * static_cast<double>(rows) * static_cast<double>(cols);
  std::printf("%-18s %5zu x %-5zu  gemv %7.2f GB/s %7.1f GOP/s   gemm %zu %7.1f GOP/s\n",
              kernel.name, rows, cols, static_cast<double>(bytes) / gemv * 1e-9,
              operations / gemv * 1e-9, batch,
              operations * static_cast<double>(batch) / gemm * 1e-9);
}

/// A chunk's last `rows` rows of 3 heads each over a context, one KV head of 64.
void bench_attention(const KernelTable& table, size_t rows, size_t context) {
  AttentionInput<uint16_t> input(rows, 3, context);
  const double time = seconds([&] { input.attend(table); });
  std::printf("%-12s attend_f16  %4zu queries over %5zu tokens  %7.1f GOP/s\n", table.isa,
              input.queries(), context, 2 * input.multiply_adds() / time * 1e-9);
}

int run(int argc, char** argv) {
  std::string isa, format;
  size_t batch = 512;
  bool attention = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const bool has_value = i + 1 < argc;
    if (option == "--attention") {
      attention = true;
    } else if (option == "--isa" && has_value) {
      isa = argv[++i];
    } else if (option == "--format" && has_value) {
      format = argv[++i];
    } else if (option == "--batch" && has_value) {
      batch = std::max(1ul, std::strtoul(argv[++i], nullptr, 10));
    } else {
      std::fprintf(stderr,
                   "usage: kernels_bench [--isa NAME] [--format NAME] [--batch N] [--attention]\n");
      return 2;
    }
  }
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported() || (!isa.empty() && isa != variant.isa)) continue;
    if (attention) {
      bench_attention(variant.table(), 1, 1024);
      bench_attention(variant.table(), 512, 512);
      continue;
    }
    if (variant.isa == "scalar" && isa.empty()) continue;  // takes minutes
    for (const FormatInfo& each : formats()) {
      if (!each.is_computed() || (!format.empty() && each.name != format)) continue;
      for (const Shape shape : shapes) {
        if (shape.cols % each.block_values != 0) continue;
        bench_matmul(variant.table(), each, shape, batch);
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace kinglet

int main(int argc, char** argv) { return kinglet::run(argc, argv); }
