// Runs each kernel of the Arm tables once between two marks of instruction_counter.cpp, and prints
// "mark ID UNITS NAME" for each. A unit is a multiply-add of weights and activations or of
// attention, or an element of a row.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/attention_input.h"
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

std::mt19937 random_bits(1);

/// In [-2, 2).
std::vector<float> random_floats(size_t n) {
  std::vector<float> values(n);
  for (float& x : values) x = static_cast<float>(random_bits()) * 0x1p-30f - 2;
  return values;
}

/// See AttentionInput.
template <class Kv>
void count_attention(const KernelTable& table, size_t rows, size_t heads, size_t tokens) {
  using Input = AttentionInput<Kv>;
  Input input(rows, heads, tokens);
  count(std::string(table.isa) + (Input::is_f16 ? "/attend_f16 " : "/attend_f32 ") +
            std::to_string(rows) + "x" + std::to_string(heads) + " of " + std::to_string(tokens),
        input.multiply_adds(), [&] { input.attend(table); });
}

/// The kernels over rows of floats, counted by element.
void count_vector_kernels(const KernelTable& table) {
  constexpr size_t n = 1536;
  const std::vector<float> in = random_floats(n), weight = random_floats(n);
  const Buffer q8 = buffer(activation_row_bytes(Activation::q8, n));
  std::vector<uint16_t> halves(n);
  std::vector<float> out(n);
  const auto each = [&](const char* name, size_t elements, auto body) {
    count(std::string(table.isa) + "/" + name, static_cast<double>(elements), body);
  };
  each("quantize_q8", n, [&] { table.quantize_q8(q8.get(), in.data(), n); });
  each("silu_mul", n, [&] { table.silu_mul(out.data(), in.data(), weight.data(), n); });
  for (const size_t length : {n, size_t{64}}) {
    each(length == n ? "rms_norm" : "rms_norm of 64", length,
         [&] { table.rms_norm(out.data(), in.data(), weight.data(), length, 1e-5f); });
  }
  for (const size_t head_dim : {64, 80}) {
    const std::string head = "rope of " + std::to_string(head_dim);
    const auto rope = [&](RopePairing pairing) {
      table.rope(out.data(), in.data(), weight.data(), head_dim, pairing);
    };
    each((head + " in halves").c_str(), head_dim, [&] { rope(RopePairing::half); });
    each((head + " in pairs").c_str(), head_dim, [&] { rope(RopePairing::interleaved); });
  }
  each("add", n, [&] { table.add(out.data(), in.data(), n); });
  each("to_f16", n, [&] { table.to_f16(halves.data(), in.data(), n); });
  each("max", n, [&] { table.max(in.data(), n); });
  each("sum_exp", n, [&] { table.sum_exp(in.data(), n, 2); });
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
      for (const size_t tokens : {512, 100}) {
        count_attention<uint16_t>(table, 1, 1, tokens);
        count_attention<uint16_t>(table, 1, 3, tokens);
        count_attention<uint16_t>(table, 1, 4, tokens);
      }
      count_attention<uint16_t>(table, 16, 3, 512);
      count_attention<float>(table, 1, 3, 512);
      count_attention<float>(table, 16, 3, 512);
    }
    if (table.rms_norm != parent.rms_norm) count_vector_kernels(table);
  }
}
