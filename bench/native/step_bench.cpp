// Where a step's time goes: decoding and prefill of a model with SmolLM2-135M's shapes and random
// weights, against the time that the same threads need just to read the weights.
//
//   step_bench [threads] [isa] [case]
//
// `isa` is a kernel table's name or "best"; `case` runs those alone whose name contains it.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "architectures/architecture.h"
#include "model.h"
#include "platform/page_memory.h"
#include "platform/thread_pool.h"
#include "sampler/neutral_draws.h"

namespace {

using namespace kinglet;

constexpr size_t max_rows = 512;
constexpr size_t context = 1024;
constexpr size_t sequences = 8;

ModelSpec smollm2_135m() {
  ModelSpec spec;
  spec.architecture = "llama";
  spec.layers = 30;
  spec.hidden_size = 576;
  spec.ffn_size = 1536;
  spec.heads = 9;
  spec.kv_heads = 3;
  spec.head_dim = 64;
  spec.vocab_size = 49152;
  spec.context_length = context;
  spec.rms_norm_epsilon = 1e-5f;
  spec.attention_scale = 0.125f;
  spec.rope_layers.assign(spec.layers, 1);
  for (size_t i = 0; i < spec.head_dim / 2; ++i) {
    spec.rope_inverse_frequencies.push_back(std::pow(100000.0f, -static_cast<float>(i) / 32));
  }
  return spec;
}

/// Writes a model file whose rows repeat a few random ones: speed does not depend on values.
class BenchFile {
 public:
  explicit BenchFile(const ModelSpec& spec) {
    char path[] = "/tmp/kinglet-bench-XXXXXX";
    file_ = fdopen(mkstemp(path), "wb");
    path_ = path;
    add("token_embd.weight", spec.vocab_size, spec.hidden_size, Format::q8_0);
    add("output_norm.weight", 1, spec.hidden_size, Format::f32);
    for (size_t layer = 0; layer < spec.layers; ++layer) {
      for (const LayerTensor& tensor : find_architecture(spec.architecture)->layer_tensors()) {
        if (tensor.optional) continue;
        add("blk." + std::to_string(layer) + "." + std::string(tensor.name),
            side_length(spec, tensor.rows), side_length(spec, tensor.cols),
            tensor.matrix != nullptr ? Format::q4_1 : Format::f32);
      }
    }
    fflush(file_);
  }
  ~BenchFile() {
    fclose(file_);
    unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }
  const std::vector<TensorEntry>& tensors() const { return tensors_; }

 private:
  void add(const std::string& name, size_t rows, size_t cols, Format format) {
    constexpr size_t kinds = 7;
    const FormatInfo& info = format_info(format);
    const size_t bytes = row_bytes(info, cols);
    std::normal_distribution<float> normal(rows == 1 ? 1.0f : 0.0f, 0.05f);
    std::vector<std::byte> packed(kinds * bytes);
    std::vector<float> values(cols);
    for (size_t kind = 0; kind < kinds; ++kind) {
      for (float& value : values) value = normal(random_);
      if (format == Format::f32) {
        std::copy_n(reinterpret_cast<const std::byte*>(values.data()), bytes,
                    packed.data() + kind * bytes);
      } else {
        info.quantize(packed.data() + kind * bytes, values.data(), cols);
      }
    }
    for (size_t row = 0; row < rows; ++row) {
      fwrite(packed.data() + row % kinds * bytes, 1, bytes, file_);
    }
    TensorEntry entry;
    entry.name = name;
    entry.format = format;
    entry.rows = rows;
    entry.cols = cols;
    entry.offset = end_;
    entry.bytes = rows * bytes;
    end_ += entry.bytes;
    tensors_.push_back(entry);
  }

  std::string path_;
  FILE* file_ = nullptr;
  uint64_t end_ = 0;
  std::vector<TensorEntry> tensors_;
  std::mt19937 random_{1};
};

/// A step of `rows` rows for each of `count` sequences that have `first` positions already, and a
/// greedy draw from each one's last row.
class Step {
 public:
  Step(size_t count, size_t rows, size_t first)
      : tokens_(count * rows, 17),
        first_(count, static_cast<int32_t>(first)),
        draws_(last_rows(count, rows)),
        greedy_(count, 0.0f),
        drawn_(count),
        status_(count),
        top_ids_(count * max_top_logprobs),
        top_(count * max_top_logprobs) {
    constexpr size_t blocks = context / kv_block_tokens;
    for (size_t s = 0; s <= count; ++s) {
      row_offsets_.push_back(static_cast<int32_t>(s * rows));
      block_offsets_.push_back(static_cast<int32_t>(s * blocks));
    }
    for (size_t b = 0; b < count * blocks; ++b) block_tables_.push_back(static_cast<int32_t>(b));
    batch_.tokens = tokens_.data();
    batch_.counts.rows = tokens_.size();
    batch_.row_offsets = row_offsets_.data();
    batch_.first_positions = first_.data();
    batch_.counts.sequences = count;
    batch_.block_offsets = block_offsets_.data();
    batch_.block_tables = block_tables_.data();
    draws_.put_into(batch_);
    batch_.draws.temperature = greedy_.data();
    results_.draw_tokens = drawn_.data();
    results_.draw_status = status_.data();
    results_.draw_top_ids = top_ids_.data();
    results_.draw_top_logprobs = top_.data();
  }

  void run(Model& model) const {
    model.start(batch_, results_);
    if (const Status status = model.finish(); !status.ok()) {
      fprintf(stderr, "%s\n", status.message().c_str());
      exit(1);
    }
  }

 private:
  static std::vector<int32_t> last_rows(size_t count, size_t rows) {
    std::vector<int32_t> last;
    for (size_t s = 1; s <= count; ++s) last.push_back(static_cast<int32_t>(s * rows - 1));
    return last;
  }

  std::vector<int32_t> tokens_, first_, row_offsets_, block_offsets_, block_tables_;
  NeutralDraws draws_;
  std::vector<float> greedy_;
  std::vector<int32_t> drawn_;
  std::vector<uint8_t> status_;
  std::vector<int32_t> top_ids_;
  std::vector<float> top_;
  StepBatch batch_;
  StepResults results_;
};

/// Adds up memory with the threads of a pool: a plain read, to measure steps by. (Kernels that
/// prefetch can be a little faster than this.)
class Reader {
 public:
  Reader(size_t bytes, size_t threads) : pool_(threads) {
    if (!PageMemory::allocate(bytes, "benchmark", &memory_).ok()) exit(1);
    std::fill_n(memory_.data(), memory_.size(), std::byte{1});
  }
  void run() {
    pool_.parallel_for(memory_.size() / sizeof(uint64_t), 1 << 15,
                       [&](size_t begin, size_t end, size_t) {
                         const auto* words = reinterpret_cast<const uint64_t*>(memory_.data());
                         // Eight sums, so that loads do not wait for additions.
                         uint64_t sums[8] = {};
                         for (size_t i = begin; i + 8 <= end; i += 8) {
                           for (size_t k = 0; k < 8; ++k) sums[k] += words[i + k];
                         }
                         for (const uint64_t sum : sums) {
                           sum_.fetch_xor(sum, std::memory_order_relaxed);
                         }
                       });
  }

 private:
  ThreadPool pool_;
  PageMemory memory_;
  std::atomic<uint64_t> sum_{0};
};

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  LoadOptions options;
  options.spec = smollm2_135m();
  const BenchFile file(options.spec);
  options.files = {file.path()};
  options.tensors = file.tensors();
  options.threads = argc > 1 ? strtoul(argv[1], nullptr, 10) : 2;
  const std::string isa = argc > 2 ? argv[2] : "best";
  options.isa = isa == "best" ? "" : isa;
  const std::string chosen = argc > 3 ? argv[3] : "";
  options.kv_blocks = sequences * context / kv_block_tokens;
  options.max_rows = max_rows;
  std::unique_ptr<Model> model;
  if (const Status status = Model::load(options, {}, &model); !status.ok()) {
    fprintf(stderr, "%s\n", status.message().c_str());
    return 1;
  }
  printf("%s:", model->info().isa.c_str());
  for (const std::string& kernel : model->info().kernels) printf(" %s", kernel.c_str());
  printf(", %zu threads, %.1f MB of weights, %.1f MB of scratch\n", options.threads,
         static_cast<double>(model->info().sizes.weights) / 1e6,
         static_cast<double>(model->info().sizes.scratch) / 1e6);

  struct Case {
    std::string name;
    Step step;
    size_t tokens;
    int repeats;
    double best = 1e9;
  };
  Case cases[] = {
      {"decode 1 at 128", Step(1, 1, 128), 1, 20},
      {"decode 1 at 1000", Step(1, 1, 1000), 1, 20},
      {"decode 8 at 128", Step(8, 1, 128), 8, 10},
      {"prefill 512", Step(1, 512, 0), 512, 1},
      {"prefill 512 at 512", Step(1, 512, 512), 512, 1},
  };
  Reader reader(model->info().sizes.weights, options.threads);
  double read = 1e9;
  const int rounds = chosen.empty() ? 5 : 20;
  for (int round = 0; round < rounds; ++round) {
    for (Case& c : cases) {
      if (c.name.find(chosen) == std::string::npos) continue;
      for (int i = 0; i < c.repeats; ++i) {
        c.best = std::min(c.best, seconds([&] { c.step.run(*model); }));
      }
    }
    for (int i = 0; i < 5; ++i) read = std::min(read, seconds([&] { reader.run(); }));
  }
  printf("%-20s %10.3f ms\n", "reading the weights", 1e3 * read);
  for (const Case& c : cases) {
    if (c.name.find(chosen) == std::string::npos) continue;
    printf("%-20s %10.3f ms  %8.1f tokens/s  %6.2f x reading\n", c.name.c_str(), 1e3 * c.best,
           static_cast<double>(c.tokens) / c.best, c.best / read);
  }
  return 0;
}
