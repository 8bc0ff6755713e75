#ifndef MADX_TIED_FUSED_H
#define MADX_TIED_FUSED_H
#include <ATen/ATen.h>

namespace madx {
// Summed cross-entropy of x·tableᵀ + bias; gradients where wanted. All contiguous on the CPU; x and bias float, labels
// int64, table float or bfloat16; madx_fused_supported must hold.
double tied_fused(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, float *grad_x, float *grad_bias);
} // namespace madx
#endif
