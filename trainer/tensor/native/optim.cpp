// The optimiser's passes over parameters: one pass over memory each, float32, in an order that does not depend on the
// number of threads.
#include "native.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <vector>

#include "guard.h"
#include "profile.h"
#include "tasks.h"

using madx::T;

namespace {
constexpr int64_t kBlock = 4096;       // elements summed in one go
constexpr int64_t kGrain = 16 * kBlock; // elements of one task

bool plain(const at::Tensor &t) { return t.is_cpu() && t.is_contiguous() && t.scalar_type() == at::kFloat; }
} // namespace

extern "C" {

int madx_device(void *t) { return T(t).is_cpu() ? -1 : T(t).device().index(); }

int madx_sum_of_squares(void *t, double *out) {
  madx::Span span(madx::Part::Optimiser);
  return madx::guard([&] {
    if (!plain(T(t))) {
      auto x = T(t).to(at::kDouble);
      *out = x.mul(x).sum().item<double>();
      return;
    }
    const float *x = T(t).data_ptr<float>();
    const int64_t n = T(t).numel(), blocks = (n + kBlock - 1) / kBlock;
    std::vector<double> sums(blocks);
    madx::run_ranges(blocks, 16, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; b++) {
        double sum = 0;
        const int64_t stop = std::min(n, (b + 1) * kBlock);
        for (int64_t i = b * kBlock; i < stop; i++) sum += double(x[i]) * x[i];
        sums[b] = sum;
      }
    });
    *out = 0;
    for (double s : sums) *out += s;
  });
}

int madx_copy_(void *dst, void *src) {
  return madx::guard([&] {
    c10::NoGradGuard no_grad;
    T(dst).copy_(T(src));
  });
}

int madx_scale_(void *t, double f) {
  madx::Span span(madx::Part::Optimiser);
  return madx::guard([&] {
    c10::NoGradGuard no_grad;
    T(t).mul_(f);
  });
}

int madx_adamw(void *param, void *grad, void *m, void *v, double lr, double beta1, double beta2, double eps, double decay,
               double correct1, double correct2) {
  madx::Span span(madx::Part::Optimiser);
  return madx::guard([&] {
    c10::NoGradGuard no_grad;
    auto &p = T(param), &g = T(grad), &em = T(m), &ev = T(v);
    if (!plain(p) || !plain(g)) { // another device: the same formula by ATen
      p.mul_(1 - lr * decay);
      em.mul_(beta1).add_(g, 1 - beta1);
      ev.mul_(beta2).addcmul_(g, g, 1 - beta2);
      p.addcdiv_(em, ev.sqrt().div_(std::sqrt(correct2)).add_(eps), -lr / correct1);
      return;
    }
    float *pp = p.data_ptr<float>(), *pm = em.data_ptr<float>(), *pv = ev.data_ptr<float>();
    const float *pg = g.data_ptr<float>();
    const float keep = float(1 - lr * decay), b1 = float(beta1), b2 = float(beta2), c1 = float(1 - beta1), c2 = float(1 - beta2);
    const float step = float(lr / correct1), root = float(std::sqrt(correct2)), e = float(eps);
    madx::run_ranges(p.numel(), kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const float gi = pg[i];
        const float mi = pm[i] = b1 * pm[i] + c1 * gi;
        const float vi = pv[i] = b2 * pv[i] + c2 * gi * gi;
        pp[i] = keep * pp[i] - step * (mi / (std::sqrt(vi) / root + e));
      }
    });
  });
}

} // extern "C"
