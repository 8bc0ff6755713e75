// The fused cross-entropy for this processor. See tied.h; cross_entropy.cpp chooses.
#include <ATen/ATen.h>

#include "guard.h"
#include "pool.h"
#include "tied_fused.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")
#include "tied.h"
#pragma GCC pop_options

namespace madx {
template <class P>
static double run(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, float *grad_x, float *grad_bias) {
  Tied<P> t{x.data_ptr<float>(), static_cast<const typename P::E *>(table.data_ptr()), bias.data_ptr<float>(), labels.data_ptr<int64_t>(),
            x.size(0), x.size(1), table.size(0), Buffer()};
  return t.run(grad_x, grad_bias, *Pool::shared());
}

double tied_fused(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, float *grad_x, float *grad_bias) {
  return table.scalar_type() == at::kFloat ? run<F32>(x, table, bias, labels, grad_x, grad_bias) : run<BF16>(x, table, bias, labels, grad_x, grad_bias);
}
} // namespace madx
