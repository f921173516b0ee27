// What a load makes of formats and of files that lie.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>
#include <utility>

#include "load/model_file.h"
#include "load/weight_plan.h"
#include "quant/half.h"
#include "test/core/model_random.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

ErrorCode load_code(const LoadOptions& options) {
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, {}, &model);
  INFO(status.message());
  CHECK(status.ok() == (model != nullptr));
  CHECK(status.ok() == status.message().empty());
  return status.code();
}

const TensorEntry& entry(const LoadOptions& options, const std::string& name) {
  for (const TensorEntry& tensor : options.tensors) {
    if (tensor.name == name) return tensor;
  }
  FAIL("no tensor ", name);
  return options.tensors.front();
}

TensorEntry& entry(LoadOptions& options, const std::string& name) {
  return const_cast<TensorEntry&>(entry(std::as_const(options), name));
}

constexpr size_t rows = 20;

std::vector<float> logits_of(const LoadOptions& options) {
  const auto model = load(options);
  Sequence sequence{random_tokens(rows, options.spec.vocab_size, 5), some_blocks(rows, 0), 0, {}};
  advance(*model, {&sequence}, {rows});
  return sequence.logits;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::fabs(a[i] - b[i]);
    // std::max would pass over a NaN.
    largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
  }
  return largest;
}

/// Mean over rows of KL(softmax(expected), softmax(actual)).
double mean_kl(const std::vector<float>& expected, const std::vector<float>& actual) {
  const size_t vocab = expected.size() / rows;
  const auto log_sum = [&](const float* row) {
    double sum = 0;
    for (size_t i = 0; i < vocab; ++i) sum += std::exp(double{row[i]});
    return std::log(sum);
  };
  double total = 0;
  for (size_t row = 0; row < rows; ++row) {
    const float* p = &expected[row * vocab];
    const float* q = &actual[row * vocab];
    const double shift = log_sum(q) - log_sum(p);
    for (size_t i = 0; i < vocab; ++i) {
      total += std::exp(double{p[i]} - log_sum(p)) * (double{p[i]} - double{q[i]} + shift);
    }
  }
  return total / rows;
}

}  // namespace

TEST_CASE("a tensor that contradicts its file or the architecture is refused") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const LoadOptions good = file.options();
  REQUIRE(load_code(good) == ErrorCode::ok);

  const uint64_t huge[] = {1, 1u << 31, UINT64_MAX / 2, UINT64_MAX - 63, UINT64_MAX};
  for (const TensorEntry& tensor : good.tensors) {
    CAPTURE(tensor.name);
    for (const uint64_t value : huge) {
      CAPTURE(value);
      for (uint64_t TensorEntry::* field : {&TensorEntry::offset, &TensorEntry::bytes}) {
        LoadOptions options = good;
        entry(options, tensor.name).*field += value;
        CHECK(load_code(options) == ErrorCode::file_malformed);
      }
      for (size_t TensorEntry::* field : {&TensorEntry::rows, &TensorEntry::cols}) {
        LoadOptions options = good;
        entry(options, tensor.name).*field += value;
        CHECK(load_code(options) == ErrorCode::file_malformed);
        options = good;
        entry(options, tensor.name).*field = 0;
        CHECK(load_code(options) == ErrorCode::file_malformed);
      }
      LoadOptions options = good;
      entry(options, tensor.name).file += value;
      CHECK(load_code(options) == ErrorCode::file_malformed);
    }
    LoadOptions options = good;
    entry(options, tensor.name).format = static_cast<Format>(99);
    CHECK(load_code(options) == ErrorCode::unsupported_model);
    options = good;
    entry(options, tensor.name).format = Format::q8_0;
    CHECK(load_code(options) == ErrorCode::file_malformed);

    options = good;
    options.tensors.push_back(tensor);
    CHECK(load_code(options) == ErrorCode::file_malformed);

    options = good;
    std::erase_if(options.tensors, [&](const TensorEntry& t) { return t.name == tensor.name; });
    const bool optional = tensor.name.ends_with(".bias");
    CHECK(load_code(options) == (optional ? ErrorCode::ok : ErrorCode::file_malformed));
  }
}

TEST_CASE("a tensor that ends one byte behind its file is refused") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const LoadOptions options = file.options();
  uint64_t end = 0;
  for (const TensorEntry& tensor : options.tensors) {
    end = std::max(end, tensor.offset + tensor.bytes);
  }
  const std::filesystem::path path = options.files.front();
  std::filesystem::resize_file(path, end);
  CHECK(load_code(options) == ErrorCode::ok);
  std::filesystem::resize_file(path, end - 1);
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, {}, &model);
  CHECK(status.code() == ErrorCode::file_malformed);
  CHECK(status.message().find("lie outside the file's " + std::to_string(end - 1) + " bytes") !=
        std::string::npos);
}

TEST_CASE("tensors may not overlap, nor be unknown") {
  const RandomModel file(small_spec("llama"), Format::f32);
  LoadOptions options = file.options();
  entry(options, "blk.0.ffn_up.weight").offset = entry(options, "blk.0.ffn_gate.weight").offset;
  std::unique_ptr<Model> model;
  Status status = Model::load(options, {}, &model);
  CHECK(status.code() == ErrorCode::file_malformed);
  CHECK(status.message().find("overlap") != std::string::npos);
  CHECK(status.message().find("blk.0.ffn_") != std::string::npos);

  // A tensor that would change the result, and one that would not.
  options = file.options();
  TensorEntry extra = options.tensors.back();
  options.tensors.pop_back();  // an optional bias, whose bytes the extra one takes
  extra.name = "blk.0.attn_sinks.weight";
  options.tensors.push_back(extra);
  status = Model::load(options, {}, &model);
  CHECK(status.code() == ErrorCode::unsupported_model);
  CHECK(status.message().find("attn_sinks") != std::string::npos);
  options.tensors.back().name = "rope_freqs.weight";
  CHECK(load_code(options) == ErrorCode::ok);
}

TEST_CASE("files that cannot be read are refused by name") {
  const RandomModel file(small_spec("llama"), Format::f32);
  LoadOptions options = file.options();
  options.files = {"/nonexistent/model.gguf"};
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, {}, &model);
  CHECK(status.code() == ErrorCode::file_unreadable);
  CHECK(status.message().find("/nonexistent/model.gguf") != std::string::npos);
  for (const char* path : {"/tmp", "/dev/null", "/dev/zero"}) {
    options.files = {path};
    CHECK(load_code(options) == ErrorCode::file_unreadable);
  }
  options.files = {};
  CHECK(load_code(options) == ErrorCode::file_malformed);
}

TEST_CASE("a pipe in place of a file is refused at once") {
  char folder[] = "/tmp/kinglet-test-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/model.gguf";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  ModelFile opened;
  const Status status = ModelFile::open(path, &opened);
  CHECK(status.code() == ErrorCode::file_unreadable);
  CHECK(status.message() == path + ": is not a regular file");
  CHECK(unlink(path.c_str()) == 0);
  CHECK(rmdir(folder) == 0);
}

TEST_CASE("a file that becomes shorter after it was opened says at which byte") {
  char path[] = "/tmp/kinglet-test-XXXXXX";
  const int descriptor = mkstemp(path);
  REQUIRE(descriptor >= 0);
  REQUIRE(ftruncate(descriptor, 10000) == 0);
  ModelFile file;
  REQUIRE(ModelFile::open(path, &file).ok());
  std::vector<std::byte> bytes(10000);
  CHECK(file.read(0, 10000, bytes.data()).ok());
  REQUIRE(ftruncate(descriptor, 6000) == 0);
  CHECK(file.read(0, 6000, bytes.data()).ok());
  const Status status = file.read(5000, 3000, bytes.data());
  CHECK(status.code() == ErrorCode::file_malformed);
  CHECK(status.message() ==
        std::string(path) +
            ": ends at byte 6000, where 2000 more were expected: it became shorter while it was "
            "loaded");
  close(descriptor);
  unlink(path);
}

TEST_CASE("a model whose file is cut off while it loads is refused") {
  ModelSpec spec = small_spec("llama");
  spec.layers = 48;
  spec.rope_layers.assign(spec.layers, 1);
  const RandomModel file(spec, Format::f32);
  const LoadOptions options = file.options("", 2);
  const std::string& path = options.files.front();
  size_t refused = 0;
  // Whether the cut comes in time is up to the scheduler.
  for (int round = 0; round < 200 && refused < 3; ++round) {
    const int descriptor = open(path.c_str(), O_RDWR);
    REQUIRE(descriptor >= 0);
    struct stat before;
    REQUIRE(fstat(descriptor, &before) == 0);
    std::vector<char> whole(static_cast<size_t>(before.st_size));
    REQUIRE(pread(descriptor, whole.data(), whole.size(), 0) == before.st_size);

    std::atomic<int32_t> progress = 0;
    std::atomic<bool> over = false;
    std::thread cutter([&] {
      while (progress.load() < 20 && !over.load()) std::this_thread::yield();
      static_cast<void>(!ftruncate(descriptor, before.st_size / 2));
    });
    Signals signals;
    signals.progress = &progress;
    std::unique_ptr<Model> model;
    const Status status = Model::load(options, signals, &model);
    over = true;
    cutter.join();
    if (!status.ok()) {
      CHECK(status.code() == ErrorCode::file_malformed);
      CHECK(status.message().find(path + ": ends at byte ") == 0);
      ++refused;
    }
    REQUIRE(pwrite(descriptor, whole.data(), whole.size(), 0) == before.st_size);
    close(descriptor);
  }
  CHECK(refused > 0);
  CHECK(load_code(options) == ErrorCode::ok);
}

TEST_CASE("weights that are no numbers are refused by the tensor's name") {
  const float nothing[] = {std::numeric_limits<float>::quiet_NaN(),
                           -std::numeric_limits<float>::infinity()};
  for (const float poison : nothing) {
    for (const char* name : {"token_embd.weight", "blk.1.ffn_down.weight", "output_norm.weight"}) {
      CAPTURE(name);
      RandomModel file(small_spec("llama"), Format::f32);
      file.poison(name, 40, poison);
      for (const bool quantize : {false, true}) {
        LoadOptions options = file.options();
        if (quantize) options.quantize_to = Format::q8_0;
        std::unique_ptr<Model> model;
        const Status status = Model::load(options, {}, &model);
        CHECK(status.code() == ErrorCode::file_malformed);
        CHECK(status.message().find(std::string("tensor ") + name) != std::string::npos);
      }
    }
  }
}

TEST_CASE("weights too large for what they are converted to are refused by name") {
  RandomModel file(small_spec("llama"), Format::f32);
  // 127 and 8 times the largest half lie below it.
  file.poison("blk.0.ffn_up.weight", 7, 1e9f);
  LoadOptions options = file.options();
  CHECK(load_code(options) == ErrorCode::ok);
  for (const FormatInfo& to : formats()) {
    if (to.quantize == nullptr) continue;
    options.quantize_to = to.format;
    std::unique_ptr<Model> model;
    const Status status = Model::load(options, {}, &model);
    CHECK(status.code() == ErrorCode::unsupported_model);
    CHECK(status.message().find("tensor blk.0.ffn_up.weight has weights too large for " +
                                std::string(to.name)) != std::string::npos);
  }
}

TEST_CASE("an attention temperature is of finite numbers") {
  const RandomModel file(small_spec("llama4"), Format::f32);
  const auto code = [&](float ModelSpec::* field, float value) {
    LoadOptions options = file.options();
    options.spec.*field = value;
    return load_code(options);
  };
  CHECK(code(&ModelSpec::temperature_floor, 8) == ErrorCode::ok);
  for (const float value : {0.0f, -8.0f, NAN, INFINITY}) {
    CHECK(code(&ModelSpec::temperature_floor, value) == ErrorCode::unsupported_model);
  }
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    CHECK(code(&ModelSpec::temperature_scale, value) == ErrorCode::unsupported_model);
  }
}

TEST_CASE("a spec that contradicts itself is refused") {
  const RandomModel file(small_spec("llama"), Format::f32);
  const auto code = [&](const auto& change) {
    LoadOptions options = file.options();
    change(options);
    return load_code(options);
  };
  CHECK(code([](LoadOptions& o) { o.spec.architecture = "gpt2"; }) == ErrorCode::unsupported_model);
  for (size_t ModelSpec::* field :
       {&ModelSpec::layers, &ModelSpec::hidden_size, &ModelSpec::ffn_size, &ModelSpec::heads,
        &ModelSpec::kv_heads, &ModelSpec::head_dim, &ModelSpec::vocab_size,
        &ModelSpec::context_length}) {
    for (const size_t value : {size_t{0}, size_t{1} << 40, SIZE_MAX}) {
      CHECK(code([&](LoadOptions& o) { o.spec.*field = value; }) == ErrorCode::unsupported_model);
    }
  }
  CHECK(code([](LoadOptions& o) { o.spec.kv_heads = 4; }) == ErrorCode::unsupported_model);
  CHECK(code([](LoadOptions& o) { o.spec.head_dim = 24; }) == ErrorCode::unsupported_model);
  CHECK(code([](LoadOptions& o) { o.spec.rope_layers.pop_back(); }) ==
        ErrorCode::unsupported_model);
  CHECK(code([](LoadOptions& o) { o.spec.rope_inverse_frequencies.clear(); }) ==
        ErrorCode::unsupported_model);
  CHECK(code([](LoadOptions& o) { o.spec.rms_norm_epsilon = NAN; }) ==
        ErrorCode::unsupported_model);
  CHECK(code([](LoadOptions& o) { o.threads = 0; }) == ErrorCode::invalid_argument);
  CHECK(code([](LoadOptions& o) { o.kv_blocks = 0; }) == ErrorCode::invalid_argument);
  CHECK(code([](LoadOptions& o) { o.max_rows = 0; }) == ErrorCode::invalid_argument);
  CHECK(code([](LoadOptions& o) { o.isa = "mmx"; }) == ErrorCode::isa_unavailable);
  CHECK(code([](LoadOptions& o) {
          o.quantize_to = Format::q8_0;
          o.compute = Compute::floating;
        }) == ErrorCode::invalid_argument);
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    CHECK(code([&](LoadOptions& o) { o.quantize_to = info.format; }) ==
          (info.quantize == nullptr ? ErrorCode::invalid_argument : ErrorCode::ok));
  }
}

TEST_CASE("memory that is not there is a status") {
  // Beyond the address space, however freely the system overcommits.
  ModelSpec spec = small_spec("llama");
  spec.layers = 8;
  spec.rope_layers.assign(spec.layers, 1);
  spec.context_length = 1 << 20;
  const RandomModel file(spec, Format::f32);
  LoadOptions options = file.options();
  options.kv_blocks = INT32_MAX;
  options.compute = Compute::floating;
  CHECK(load_code(options) == ErrorCode::out_of_memory);
}

TEST_CASE("float matrices are quantized on request, the embedding to q8_0 always") {
  const RandomModel file(small_spec("llama"), Format::f32);
  LoadOptions options = file.options();
  const LoadOptions plain = options;
  // All matrices, which nothing but vectors is left of: llama has no other tensor of two
  // dimensions.
  const auto matrices =
      static_cast<size_t>(std::count_if(plain.tensors.begin(), plain.tensors.end(),
                                        [](const TensorEntry& tensor) { return tensor.rows > 1; }));
  const size_t plain_bytes = load(plain)->info().sizes.weights;
  const std::vector<float> exact = logits_of(plain);
  for (const FormatInfo& to : formats()) {
    if (to.quantize == nullptr) continue;
    CAPTURE(to.name);
    options.quantize_to = to.format;
    const auto model = load(options);
    for (const Conversion& conversion : model->info().conversions) {
      CHECK(conversion.from == Format::f32);
      const bool embedding = conversion.tensor == "token_embd.weight";
      CHECK(conversion.to == (embedding ? Format::q8_0 : to.format));
      CHECK(conversion.bytes_after < conversion.bytes_before);
    }
    CHECK(model->info().conversions.size() == matrices);
    CHECK(model->info().sizes.weights < plain_bytes);
    const double rounding = largest_difference(exact, logits_of(options));
    CHECK(rounding > 0);
    // Of logits up to 6.6. Codes of 4 bits are 16 times as coarse as those of 8.
    CHECK(rounding < (to.block_bytes < to.block_values ? 2 : 0.25));
  }
}

TEST_CASE("compute float means the weights that the file holds") {
  const RandomModel file(small_spec("qwen3"), Format::q4_1);
  LoadOptions plain = file.options();
  LoadOptions floating = plain;
  floating.compute = Compute::floating;
  const auto model = load(floating);
  CHECK(model->info().kernels.size() == 1);
  CHECK(model->info().kernels[0].ends_with("/f32"));
  CHECK(model->info().sizes.kv_block == 2 * load(plain)->info().sizes.kv_block);
  CHECK(largest_difference(logits_of(plain), logits_of(floating)) < 0.5);
}

// Converting rounds scales to halves at most.
TEST_CASE("formats without kernels are converted when loading") {
  for (const FormatInfo& info : formats()) {
    if (info.is_computed()) continue;
    CAPTURE(info.name);
    ModelSpec spec = spec_of_blocks(info);
    spec.layers = 1;
    spec.rope_layers.assign(1, 1);
    const RandomModel file(spec, info.format);
    const auto converted = RandomModel::converted(file);
    CHECK(logits_of(file.options("", 2)) == logits_of(converted->options()));

    LoadOptions exact = file.options();
    exact.compute = Compute::floating;
    LoadOptions rounded = converted->options();
    rounded.compute = Compute::floating;
    CHECK(mean_kl(logits_of(exact), logits_of(rounded)) <= 1e-4);

    const auto model = load(file.options());
    const LoadOptions options = file.options();
    const size_t matrices = static_cast<size_t>(
        std::count_if(options.tensors.begin(), options.tensors.end(),
                      [&](const TensorEntry& tensor) { return tensor.format == info.format; }));
    CHECK(model->info().conversions.size() == matrices);
    for (const Conversion& conversion : model->info().conversions) {
      CHECK(conversion.from == info.format);
      CHECK(conversion.to == info.computed_as);
      CHECK(conversion.bytes_before == entry(options, conversion.tensor).bytes);
      CHECK(conversion.bytes_after > conversion.bytes_before);
    }
  }
}

TEST_CASE("a format for which the kernel table has no unit is an error that names both") {
  const KernelTable* kernels = nullptr;
  REQUIRE(choose_kernels("", &kernels).ok());
  for (const FormatInfo& info : formats()) {
    if (!info.is_computed()) continue;
    CAPTURE(info.name);
    const RandomModel file(spec_of_blocks(info), info.format);
    KernelTable incomplete = *kernels;
    incomplete.units[info.computed_index] = {};
    Weights weights;
    WeightPlan plan;
    const Status status =
        WeightPlan::make(file.options(), *find_architecture("llama"), incomplete, &weights, &plan);
    CHECK(status.code() == ErrorCode::unsupported_model);
    CHECK(status.message().find("in " + std::string(info.name)) != std::string::npos);
    CHECK(status.message().find(kernels->isa) != std::string::npos);
    CHECK(status.message().find("token_embd.weight") != std::string::npos);
  }
}
