// What the tensors of a model's files become in memory: decided from the tensor directory alone,
// before a file is opened.
#pragma once

#include <string>
#include <vector>

#include "architectures/architecture.h"
#include "compute/weights.h"
#include "kernels/kernels.h"
#include "load/load_options.h"
#include "load/tensor_directory.h"
#include "platform/page_memory.h"
#include "platform/status.h"

namespace kinglet {

/// A tensor and where it is to lie in memory.
struct Placement {
  const TensorEntry* entry = nullptr;
  Format format = Format::f32;     // that it is computed in
  Matrix* matrix = nullptr;        // of a matrix
  const float** vector = nullptr;  // of a norm or a bias
  std::byte* data = nullptr;       // once laid out over memory
};

class WeightPlan {
 public:
  /// Checks every tensor of `options` but against its file, and decides what it becomes.
  ///
  /// Matrices are computed in FormatInfo::computed_as of their file's format. With
  /// LoadOptions::quantize_to, float matrices whose cols are whole blocks of that format are
  /// rounded to it; token_embd and output are rounded to q8_0 even then, as users of llama.cpp
  /// expect of a Q4_0: the head's rounding touches every logit. Compute::floating dequantizes
  /// everything to f32. Norms and biases are f32 always. A head that is absent is tied to the
  /// embedding, which then lives once.
  ///
  /// `options` and `weights` outlive the plan. Errors: file_malformed, unsupported_model; messages
  /// name the file, the tensor and what was expected.
  static Status make(const LoadOptions& options, const Architecture& architecture,
                     const KernelTable& kernels, Weights* weights, WeightPlan* plan);

  /// Gives every tensor its place.
  void lay_out(MemoryLayout& layout);

  /// Has the weights that the plan was made for point to the places.
  void bind(Weights& weights) const;

  const TensorDirectory& directory() const { return directory_; }
  /// In the order in which a step uses them.
  const std::vector<Placement>& placements() const { return placements_; }
  /// The matrices that are not computed in their file's format.
  const std::vector<Conversion>& conversions() const { return conversions_; }

 private:
  Status place_all(const LoadOptions& options, const std::vector<LayerTensor>& layer_tensors,
                   const KernelTable& kernels, Weights& weights);
  Status place_matrix(const LoadOptions& options, const std::string& name,
                      const KernelTable& kernels, bool is_vocabulary, Matrix* matrix);
  void place_vector(const std::string& name, const float** vector);

  TensorDirectory directory_;
  std::vector<Placement> placements_;
  std::vector<Conversion> conversions_;
};

}  // namespace kinglet
