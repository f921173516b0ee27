// What Model::measure says against what a load then takes, as the allocator counts it.
#include <cstdio>
#include <fstream>
#include <string>

#include "test/core/model_random.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

ModelSizes measure(const LoadOptions& options) {
  ModelSizes sizes;
  const Status status = Model::measure(options, &sizes);
  REQUIRE_MESSAGE(status.ok(), status.message());
  return sizes;
}

/// Loads and compares.
void check_measured(const LoadOptions& options) {
  const ModelSizes sizes = measure(options);
  const auto model = load(options);
  const ModelInfo& info = model->info();
  const size_t resident = sizes.weights + sizes.kv_pool + sizes.scratch;
  CHECK(info.mapped_bytes == resident);
  CHECK(info.peak_mapped_bytes == std::max(resident, sizes.weights + sizes.loading));
  CHECK(info.sizes.weights == sizes.weights);
  CHECK(info.sizes.kv_block == sizes.kv_block);
  CHECK(sizes.kv_pool >= options.kv_blocks * sizes.kv_block);
}

/// Shapes whose memory lies in different things.
struct Shape {
  const char* name;
  ModelSpec spec;
};

std::vector<Shape> shapes() {
  ModelSpec wide = blocks_spec();
  wide.vocab_size = 1009;
  set_layers(wide, 1);
  ModelSpec deep = blocks_spec();
  set_layers(deep, 6);
  ModelSpec grouped = blocks_spec();
  grouped.heads = 16;
  grouped.kv_heads = 1;
  return {{"a wide vocabulary", wide}, {"many layers", deep}, {"one KV head", grouped}};
}

/// A line of /proc/self/status in KiB.
size_t process_status(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field + ":")) return std::stoul(line.substr(field.size() + 1));
  }
  FAIL("no ", field);
  return 0;
}

}  // namespace

TEST_CASE("a load takes what was measured: every format, shape and instruction set") {
  for (const Shape& shape : shapes()) {
    for (const FormatInfo& info : formats()) {
      const bool tied = shape.spec.kv_heads > 1;
      const RandomModel file(shape.spec, info.format, tied, RandomModel::Values::zeros);
      for (const std::string& isa : available_isas()) {
        CAPTURE(shape.name);
        CAPTURE(info.name);
        CAPTURE(isa);
        check_measured(file.options(isa, 3));
      }
    }
  }
}

TEST_CASE("a load takes what was measured, quantized or in float too") {
  const RandomModel file(blocks_spec(), Format::f32);
  LoadOptions options = file.options("", 2);
  const ModelSizes plain = measure(options);
  for (const FormatInfo& to : formats()) {
    if (to.quantize == nullptr) continue;
    CAPTURE(to.name);
    options.quantize_to = to.format;
    check_measured(options);
    // f32's four bytes a weight become at most q8_0's 34 bytes for 32.
    CHECK(measure(options).weights < plain.weights / 3);
  }

  options.quantize_to.reset();
  options.compute = Compute::floating;
  check_measured(options);
  CHECK(measure(options).kv_block == 2 * plain.kv_block);
}

TEST_CASE("each size grows with what it depends on, and with nothing else") {
  const RandomModel file(blocks_spec(), Format::q4_1);
  const LoadOptions options = file.options("", 2);
  const ModelSizes plain = measure(options);

  LoadOptions more_blocks = options;
  more_blocks.kv_blocks *= 2;
  CHECK(measure(more_blocks).kv_pool == 2 * plain.kv_pool);
  CHECK(measure(more_blocks).kv_block == plain.kv_block);
  CHECK(measure(more_blocks).scratch == plain.scratch);  // no sequence is longer than the context

  LoadOptions more_rows = options;
  more_rows.max_rows *= 4;
  CHECK(measure(more_rows).scratch > 2 * plain.scratch);
  CHECK(measure(more_rows).weights == plain.weights);

  LoadOptions more_threads = options;
  more_threads.threads *= 8;
  CHECK(measure(more_threads).scratch > plain.scratch);
  CHECK(measure(more_threads).loading > 4 * plain.loading);
  CHECK(measure(more_threads).weights == plain.weights);

  LoadOptions longer = options;
  longer.spec.context_length *= 16;
  longer.kv_blocks *= 16;
  CHECK(measure(longer).scratch > plain.scratch);
}

TEST_CASE("measuring opens no file, starts no thread and takes no memory") {
  const RandomModel file(blocks_spec(), Format::q4_1);
  LoadOptions options = file.options("", 2);
  const ModelSizes sizes = measure(options);
  options.files = {"/nonexistent/model.gguf"};
  CHECK(measure(options).weights == sizes.weights);

  // The address space of the process shows both: a thread has a stack of some MiB.
  options.threads = 256;
  options.kv_blocks = size_t{1} << 26;
  const size_t before = process_status("VmPeak");
  CHECK(measure(options).kv_pool > size_t{1} << 38);
  CHECK(process_status("VmPeak") - before < 32 << 10);
}

TEST_CASE("what a load would refuse without its files, measuring refuses") {
  const RandomModel file(blocks_spec(), Format::q4_1);
  ModelSizes sizes;
  const auto refused = [&](const auto& change, ErrorCode code) {
    LoadOptions options = file.options();
    change(options);
    const Status status = Model::measure(options, &sizes);
    std::unique_ptr<Model> model;
    CHECK(status.code() == code);
    CHECK(status.message() == Model::load(options, {}, &model).message());
  };
  refused([](LoadOptions& o) { o.max_rows = 0; }, ErrorCode::invalid_argument);
  refused([](LoadOptions& o) { o.isa = "mmx"; }, ErrorCode::isa_unavailable);
  refused([](LoadOptions& o) { o.spec.heads = 7; }, ErrorCode::unsupported_model);
  refused([](LoadOptions& o) { o.spec.head_dim = 2048; }, ErrorCode::unsupported_model);
  refused(
      [](LoadOptions& o) {
        o.tensors.pop_back();
        o.tensors.erase(o.tensors.begin());
      },
      ErrorCode::file_malformed);
  refused([](LoadOptions& o) { o.tensors[0].bytes -= 1; }, ErrorCode::file_malformed);
  refused([](LoadOptions& o) { o.tensors[1].offset = UINT64_MAX; }, ErrorCode::file_malformed);
}
