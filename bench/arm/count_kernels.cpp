// Runs each kernel of the tables that this CPU can run once between two marks of
// instruction_counter.cpp, and prints "mark ID UNITS NAME" for each. A unit is a multiply-add of
// weights and activations or of attention, or an element of a row. What a table has from its parent
// is counted there.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../bench/arm/attention_input.h"
#include "kernels/dispatch.h"
#include "kernels/q8_fours.h"

namespace {

using namespace kinglet;

struct Free {
  void operator()(void* p) const { std::free(p); }
};
using Buffer = std::unique_ptr<std::byte, Free>;

/// Zeros, where rows of 64 bytes begin.
Buffer buffer(size_t bytes) {
  const size_t whole = (bytes + 63) / 64 * 64;
  Buffer b(static_cast<std::byte*>(std::aligned_alloc(64, whole)));
  std::memset(b.get(), 0, whole);
  return b;
}

int marks = 0;

void mark(int id) {
  if (pwrite(-1, nullptr, 0, id) != -1) std::abort();
}

/// Counts one call of `body`; the first call, not counted, is the dynamic linker's.
template <class Body>
void count(const std::string& name, double units, Body body) {
  body();
  const int id = ++marks;
  mark(0);
  body();
  mark(id);
  std::printf("mark %d %.0f %s\n", id, units, name.c_str());
}

void count_matmul(const MatmulKernel& kernel, size_t batch) {
  constexpr size_t rows = 576, cols = 1536;  // SmolLM2-135M's and MobileLLM-R1-140M's ffn_down
  const size_t stride = activation_row_bytes(kernel.activation, cols);
  const Buffer packed = buffer(kernel.packed_bytes(rows, cols));
  const Buffer activations = buffer(stride * rows_of_fours(batch));
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

/// All units of a table that its parent has not, in decode, in small batches and in prefill.
void count_matmuls(const KernelTable& table, const KernelTable& parent) {
  for (size_t i = 0; i < computed_format_count; ++i) {
    const MatmulKernel& unit = table.units[i];
    if (unit.name == nullptr || unit.name == parent.units[i].name) continue;
    for (const size_t batch : {1, 2, 3, 4, 5, 6, 7, 8, 16, 64}) count_matmul(unit, batch);
  }
}

/// See AttentionInput.
template <class Kv>
void count_attention(const KernelTable& table, const char* name,
                     void (*KernelTable::*kernel)(const AttentionTask&),
                     const KernelTable& parent) {
  if (table.*kernel == parent.*kernel) return;
  struct Shape {
    size_t rows, heads, tokens;
  };
  constexpr Shape shapes[] = {{1, 1, 512}, {1, 3, 512}, {1, 4, 512}, {1, 2, 100}, {16, 3, 512}};
  for (const auto& [rows, heads, tokens] : shapes) {
    AttentionInput<Kv> input(rows, heads, tokens);
    count(std::string(table.isa) + "/" + name + " " + std::to_string(rows) + "x" +
              std::to_string(heads) + " of " + std::to_string(tokens),
          input.multiply_adds(), [&] { input.attend(table.*kernel); });
  }
}

/// The kernels over rows of floats, counted by element.
class RowKernels {
 public:
  RowKernels(const KernelTable& table, const KernelTable& parent) : table_(table), parent_(parent) {
    std::mt19937 random(1);
    for (std::vector<float>* values : {&in_, &weight_}) {
      for (float& x : *values) x = static_cast<float>(random()) * 0x1p-30f - 2;  // in [-2, 2)
    }
  }

  void count_all() {
    each("quantize_q8", &KernelTable::quantize_q8, n,
         [&](auto kernel) { kernel(q8_.get(), in_.data(), n); });
    each("silu_mul", &KernelTable::silu_mul, n,
         [&](auto kernel) { kernel(out_.data(), in_.data(), weight_.data(), n); });
    each("add", &KernelTable::add, n, [&](auto kernel) { kernel(out_.data(), in_.data(), n); });
    each("to_f16", &KernelTable::to_f16, n,
         [&](auto kernel) { kernel(halves_.data(), in_.data(), n); });
    each("extremes", &KernelTable::extremes, n, [&](auto kernel) { kernel(in_.data(), n); });
    each("sum_exp", &KernelTable::sum_exp, n, [&](auto kernel) { kernel(in_.data(), n, 2); });
    each("weigh", &KernelTable::weigh, n,
         [&](auto kernel) { kernel(out_.data(), in_.data(), n, 2, 1); });
    each("keep_from", &KernelTable::keep_from, n,
         [&](auto kernel) { kernel(out_.data(), weight_.data(), in_.data(), n, 1); });
    for (const size_t length : {n, size_t{64}}) {
      each("rms_norm of " + std::to_string(length), &KernelTable::rms_norm, length,
           [&](auto kernel) { kernel(out_.data(), in_.data(), weight_.data(), length, 1e-5f); });
    }
    for (const size_t head_dim : {64, 80, 128}) count_head(head_dim);
  }

 private:
  static constexpr size_t n = 1536;

  void count_head(size_t head_dim) {
    const std::string of = " of " + std::to_string(head_dim);
    const auto rope = [&](RopePairing pairing) {
      return [this, head_dim, pairing](auto kernel) {
        kernel(out_.data(), in_.data(), weight_.data(), head_dim, pairing);
      };
    };
    each("rope" + of + " in halves", &KernelTable::rope, head_dim, rope(RopePairing::half));
    each("rope" + of + " in pairs", &KernelTable::rope, head_dim, rope(RopePairing::interleaved));
    each("to_kv_q8" + of, &KernelTable::to_kv_q8, head_dim,
         [&](auto kernel) { kernel(codes_, in_.data(), head_dim); });
  }

  template <class Kernel, class Body>
  void each(const std::string& name, Kernel KernelTable::* kernel, size_t elements, Body body) {
    if (table_.*kernel == parent_.*kernel) return;
    count(std::string(table_.isa) + "/" + name, static_cast<double>(elements),
          [&] { body(table_.*kernel); });
  }

  const KernelTable& table_;
  const KernelTable& parent_;
  std::vector<float> in_ = std::vector<float>(n), weight_ = in_, out_ = in_;
  std::vector<uint16_t> halves_ = std::vector<uint16_t>(n);
  int8_t codes_[128];
  Buffer q8_ = buffer(activation_row_bytes(Activation::q8, n));
};

}  // namespace

int main() {
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported() || variant.parent == nullptr) continue;
    const KernelTable& table = variant.table();
    const KernelTable& parent = variant.parent->table();
    count_matmuls(table, parent);
    count_attention<uint16_t>(table, "attend_f16", &KernelTable::attend_f16, parent);
    count_attention<float>(table, "attend_f32", &KernelTable::attend_f32, parent);
    count_attention<int8_t>(table, "attend_q8", &KernelTable::attend_q8, parent);
    RowKernels(table, parent).count_all();
  }
}
