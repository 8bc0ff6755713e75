// One transformer layer with adapters, fused: what it is made of and what its forward pass keeps for the backward pass.
// Tokens are packed: sequence s has rows [begin, begin+rows) of every [tokens, …] array, and its queries see its first
// `keys` rows. So padding is not computed, unless rows > keys asks for it. A result is made for its first `read` rows
// only: what a last layer's other tokens would become nobody looks at, they are there to be attended to.
#ifndef MADX_LAYER_H
#define MADX_LAYER_H
#include <memory>
#include <vector>

#include "gemm.h"
#include "pool.h"
#include "rows.h"

namespace madx {
constexpr int64_t kBlock = 66; // tokens worked on at a time: their activations stay in the second-level cache

// Scratch hands out parts of a block of memory, which all end with the task.
class Scratch {
public:
  explicit Scratch(char *p) : p_(p) {}
  template <class E> E *take(int64_t n) {
    E *out = reinterpret_cast<E *>(p_);
    p_ += up(n * int64_t(sizeof(E)), 64) + 64;
    return out;
  }

private:
  char *p_;
};

struct Sequence {
  int64_t begin, rows, keys, read;
};

inline int64_t reads(const std::vector<Sequence> &seqs) {
  int64_t n = 0;
  for (const auto &s : seqs) n += s.read;
  return n;
}

// A frozen linear layer: weights packed for x·Wᵀ and, where gradients flow through, for dy·W.
template <class P> struct Linear {
  Buffer forward, backward;
  const float *bias;
  int64_t in, out;
  const typename P::E *fwd() const { return forward.as<typename P::E>(); }
  const typename P::E *bwd() const { return backward.as<typename P::E>(); }
};

template <class P> struct LayerWeights {
  int64_t hidden, heads, inner;
  Linear<P> qkv, att_out, up, down; // [3h, h] [h, h] [inner, h] [h, inner]
  Norm att_norm, out_norm;
  std::vector<float> floats; // biases and LayerNorms
};

// A bottleneck adapter in this layer, in MAD-X's configuration with ReLU.
template <class P> struct Bottleneck {
  Linear<P> down, up; // [width, h] [h, width]; biases belong to the parameters
  std::vector<float> biases;
  bool trained;
};

// What the forward pass keeps. E are P's elements; read tokens lie one after the other.
template <class P> struct Saved {
  using E = typename P::E;
  Buffer qkv;                 // E [tokens, 3h], queries already scaled
  Buffer ctx;                 // E [read, h], attention's output before its projection
  Buffer lse;                 // float [read, heads], log Σ exp of the scores
  Buffer att_hat, att_rstd;   // normalised rows E [read, h] and 1/σ float [read]
  Buffer pre;                 // E [read, inner], before GELU
  Buffer out_hat, out_rstd;   // of the closing LayerNorm
  struct Slot {
    Buffer hat, rstd; // of the LayerNorm before the adapter
    Buffer mid;       // E [read, width padded to 16], after ReLU
  };
  std::vector<Slot> slots;
};

struct Drop {
  double p;
  uint64_t seed, stream; // streams stream, +1, +2: attention, its output, the feed-forward output
  Mask mask(int place) const { return Mask(p, seed, stream + place); }
};

template <class P> struct Layer {
  const LayerWeights<P> *w;
  std::vector<Bottleneck<P>> adapters;
  std::vector<Sequence> seqs;
  int64_t tokens;
  Drop drop;
  Saved<P> saved;
};

// y [read, h] from x [tokens, h]; keep says whether a backward pass follows.
template <class P> void forward(Layer<P> &l, const float *x, float *y, bool keep, Pool &pool);

// Gradients of the adapters' parameters, float32 as the parameters lie, added to.
struct AdapterGrads {
  float *down_w, *down_b, *up_w, *up_b; // null when frozen
};

// dx [tokens, h] (null: not wanted) from dy [read, h].
template <class P> void backward(Layer<P> &l, const float *dy, float *dx, const std::vector<AdapterGrads> &grads, Pool &pool);

// Runs task(i, scratch) for i < n on all threads; tasks of uneven size are handed out one by one. scratch is the
// thread's own memory, of the given size.
void run_tasks(int64_t n, size_t scratch, Pool &pool, const std::function<void(int64_t, Scratch)> &task);
} // namespace madx
#endif
