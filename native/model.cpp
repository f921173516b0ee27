#include "model.h"

#include <algorithm>
#include <new>
#include <system_error>

#include "architectures/architecture.h"
#include "compute/head.h"
#include "compute/kv_cache.h"
#include "compute/ops.h"
#include "compute/weights.h"
#include "kernels/dispatch.h"
#include "load/load_weights.h"
#include "platform/thread_pool.h"

namespace kinglet {

struct Model::Impl {
  Impl(const LoadOptions& options, const Architecture& family, const KernelTable& table,
       const Signals& words)
      : spec(options.spec),
        architecture(family),
        signals(words),
        pool(options.threads, options.cpus),
        ops(spec, table, pool, cache),
        head(ops, weights) {}

  Status allocate(const LoadOptions& options);
  void describe();

  const ModelSpec spec;
  const Architecture& architecture;
  const Signals signals;
  ModelInfo info;
  ThreadPool pool;
  Weights weights;
  KvCache cache;
  Ops ops;
  Head head;
};

namespace {

Status check_options(const LoadOptions& options) {
  if (options.threads == 0 || options.kv_blocks == 0 || options.max_rows == 0) {
    return Status(ErrorCode::invalid_argument,
                  "threads, kvBlocks and maxRows must each be at least 1");
  }
  if (options.kv_blocks > INT32_MAX || options.max_rows > INT32_MAX) {
    return Status(ErrorCode::invalid_argument, "kvBlocks and maxRows must fit in 31 bits");
  }
  if (options.quantize && options.compute == Compute::floating) {
    return Status(ErrorCode::invalid_argument,
                  "quantize and compute 'float' contradict each other: leave one out");
  }
  if (options.quantize && options.quantize_to != Format::q8_0 &&
      options.quantize_to != Format::q4_0) {
    return Status(ErrorCode::invalid_argument, "quantize must be q8_0 or q4_0");
  }
  return Status();
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

const ModelInfo& Model::info() const { return impl_->info; }
const ModelSpec& Model::spec() const { return impl_->spec; }

Status Model::load(const LoadOptions& options, const Signals& signals,
                   std::unique_ptr<Model>* model) try {
  KINGLET_RETURN_IF_ERROR(check_options(options));
  KINGLET_RETURN_IF_ERROR(check_spec(options.spec));
  const Architecture* architecture = find_architecture(options.spec.architecture);
  if (architecture == nullptr) {
    return Status(ErrorCode::unsupported_model,
                  "architecture " + options.spec.architecture + " is not built");
  }
  const KernelTable* kernels = nullptr;
  KINGLET_RETURN_IF_ERROR(choose_kernels(options.isa, &kernels));

  auto impl = std::make_unique<Impl>(options, *architecture, *kernels, signals);
  KINGLET_RETURN_IF_ERROR(load_weights(options, *architecture, *kernels, impl->pool, signals,
                                       &impl->weights, &impl->info.conversions));
  KINGLET_RETURN_IF_ERROR(impl->allocate(options));
  impl->describe();
  model->reset(new Model(std::move(impl)));
  return Status();
} catch (const std::bad_alloc&) {
  return Status(ErrorCode::out_of_memory, "no memory is left for the model's tables");
} catch (const std::system_error& error) {
  return Status(ErrorCode::out_of_memory,
                std::string("the threads cannot be started: ") + error.what());
}

Status Model::Impl::allocate(const LoadOptions& options) {
  const KvFormat format = options.compute == Compute::floating ? KvFormat::f32 : KvFormat::f16;
  KINGLET_RETURN_IF_ERROR(cache.allocate(format, spec.layers, options.kv_blocks, spec.kv_heads,
                                         spec.head_dim, ops.kernels()));
  KINGLET_RETURN_IF_ERROR(ops.allocate(options.max_rows, options.kv_blocks));
  return head.allocate(options.max_rows);
}

void Model::Impl::describe() {
  info.isa = ops.kernels().isa;
  const auto note = [&](const Matrix& matrix) {
    if (matrix.kernel != nullptr) info.kernels.emplace_back(matrix.kernel->name);
  };
  note(weights.embedding);
  note(weights.head);
  for (const LayerWeights& layer : weights.layers) {
    for (const Matrix* matrix :
         {&layer.q, &layer.k, &layer.v, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      note(*matrix);
    }
  }
  std::sort(info.kernels.begin(), info.kernels.end());
  info.kernels.erase(std::unique(info.kernels.begin(), info.kernels.end()), info.kernels.end());
  info.weight_bytes = weights.memory.size();
  info.kv_block_bytes = cache.block_bytes();
  info.scratch_bytes = ops.scratch_bytes() + head.scratch_bytes();
}

Status Model::step(const StepBatch& batch, const StepResults& results) {
  Impl& model = *impl_;
  if (batch.rows == 0) return Status();
  model.ops.begin(batch);
  model.ops.embed(model.weights.embedding, batch.tokens);
  for (size_t layer = 0; layer < model.spec.layers; ++layer) {
    if (model.signals.cancel != nullptr &&
        model.signals.cancel->load(std::memory_order_relaxed) != 0) {
      return Status(ErrorCode::cancelled, "the step was given up");
    }
    model.architecture.forward(model.ops, model.weights.layers[layer], layer);
    if (model.signals.heartbeat != nullptr) {
      model.signals.heartbeat->fetch_add(1, std::memory_order_relaxed);
    }
  }
  model.head.run(batch, results);
  return Status();
}

void Model::copy_blocks(const int32_t* pairs, size_t count) {
  impl_->cache.copy_blocks(pairs, count);
}

}  // namespace kinglet
