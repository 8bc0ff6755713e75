// Dropout without a stored mask: whether an element is dropped is a hash of (seed, stream, index), so the backward pass
// computes the mask again, and the result does not depend on the number of threads.
#include "native.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.h"
#include "hash.h"
#include "tasks.h"

using madx::T;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
template <class E> void apply(const E *x, E *y, int64_t n, madx::Mask mask) {
  madx::run_ranges(n, 1 << 15, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) y[i] = static_cast<E>(static_cast<float>(x[i]) * mask.factor(uint32_t(i)));
  });
}

at::Tensor masked(const at::Tensor &x, madx::Mask mask) {
  auto in = x.cpu().contiguous();
  auto out = at::empty_like(in);
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, in.scalar_type(), "madx_dropout", [&] {
    apply(in.data_ptr<scalar_t>(), out.data_ptr<scalar_t>(), in.numel(), mask);
  });
  return out.to(x.device());
}

struct Dropout : torch::autograd::Function<Dropout> {
  static at::Tensor forward(AutogradContext *ctx, at::Tensor x, double p, int64_t seed, int64_t stream) {
    ctx->saved_data["p"] = p;
    ctx->saved_data["seed"] = seed;
    ctx->saved_data["stream"] = stream;
    return masked(x, madx::Mask(p, seed, stream));
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    madx::Mask mask(ctx->saved_data["p"].toDouble(), ctx->saved_data["seed"].toInt(), ctx->saved_data["stream"].toInt());
    return {masked(grad[0], mask), {}, {}, {}};
  }
};
} // namespace

extern "C" void *madx_dropout(void *x, double p, uint64_t seed, uint64_t stream) {
  return madx::guard_tensor([&] { return Dropout::apply(T(x), p, int64_t(seed), int64_t(stream)); });
}
