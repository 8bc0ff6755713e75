// Cross-entropy through a frozen output embedding of some 250,000 words. The logits of a step would be hundreds of
// megabytes, so words are taken in chunks and each row keeps a running maximum m and Σ exp(logit − m), as in
// flash attention. The gradient of x is formed at the same time: acc = Σ exp(logit − m)·table[word] is rescaled whenever m
// grows, and at the end grad = acc/Σ − table[label].
#include "native.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.h"

using madx::T;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
constexpr int64_t kChunk = 8192; // words

struct Result {
  at::Tensor loss, grad_x, grad_bias;
};

Result tied(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, bool want_x, bool want_bias) {
  const int64_t n = x.size(0), words = table.size(0);
  auto opt = x.options().dtype(at::kFloat);
  auto m = at::full({n, 1}, -INFINITY, opt), sum = at::zeros({n, 1}, opt), acc = want_x ? at::zeros_like(x) : at::Tensor();
  auto xq = x.to(table.scalar_type());
  for (int64_t v = 0; v < words; v += kChunk) {
    auto e = table.narrow(0, v, std::min(kChunk, words - v));
    auto logits = at::mm(xq, e.t()).to(at::kFloat).add_(bias.narrow(0, v, e.size(0)));
    auto top = at::maximum(m, std::get<0>(logits.max(1, true)));
    auto old = (m - top).exp_();
    logits.sub_(top).exp_();
    sum = sum * old + logits.sum(1, true);
    if (want_x) acc.mul_(old).add_(at::mm(logits.to(table.scalar_type()), e));
    m = top;
  }
  auto lse = m + sum.log();
  auto gold = table.index_select(0, labels).to(at::kFloat);
  auto score = (xq.to(at::kFloat) * gold).sum(1, true) + bias.index_select(0, labels).unsqueeze(1);
  Result r;
  r.loss = (lse - score).to(at::kDouble).sum().to(at::kFloat);
  if (want_x) r.grad_x = acc.div_(sum).sub_(gold);
  if (want_bias) {
    r.grad_bias = at::empty_like(bias);
    for (int64_t v = 0; v < words; v += kChunk) {
      auto e = table.narrow(0, v, std::min(kChunk, words - v));
      auto logits = at::mm(xq, e.t()).to(at::kFloat).add_(bias.narrow(0, v, e.size(0)));
      r.grad_bias.narrow(0, v, e.size(0)).copy_(logits.sub_(lse).exp_().sum(0));
    }
    r.grad_bias.index_add_(0, labels, at::full_like(labels, -1, opt));
  }
  return r;
}

struct TiedCrossEntropy : torch::autograd::Function<TiedCrossEntropy> {
  static at::Tensor forward(AutogradContext *ctx, at::Tensor x, at::Tensor table, at::Tensor bias, at::Tensor labels) {
    auto r = tied(x, table, bias, labels, x.requires_grad(), bias.requires_grad());
    ctx->saved_data["x"] = r.grad_x;
    ctx->saved_data["bias"] = r.grad_bias;
    return r.loss;
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    auto scaled = [&](const char *name) {
      auto g = ctx->saved_data[name].toTensor();
      return g.defined() ? g * grad[0] : g;
    };
    return {scaled("x"), {}, scaled("bias"), {}};
  }
};
} // namespace

extern "C" void *madx_tied_cross_entropy(void *x, void *table, void *bias, void *labels) {
  return madx::guard_tensor([&] {
    TORCH_CHECK(!T(table).requires_grad() || !c10::GradMode::is_enabled(), "the output embedding is taken as frozen");
    if (!c10::GradMode::is_enabled()) return tied(T(x), T(table), T(bias), T(labels), false, false).loss;
    return TiedCrossEntropy::apply(T(x), T(table), T(bias), T(labels));
  });
}
