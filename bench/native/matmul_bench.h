// Times the matmul units of an instruction set on the matrices of real models.
#pragma once

#include <cstddef>
#include <string>

#include "../bench/native/measured_peaks.h"
#include "quant/formats.h"

namespace kinglet {

struct ModelMatrix {
  const char* model;
  const char* name;
  size_t rows, cols;
};

/// MobileLLM-R1's and Qwen3-0.6B's, each shape of a model once.
std::span<const ModelMatrix> model_matrices();

/// Prints a row: gemv, which walks over copies of the matrix that together fill `memory`, as
/// decoding walks over a model, and gemm of `batch` activation rows. Each thread has its own rows
/// of the matrix. Nothing where the format's blocks do not divide the rows.
void bench_matmul(const KernelVariant& variant, const FormatInfo& info, const ModelMatrix& matrix,
                  size_t batch, size_t threads, const PageMemory& memory,
                  const MeasuredPeaks& peaks);

}  // namespace kinglet
