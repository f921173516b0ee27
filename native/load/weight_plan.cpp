#include "load/weight_plan.h"

#include <utility>

namespace kinglet {

namespace {

/// A tensor outside of the layers and where it belongs: a matrix or a vector.
struct ModelTensor {
  const char* name;
  TensorSide rows = TensorSide::one;
  TensorSide cols = TensorSide::one;
  Matrix Weights::* matrix = nullptr;
  const float* Weights::* vector = nullptr;
  bool optional = false;
};

constexpr ModelTensor model_tensors[] = {
    {.name = "token_embd.weight",
     .rows = TensorSide::vocabulary,
     .cols = TensorSide::hidden,
     .matrix = &Weights::embedding},
    {.name = "output.weight",
     .rows = TensorSide::vocabulary,
     .cols = TensorSide::hidden,
     .matrix = &Weights::head,
     .optional = true},
    {.name = "output_norm.weight", .cols = TensorSide::hidden, .vector = &Weights::output_norm},
};

/// The format that a matrix is computed in. `is_vocabulary`: it is the embedding or the head.
Format computed_format(const LoadOptions& options, const TensorEntry& entry, bool is_vocabulary) {
  if (options.compute == Compute::floating) return Format::f32;
  if (options.quantize_to && format_info(entry.format).is_float()) {
    const Format to = is_vocabulary ? Format::q8_0 : *options.quantize_to;
    if (entry.cols % format_info(to).block_values == 0) return to;
  }
  return format_info(entry.format).computed_as;
}

std::string name_of(size_t layer, const LayerTensor& tensor) {
  return "blk." + std::to_string(layer) + "." + std::string(tensor.name);
}

std::vector<TensorRequirement> requirements(const ModelSpec& spec,
                                            const std::vector<LayerTensor>& layer_tensors) {
  std::vector<TensorRequirement> result;
  for (const ModelTensor& tensor : model_tensors) {
    result.push_back({tensor.name, side_length(spec, tensor.rows), side_length(spec, tensor.cols),
                      tensor.optional});
  }
  for (size_t layer = 0; layer < spec.layers; ++layer) {
    for (const LayerTensor& tensor : layer_tensors) {
      result.push_back({name_of(layer, tensor), side_length(spec, tensor.rows),
                        side_length(spec, tensor.cols), tensor.optional});
    }
  }
  return result;
}

}  // namespace

Status WeightPlan::make(const LoadOptions& options, const Architecture& architecture,
                        const KernelTable& kernels, Weights* weights, WeightPlan* plan) {
  const std::vector<LayerTensor> layer_tensors = architecture.layer_tensors();
  KINGLET_RETURN_IF_ERROR(TensorDirectory::check(options.tensors, options.files,
                                                 requirements(options.spec, layer_tensors),
                                                 &plan->directory_));
  return plan->place_all(options, layer_tensors, kernels, *weights);
}

Status WeightPlan::place_all(const LoadOptions& options,
                             const std::vector<LayerTensor>& layer_tensors,
                             const KernelTable& kernels, Weights& weights) {
  weights.layers.resize(options.spec.layers);
  for (const ModelTensor& tensor : model_tensors) {
    if (tensor.vector != nullptr) {
      place_vector(tensor.name, &(weights.*tensor.vector));
    } else {
      KINGLET_RETURN_IF_ERROR(place_matrix(options, tensor.name, kernels,
                                           /*is_vocabulary=*/tensor.rows == TensorSide::vocabulary,
                                           &(weights.*tensor.matrix)));
    }
  }
  for (size_t layer = 0; layer < weights.layers.size(); ++layer) {
    LayerWeights& target = weights.layers[layer];
    for (const LayerTensor& tensor : layer_tensors) {
      const std::string name = name_of(layer, tensor);
      if (tensor.vector != nullptr) {
        place_vector(name, &(target.*tensor.vector));
      } else if (tensor.is_bias) {
        place_vector(name, &(target.*tensor.matrix).bias);
      } else {
        KINGLET_RETURN_IF_ERROR(place_matrix(options, name, kernels, /*is_vocabulary=*/false,
                                             &(target.*tensor.matrix)));
      }
    }
  }
  return Status();
}

Status WeightPlan::place_matrix(const LoadOptions& options, const std::string& name,
                                const KernelTable& kernels, bool is_vocabulary, Matrix* matrix) {
  const TensorEntry* entry = directory_.find(name);
  if (entry == nullptr) return Status();
  const Format format = computed_format(options, *entry, is_vocabulary);
  matrix->kernel = find_unit(kernels, format);
  if (matrix->kernel == nullptr) {
    return Status(ErrorCode::unsupported_model,
                  options.files[entry->file] + ": tensor " + entry->shown_name() +
                      " is computed in " + std::string(format_info(format).name) +
                      ", for which this build has no kernel on " + kernels.isa +
                      ": --isa or KINGLET_ISA can name another instruction set");
  }
  matrix->rows = entry->rows;
  matrix->cols = entry->cols;
  placements_.push_back({.entry = entry, .format = format, .matrix = matrix});
  if (format != entry->format) {
    const size_t bytes = matrix->kernel->packed_bytes(entry->rows, entry->cols);
    conversions_.push_back({name, entry->format, format, entry->bytes, bytes});
  }
  return Status();
}

void WeightPlan::place_vector(const std::string& name, const float** vector) {
  const TensorEntry* entry = directory_.find(name);
  if (entry == nullptr) return;
  placements_.push_back({.entry = entry, .format = Format::f32, .vector = vector});
}

void WeightPlan::lay_out(MemoryLayout& layout) {
  for (Placement& placement : placements_) {
    const TensorEntry& entry = *placement.entry;
    placement.data =
        placement.matrix != nullptr
            ? layout.add_bytes(placement.matrix->kernel->packed_bytes(entry.rows, entry.cols))
            : layout.add_bytes(entry.cols, sizeof(float));
  }
}

void WeightPlan::bind(Weights& weights) const {
  for (const Placement& placement : placements_) {
    if (placement.matrix != nullptr) {
      placement.matrix->packed = placement.data;
    } else {
      *placement.vector = reinterpret_cast<const float*>(placement.data);
    }
  }
  if (weights.head.kernel == nullptr) weights.head = weights.embedding;
}

}  // namespace kinglet
