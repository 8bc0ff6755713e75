// Cross-entropy through a frozen output embedding of some 250,000 words, as a function that autograd knows. The logits of
// a step would be hundreds of megabytes, so words are taken in chunks and the gradients are formed in the forward pass.
// tied.h does so for this processor where it can; what is written here with libtorch's operations does the same anywhere.
#include "native.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.h"
#include "profile.h"
#include "tied_fused.h"

using madx::T;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {
constexpr int64_t kChunk = 8192; // words

struct Result {
  at::Tensor loss, grad_x, grad_bias;
};

// Each row keeps a running maximum m and Σ exp(logit − m); acc = Σ exp(logit − m)·table[word] is rescaled when m grows, and
// at the end the gradient of x is acc/Σ − table[label].
Result by_operations(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, bool want_x, bool want_bias) {
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

Result tied(const at::Tensor &x, const at::Tensor &table, const at::Tensor &bias, const at::Tensor &labels, bool plain, bool want_x, bool want_bias) {
  const bool fused = !plain && x.is_cpu() && table.is_contiguous() && madx_fused_supported(int(table.scalar_type()), x.size(1), 1, 16);
  if (!fused) return by_operations(x, table, bias, labels, want_x, want_bias);
  Result r;
  auto in = x.contiguous(), b = bias.contiguous(), l = labels.contiguous();
  if (want_x) r.grad_x = at::empty_like(in);
  if (want_bias) r.grad_bias = at::empty_like(b);
  auto ptr = [](const at::Tensor &t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
  r.loss = at::scalar_tensor(madx::tied_fused(in, table, b, l, ptr(r.grad_x), ptr(r.grad_bias)), x.options());
  return r;
}

struct TiedCrossEntropy : torch::autograd::Function<TiedCrossEntropy> {
  static at::Tensor forward(AutogradContext *ctx, at::Tensor x, at::Tensor table, at::Tensor bias, at::Tensor labels, bool plain) {
    auto r = tied(x, table, bias, labels, plain, x.requires_grad(), bias.requires_grad());
    ctx->saved_data["x"] = r.grad_x;
    ctx->saved_data["bias"] = r.grad_bias;
    return r.loss;
  }
  static variable_list backward(AutogradContext *ctx, variable_list grad) {
    auto scaled = [&](const char *name) {
      auto g = ctx->saved_data[name].toTensor();
      return g.defined() ? g * grad[0] : g;
    };
    return {scaled("x"), {}, scaled("bias"), {}, {}};
  }
};
} // namespace

extern "C" void *madx_tied_cross_entropy(void *x, void *table, void *bias, void *labels, int plain) {
  madx::Span span(madx::Part::Words);
  return madx::guard_tensor([&] {
    TORCH_CHECK(!T(table).requires_grad() || !c10::GradMode::is_enabled(), "the output embedding is taken as frozen");
    if (!c10::GradMode::is_enabled()) return tied(T(x), T(table), T(bias), T(labels), plain != 0, false, false).loss;
    return TiedCrossEntropy::apply(T(x), T(table), T(bias), T(labels), plain != 0);
  });
}
