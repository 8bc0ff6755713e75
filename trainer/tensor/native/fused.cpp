// The fused transformer layer as a function that autograd knows. It needs AVX-512 (for bfloat16 also its BF16
// instructions); madx_fused_supported tells, and the caller has the plain operations to fall back on.
#include "native.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include "guard.h"
#include "pool.h"
#include "tasks.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")
#include "layer_backward.h"

namespace madx {
// convert copies a float matrix [rows, cols] into elements with rows of ld ≥ cols, zero beyond; ld is a multiple of 16.
template <class P> void convert(const float *src, int64_t rows, int64_t cols, typename P::E *dst, int64_t ld) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < ld; c += kLanes)
      P::store(dst + r * ld + c, _mm512_maskz_loadu_ps(c < cols ? first(int(cols - c)) : __mmask16(0), src + r * cols + c));
}

// Packs an adapter's current weights. They change every step, and are small.
template <class P> Bottleneck<P> bottleneck(const float *dw, const float *db, const float *uw, const float *ub, int64_t h, int64_t width, bool back, Pool &pool) {
  using E = typename P::E;
  const int64_t wide = up(width, kLanes);
  Buffer d = pool.get<E>(wide * h), u = pool.get<E>(h * wide);
  std::memset(d.as<E>(), 0, size_t(wide * h) * sizeof(E));
  convert<P>(dw, width, h, d.as<E>(), h);
  convert<P>(uw, h, width, u.as<E>(), wide);
  Bottleneck<P> b;
  b.biases.assign(size_t(wide + h), 0.0f);
  std::copy(db, db + width, b.biases.begin());
  std::copy(ub, ub + h, b.biases.begin() + wide);
  b.down = {pool.get<E>(packed_size<P>(h, wide)), Buffer(), b.biases.data(), h, width};
  b.up = {pool.get<E>(packed_size<P>(wide, h)), Buffer(), b.biases.data() + wide, wide, h};
  pack_transposed<P>(b.down.forward.template as<E>(), d.as<E>(), h, h, wide);
  pack_transposed<P>(b.up.forward.template as<E>(), u.as<E>(), wide, wide, h);
  if (back) {
    b.down.backward = pool.get<E>(packed_size<P>(wide, h));
    b.up.backward = pool.get<E>(packed_size<P>(h, wide));
    pack_rows(P(), b.down.backward.template as<E>(), d.as<E>(), h, wide, h);
    pack_rows(P(), b.up.backward.template as<E>(), u.as<E>(), wide, h, wide);
  }
  return b;
}

template <class P> void freeze(Linear<P> &l, const at::Tensor &w, const float *bias, Pool &pool) {
  using E = typename P::E;
  l.out = w.size(0), l.in = w.size(1), l.bias = bias;
  const E *src = static_cast<const E *>(w.data_ptr());
  l.forward = pool.get<E>(packed_size<P>(l.in, l.out));
  l.backward = pool.get<E>(packed_size<P>(l.out, l.in));
  pack_transposed<P>(l.forward.template as<E>(), src, l.in, l.in, l.out);
  pack_rows(P(), l.backward.template as<E>(), src, l.in, l.out, l.in);
}
} // namespace madx
#pragma GCC pop_options

namespace madx {
void run_tasks(int64_t n, size_t scratch, Pool &pool, const std::function<void(int64_t, Scratch)> &task) {
  std::vector<Buffer> memory;
  for (int i = 0; i < task_threads(); i++) memory.push_back(pool.get<char>(int64_t(scratch)));
  run_tasks(n, [&](int64_t i, int worker) { task(i, Scratch(memory[worker].as<char>())); });
}

struct Adapter { // parameters of one adapter in the layer
  at::Tensor dw, db, uw, ub;
  bool trained() const { return dw.requires_grad(); }
};

struct Call {
  std::vector<Adapter> adapters;
  std::vector<Sequence> seqs;
  Drop drop;
};

// A layer of one element type behind a common face.
struct AnyLayer {
  virtual ~AnyLayer() = default;
  virtual std::shared_ptr<void> forward(const Call &c, const at::Tensor &x, at::Tensor &y, bool keep) = 0;
  virtual void backward(void *state, const float *dy, float *dx, const std::vector<AdapterGrads> &grads) = 0;
};

template <class P> struct FusedLayer : AnyLayer {
  LayerWeights<P> w;
  std::shared_ptr<Pool> pool = Pool::shared();

  FusedLayer(int64_t heads, float eps, void **t) {
    auto &qkv = T(t[0]), &inner = T(t[6]);
    w.hidden = qkv.size(1), w.heads = heads, w.inner = inner.size(0);
    const int floats[] = {1, 3, 4, 5, 7, 9, 10, 11};
    std::vector<size_t> at(12);
    for (int i : floats) {
      at[i] = w.floats.size();
      auto f = T(t[i]).to(at::kFloat).contiguous();
      w.floats.insert(w.floats.end(), f.data_ptr<float>(), f.data_ptr<float>() + f.numel());
    }
    auto f = [&](int i) { return w.floats.data() + at[i]; };
    freeze(w.qkv, qkv, f(1), *pool);
    freeze(w.att_out, T(t[2]), f(3), *pool);
    w.att_norm = {f(4), f(5), eps};
    freeze(w.up, inner, f(7), *pool);
    freeze(w.down, T(t[8]), f(9), *pool);
    w.out_norm = {f(10), f(11), eps};
  }

  std::shared_ptr<void> forward(const Call &c, const at::Tensor &x, at::Tensor &y, bool keep) override {
    auto l = std::make_shared<Layer<P>>();
    l->w = &w, l->seqs = c.seqs, l->tokens = x.size(0), l->drop = c.drop;
    for (const auto &a : c.adapters) {
      l->adapters.push_back(bottleneck<P>(a.dw.data_ptr<float>(), a.db.data_ptr<float>(), a.uw.data_ptr<float>(), a.ub.data_ptr<float>(),
                                          w.hidden, a.dw.size(0), keep, *pool));
      l->adapters.back().trained = a.trained();
    }
    madx::forward(*l, x.data_ptr<float>(), y.data_ptr<float>(), keep, *pool);
    return l;
  }

  void backward(void *state, const float *dy, float *dx, const std::vector<AdapterGrads> &grads) override {
    auto &l = *static_cast<Layer<P> *>(state);
    madx::backward(l, dy, dx, grads, *pool);
    l.saved = Saved<P>();
  }
};

// The node of autograd's graph. Its inputs are x and four parameters for each adapter.
struct LayerBackward : torch::autograd::Node {
  AnyLayer *layer;
  std::shared_ptr<void> kept;
  std::vector<Adapter> adapters;
  int64_t tokens;
  std::string name() const override { return "MadxLayerBackward"; }
  void release_variables() override { kept.reset(); }

  torch::autograd::variable_list apply(torch::autograd::variable_list &&grad) override {
    TORCH_CHECK(kept, "a fused layer's backward pass can be made once");
    c10::NoGradGuard no_grad;
    auto dy = grad[0].contiguous();
    torch::autograd::variable_list out{task_should_compute_output(0) ? at::empty({tokens, dy.size(1)}, dy.options()) : at::Tensor()};
    std::vector<AdapterGrads> grads;
    for (const auto &a : adapters) {
      AdapterGrads g{};
      if (a.trained()) {
        for (const auto &p : {a.dw, a.db, a.uw, a.ub}) out.push_back(at::zeros_like(p));
        auto at = [&](int i) { return out[out.size() - 4 + i].data_ptr<float>(); };
        g = {at(0), at(1), at(2), at(3)};
      } else {
        out.resize(out.size() + 4);
      }
      grads.push_back(g);
    }
    layer->backward(kept.get(), dy.data_ptr<float>(), out[0].defined() ? out[0].data_ptr<float>() : nullptr, grads);
    kept.reset();
    return out;
  }
};

at::Tensor run(AnyLayer *layer, const Call &c, const at::Tensor &x) {
  auto in = x.contiguous();
  auto result = [&] { return at::empty({reads(c.seqs), in.size(1)}, in.options()); };
  torch::autograd::variable_list inputs{x};
  for (const auto &a : c.adapters)
    for (const auto &p : {a.dw, a.db, a.uw, a.ub}) inputs.push_back(p);
  if (!torch::autograd::compute_requires_grad(inputs)) {
    auto y = result();
    layer->forward(c, in, y, false);
    return y;
  }
  std::shared_ptr<LayerBackward> node(new LayerBackward(), torch::autograd::deleteNode);
  node->layer = layer, node->adapters = c.adapters, node->tokens = x.size(0);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  at::Tensor y;
  {
    c10::NoGradGuard no_grad;
    y = result();
    node->kept = layer->forward(c, in, y, true);
  }
  torch::autograd::set_history(y, node);
  return y;
}
} // namespace madx

using namespace madx;

extern "C" {

int madx_fused_supported(int kind, int64_t hidden, int64_t heads, int64_t inner) {
  const bool f32 = at::ScalarType(kind) == at::kFloat, bf16 = at::ScalarType(kind) == at::kBFloat16;
  const bool cpu = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && (f32 || __builtin_cpu_supports("avx512bf16"));
  return (f32 || bf16) && cpu && hidden % 16 == 0 && inner % 16 == 0 && hidden <= 4096 && hidden % heads == 0 && hidden / heads % 2 == 0;
}

void *madx_layer_new(int kind, int64_t heads, double eps, void **tensors) {
  void *out = nullptr;
  madx::guard([&] {
    AnyLayer *l = nullptr;
    if (at::ScalarType(kind) == at::kFloat)
      l = new FusedLayer<F32>(heads, float(eps), tensors);
    else
      l = new FusedLayer<BF16>(heads, float(eps), tensors);
    out = l;
  });
  return out;
}

void madx_layer_free(void *layer) { delete static_cast<AnyLayer *>(layer); }

void *madx_layer_forward(void *layer, void *x, const int64_t *seqs, int nseqs, void **adapters, int nadapters, double p, uint64_t seed, uint64_t stream) {
  return madx::guard_tensor([&] {
    Call c;
    c.drop = {p, seed, stream};
    for (int i = 0; i < nseqs; i++) c.seqs.push_back({seqs[4 * i], seqs[4 * i + 1], seqs[4 * i + 2], seqs[4 * i + 3]});
    for (int i = 0; i < nadapters; i++) {
      void **t = adapters + 4 * i;
      c.adapters.push_back({T(t[0]), T(t[1]), T(t[2]), T(t[3])});
    }
    return run(static_cast<AnyLayer *>(layer), c, T(x));
  });
}

} // extern "C"
