// Runs each kernel of the Arm tables once between two marks of instruction_counter.cpp, and prints
// "mark ID MACS NAME" for each: multiply-adds of weights and activations, or of attention.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/dispatch.h"

namespace {

using namespace kinglet;

void* aligned(size_t bytes) { return std::aligned_alloc(64, (bytes + 63) / 64 * 64); }

struct Free {
  void operator()(void* p) const { std::free(p); }
};
using Buffer = std::unique_ptr<std::byte, Free>;

Buffer buffer(size_t bytes) {
  Buffer b(static_cast<std::byte*>(aligned(bytes)));
  std::memset(b.get(), 0, bytes);
  return b;
}

int marks = 0;

void mark(int id) {
  if (write(-1, nullptr, static_cast<size_t>(id)) != -1) std::abort();
}

/// Counts one call of `body`; the first call, not counted, is the dynamic linker's.
template <class Body>
void count(const std::string& name, double macs, Body body) {
  body();
  const int id = ++marks;
  mark(0);
  body();
  mark(id);
  std::printf("mark %d %.0f %s\n", id, macs, name.c_str());
}

void count_matmul(const KernelTable& table, const MatmulKernel& kernel, size_t rows, size_t cols,
                  size_t batch) {
  if (!std::string(kernel.name).starts_with(std::string(table.isa) + "/")) return;  // the parent's
  const size_t stride = activation_row_bytes(kernel.activation, cols);
  const Buffer packed = buffer(kernel.packed_bytes(rows, cols));
  const Buffer activations = buffer(stride * batch);
  std::vector<float> out(rows * batch);
  const MatmulTask task{.out = out.data(),
                        .out_stride = rows,
                        .packed = packed.get(),
                        .activations = activations.get(),
                        .activation_stride = stride,
                        .batch = batch,
                        .row_begin = 0,
                        .row_end = rows,
                        .rows = rows,
                        .cols = cols};
  const auto run = batch == 1 ? kernel.gemv : kernel.gemm;
  count(std::string(kernel.name) + (batch == 1 ? " gemv" : " gemm of " + std::to_string(batch)),
        static_cast<double>(rows * cols * batch), [&] { run(task); });
}

void count_attention(const KernelTable& table, size_t queries, size_t tokens, size_t head_dim) {
  const size_t blocks = (tokens + kv_block_tokens - 1) / kv_block_tokens;
  const Buffer kv = buffer(2 * head_dim * kv_block_tokens * sizeof(float));
  const std::vector<const std::byte*> pointers(blocks, kv.get());
  const std::vector<float> q(queries * head_dim);
  std::vector<size_t> offsets(queries);
  for (size_t i = 0; i < queries; ++i) offsets[i] = i * head_dim;
  const std::vector<uint32_t> lengths(queries, static_cast<uint32_t>(tokens));
  std::vector<float> out(queries * head_dim), maxima(queries), sums(queries);
  const AttentionTask task{.out = out.data(),
                           .maxima = maxima.data(),
                           .sums = sums.data(),
                           .q = q.data(),
                           .q_offsets = offsets.data(),
                           .lengths = lengths.data(),
                           .queries = queries,
                           .head_dim = head_dim,
                           .blocks = pointers.data(),
                           .block_begin = 0,
                           .block_end = blocks};
  const std::string shape = std::to_string(queries) + " queries";
  const auto macs = static_cast<double>(2 * queries * tokens * head_dim);
  count(std::string(table.isa) + "/attend_f16 " + shape, macs, [&] { table.attend_f16(task); });
}

}  // namespace

int main() {
  constexpr size_t rows = 576, cols = 1536;  // SmolLM2-135M's and MobileLLM-R1-140M's ffn_down
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported() || variant.isa == "scalar") continue;
    const KernelTable& table = variant.table();
    const KernelTable& parent = variant.parent->table();
    for (const FormatInfo& info : formats()) {
      const MatmulKernel* unit = find_unit(table, info.format);
      if (unit == nullptr) continue;  // converted when loading
      for (const size_t batch : {1, 64}) count_matmul(table, *unit, rows, cols, batch);
    }
    if (table.attend_f16 != parent.attend_f16) {
      for (const size_t queries : {1, 3, 48}) count_attention(table, queries, 512, 64);
    }
    std::vector<float> x(cols);
    const Buffer q8 = buffer(activation_row_bytes(Activation::q8, cols));
    const auto count_vector = [&](const char* kernel, bool own, auto body) {
      if (!own) return;
      const std::string name = std::string(table.isa) + "/" + kernel + ", an element";
      count(name, static_cast<double>(cols), body);
    };
    count_vector("quantize_q8", table.quantize_q8 != parent.quantize_q8,
                 [&] { table.quantize_q8(q8.get(), x.data(), cols); });
    count_vector("silu_mul", table.silu_mul != parent.silu_mul,
                 [&] { table.silu_mul(x.data(), x.data(), x.data(), cols); });
    count_vector("rms_norm", table.rms_norm != parent.rms_norm,
                 [&] { table.rms_norm(x.data(), x.data(), x.data(), cols, 1e-5f); });
  }
}
