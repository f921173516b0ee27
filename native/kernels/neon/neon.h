// The kernels of the Armv8.0-A baseline (Cortex-A53, Cortex-A72 and everything after them).
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon {

/// Overrides, in a copy of scalar's table, what Advanced SIMD does better: everything.
void override_table(KernelTable& table);

// What the files of this folder give to neon.cpp, and so to the table.
MatmulKernel f32_kernel();
MatmulKernel f16_kernel();
MatmulKernel bf16_kernel();
MatmulKernel q8_0_kernel();
MatmulKernel q4_0_kernel();
MatmulKernel q4_1_kernel();
MatmulKernel q5_1_kernel();
MatmulKernel q6_k_kernel();

void quantize_q8(std::byte* out, const float* in, size_t cols);
void attend_f16(const AttentionTask& task);
void attend_f32(const AttentionTask& task);
void rms_norm(float* out, const float* in, const float* weight, size_t n, float epsilon);
void rope(float* head, const float* cosines, const float* sines, size_t head_dim,
          RopePairing pairing);
void silu_mul(float* out, const float* gate, const float* up, size_t n);
void add(float* out, const float* in, size_t n);
void to_f16(uint16_t* out, const float* in, size_t n);
float max(const float* in, size_t n);
float sum_exp(const float* in, size_t n, float max);

}  // namespace kinglet::neon
