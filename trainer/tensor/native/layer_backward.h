// The backward pass of a layer, from the closing LayerNorm down to the attention's output block by block, then
// attention head by head, then the projection to queries, keys and values. Weights are frozen, so only the gradient of
// the input flows, and the adapters' own gradients are products over all tokens at the end.
#ifndef MADX_LAYER_BACKWARD_H
#define MADX_LAYER_BACKWARD_H
#include "layer_forward.h"

namespace madx {
// What the sweep over blocks leaves for the later ones.
template <class P> struct Flow {
  using E = typename P::E;
  Buffer ctx;   // E [read, h], gradient of attention's output
  Buffer delta; // float [read, heads], Σ gradient·output per head
  Buffer qkv;   // E [tokens, 3h], gradient of queries (as scaled), keys and values
  struct Slot {
    Buffer up, mid, in; // E: gradient after up [read, h], after down [read, width]; the adapter's input [read, h]
  };
  std::vector<Slot> slots;
};

template <class P>
void back_block(Layer<P> &l, const Block &b, const float *dy, float *dx, Flow<P> &flow, int64_t widest, Scratch scratch) {
  using E = typename P::E;
  Span part(Part::Norms + Part::Backward);
  const auto &w = *l.w;
  const Saved<P> &sv = l.saved;
  const int64_t h = w.hidden, t = b.token, at = b.at;
  float *du = scratch.take<float>(kBlock * h), *datt = scratch.take<float>(kBlock * h), *tmp = scratch.take<float>(kBlock * h);
  E *e = scratch.take<E>(kBlock * h), *mid = scratch.take<E>(kBlock * widest);
  auto hat = [&](const Buffer &buf, int64_t r) { return buf.as<E>() + (at + r) * h; };
  auto rstd = [&](const Buffer &buf, int64_t r) { return buf.as<float>()[at + r]; };

  for (int64_t r = 0; r < b.rows; r++)
    norm_row_back<P>(dy + (at + r) * h, h, w.out_norm.w, hat(sv.out_hat, r), rstd(sv.out_rstd, r), [&](int64_t c, V v) {
      store(du + r * h + c, v);
      store(datt + r * h + c, v);
    });
  part.next(Part::Adapters + Part::Backward);
  for (int64_t a = int64_t(l.adapters.size()) - 1; a >= 0; a--) {
    const auto &ad = l.adapters[a];
    const auto &slot = sv.slots[a];
    auto &out = flow.slots[a];
    const int64_t width = up(ad.down.out, kLanes);
    E *de = ad.trained ? out.up.template as<E>() + at * h : e;
    E *dm = ad.trained ? out.mid.template as<E>() + at * width : mid;
    narrow<P>(du, de, b.rows * h);
    const E *m = slot.mid.template as<E>() + at * width;
    gemm<P>(rows_of<P>(de, h), b.rows, ad.up.bwd(), h, width, [&](int64_t r, int64_t c, V v) {
      const __mmask16 on = _mm512_cmp_ps_mask(P::load(m + r * width + c), _mm512_setzero_ps(), _CMP_GT_OQ);
      P::store(dm + r * width + c, _mm512_maskz_mov_ps(on, v));
    });
    if (ad.trained) {
      E *in = out.in.template as<E>() + at * h;
      for (int64_t r = 0; r < b.rows; r++)
        for (int64_t c = 0; c < h; c += kLanes)
          P::store(in + r * h + c, _mm512_fmadd_ps(P::load(hat(slot.hat, r) + c), load(w.out_norm.w + c), load(w.out_norm.b + c)));
    }
    if (a == 0 && !dx) return; // nothing below is trained
    gemm<P>(rows_of<P>(dm, width), b.rows, ad.down.bwd(), width, h, [&](int64_t r, int64_t c, V v) { store(tmp + r * h + c, v); });
    for (int64_t r = 0; r < b.rows; r++)
      norm_row_back<P>(tmp + r * h, h, w.out_norm.w, hat(slot.hat, r), rstd(slot.rstd, r), [&](int64_t c, V v) {
        float *f = du + r * h + c, *g = datt + r * h + c;
        store(f, _mm512_add_ps(load(f), v));
        store(g, _mm512_add_ps(load(g), v));
      });
  }
  if (!dx) return;
  part.next(Part::FeedForward + Part::Backward);
  const bool dropping = l.drop.p > 0;
  const Mask mask1 = l.drop.mask(1), mask2 = l.drop.mask(2);
  for (int64_t r = 0; r < b.rows; r++)
    for (int64_t c = 0; c < h; c += kLanes) {
      V v = load(du + r * h + c);
      if (dropping) v = _mm512_mul_ps(v, keep(mask2, uint32_t((t + r) * h + c)));
      P::store(e + r * h + c, v);
    }
  const E *pre = sv.pre.template as<E>() + at * w.inner;
  gemm<P>(rows_of<P>(e, h), b.rows, w.down.bwd(), h, w.inner, [&](int64_t r, int64_t c, V v) {
    const V x = P::load(pre + r * w.inner + c);
    const Normal f = normal(x);
    P::store(mid + r * w.inner + c, _mm512_mul_ps(v, _mm512_fmadd_ps(x, f.pdf, f.cdf)));
  });
  gemm<P>(rows_of<P>(mid, w.inner), b.rows, w.up.bwd(), w.inner, h, [&](int64_t r, int64_t c, V v) {
    float *g = datt + r * h + c;
    store(g, _mm512_add_ps(load(g), v));
  });
  part.next(Part::Norms + Part::Backward);
  for (int64_t r = 0; r < b.rows; r++)
    norm_row_back<P>(datt + r * h, h, w.att_norm.w, hat(sv.att_hat, r), rstd(sv.att_rstd, r), [&](int64_t c, V v) {
      store(dx + (t + r) * h + c, v);
      if (dropping) v = _mm512_mul_ps(v, keep(mask1, uint32_t((t + r) * h + c)));
      P::store(e + r * h + c, v);
    });
  part.next(Part::Projections + Part::Backward);
  E *dctx = flow.ctx.template as<E>() + at * h;
  gemm<P>(rows_of<P>(e, h), b.rows, w.att_out.bwd(), h, h, [&](int64_t r, int64_t c, V v) { P::store(dctx + r * h + c, v); });
  const E *ctx = sv.ctx.template as<E>() + at * h;
  const int64_t size = h / w.heads;
  float *delta = flow.delta.template as<float>() + at * w.heads;
  for (int64_t r = 0; r < b.rows; r++)
    for (int64_t head = 0; head < w.heads; head++) {
      float s = 0;
      for (int64_t c = head * size; c < (head + 1) * size; c++) s += P::widen(dctx[r * h + c]) * P::widen(ctx[r * h + c]);
      delta[r * w.heads + head] = s;
    }
}

// Attention of one head of one sequence. Scores are formed again, transposed: [keys, queries], so that dK and dV are
// products of rows as they lie, and dQ of pairs of rows. at is the sequence's first token among the read ones: only those
// are queries.
template <class P> void back_head(const Layer<P> &l, int64_t s, int64_t at, int64_t head, Flow<P> &flow, Scratch scratch) {
  using E = typename P::E;
  const Sequence &seq = l.seqs[s];
  const int64_t h = l.w->hidden, heads = l.w->heads, size = h / heads, keys = seq.keys, rows = seq.read;
  const int64_t wide = up(rows, kLanes), keyed = up(keys, P::Pair), wide_keys = up(keys, kLanes);
  const E *q = l.saved.qkv.template as<E>() + seq.begin * 3 * h + head * size, *k = q + h, *v = k + h;
  const E *dout = flow.ctx.template as<E>() + at * h + head * size;
  E *dq = flow.qkv.template as<E>() + seq.begin * 3 * h + head * size, *dk = dq + h, *dv = dk + h;
  E *q_cols = scratch.take<E>(packed_size<P>(size, rows)), *do_cols = scratch.take<E>(packed_size<P>(size, rows));
  E *q_rows = scratch.take<E>(packed_size<P>(rows, size)), *do_rows = scratch.take<E>(packed_size<P>(rows, size));
  E *k_rows = scratch.take<E>(packed_size<P>(keys, size));
  pack_transposed<P>(q_cols, q, 3 * h, size, rows);
  pack_transposed<P>(do_cols, dout, h, size, rows);
  pack_rows(P(), q_rows, q, 3 * h, rows, size);
  pack_rows(P(), do_rows, dout, h, rows, size);
  pack_rows(P(), k_rows, k, 3 * h, keys, size);
  float *lse = scratch.take<float>(wide), *delta = scratch.take<float>(wide);
  for (int64_t i = 0; i < wide; i++) {
    const bool real = i < rows; // queries that are only padding of a vector get probability 0
    lse[i] = real ? l.saved.lse.template as<float>()[(at + i) * heads + head] : INFINITY;
    delta[i] = real ? flow.delta.template as<float>()[(at + i) * heads + head] : 0;
  }
  float *scores = scratch.take<float>(kBlock * wide);
  E *probs = scratch.take<E>(kBlock * wide), *ds = scratch.take<E>(keyed * wide);
  const Mask mask = l.drop.mask(0);
  const bool dropping = l.drop.p > 0;
  if (keyed > keys) std::memset(ds + keys * wide, 0, size_t(wide) * sizeof(E));
  for (int64_t j = 0; j < keys; j += kBlock) {
    const int64_t n = std::min(kBlock, keys - j);
    gemm<P>(rows_of<P>(k + j * 3 * h, 3 * h), n, q_cols, size, wide, [&](int64_t r, int64_t c, V x) {
      store(scores + r * wide + c, exp16(_mm512_sub_ps(x, load(lse + c))));
    });
    gemm<P>(rows_of<P>(v + j * 3 * h, 3 * h), n, do_cols, size, wide, [&](int64_t r, int64_t c, V dp) {
      V p = load(scores + r * wide + c), dropped = p;
      if (dropping) {
        const V f = keep(mask, uint32_t((head * l.tokens + seq.begin + c) * wide_keys + j + r), uint32_t(wide_keys));
        dp = _mm512_mul_ps(dp, f);
        dropped = _mm512_mul_ps(p, f);
      }
      P::store(probs + r * wide + c, dropped);
      P::store(ds + (j + r) * wide + c, _mm512_mul_ps(p, _mm512_sub_ps(dp, load(delta + c))));
    });
    gemm<P>(rows_of<P>(probs, wide), n, do_rows, rows, size,
            [&](int64_t r, int64_t c, V x) { P::store(dv + (j + r) * 3 * h + c, x, first(int(size - c))); });
    gemm<P>(rows_of<P>(ds + j * wide, wide), n, q_rows, rows, size,
            [&](int64_t r, int64_t c, V x) { P::store(dk + (j + r) * 3 * h + c, x, first(int(size - c))); });
  }
  for (int64_t j = keys; j < seq.rows; j++) // rows that are no keys
    for (int64_t c = 0; c < size; c++) dk[j * 3 * h + c] = dv[j * 3 * h + c] = 0;
  for (int64_t i = rows; i < seq.rows; i++) // rows that are no queries
    std::memset(dq + i * 3 * h, 0, size_t(size) * sizeof(E));
  Matrix<P> queries{ds, 1, wide};
  if (P::Pair == 2) {
    E *pairs = scratch.take<E>(packed_size<P>(keyed, wide)); // (key, key+1) side by side for each query
    for (int64_t j = 0; j < keyed; j += 2)
      for (int64_t c = 0; c < wide; c += kLanes) interleave(P(), pairs + j * wide + 2 * c, ds + j * wide + c, ds + (j + 1) * wide + c);
    queries = {pairs, 2, 2 * wide};
  }
  const V scale = set1(1 / std::sqrt(float(size)));
  gemm<P>(queries, rows, k_rows, keys, size,
          [&](int64_t r, int64_t c, V x) { P::store(dq + r * 3 * h + c, _mm512_mul_ps(x, scale), first(int(size - c))); });
}

// grad [m, n] += aᵀ·b over all tokens, for a [tokens, m] and b [tokens, n] with row lengths lda, ldb; sums [m] += Σ a.
template <class P>
void outer(const typename P::E *a, int64_t lda, int64_t m, const typename P::E *b, int64_t ldb, int64_t n, int64_t tokens, float *grad, float *sums, Pool &pool) {
  using E = typename P::E;
  const int64_t even = up(tokens, P::Pair), cols = up(m, kLanes), chunk = 16 * kTileRows;
  Buffer packed = pool.get<E>(packed_size<P>(tokens, n)), pairs = pool.get<E>(even * cols);
  pack_rows(P(), packed.as<E>(), b, ldb, tokens, n);
  Matrix<P> at{a, 1, lda};
  if (P::Pair == 2) {
    run_tasks((even + 255) / 256, 64, pool, [&](int64_t i, Scratch) {
      for (int64_t t = i * 256; t < std::min(even, (i + 1) * 256); t += 2)
        for (int64_t c = 0; c < cols; c += kLanes)
          interleave(P(), pairs.as<E>() + t * cols + 2 * c, a + t * lda + c, t + 1 < tokens ? a + (t + 1) * lda + c : nullptr);
    });
    at = {pairs.as<E>(), 2, 2 * cols};
  }
  run_tasks((m + chunk - 1) / chunk, 64, pool, [&](int64_t i, Scratch) {
    const int64_t from = i * chunk, rows = std::min(chunk, m - from);
    Matrix<P> part{at.p + from * at.row, at.row, at.step};
    gemm<P>(part, rows, packed.as<E>(), tokens, n, [&](int64_t r, int64_t c, V v) {
      float *g = grad + (from + r) * n + c;
      const __mmask16 on = first(int(n - c));
      _mm512_mask_storeu_ps(g, on, _mm512_add_ps(_mm512_maskz_loadu_ps(on, g), v));
    });
    for (int64_t c = from; c < from + rows; c += kLanes) {
      V s = _mm512_setzero_ps();
      for (int64_t t = 0; t < tokens; t++) s = _mm512_add_ps(s, P::load(a + t * lda + c));
      const __mmask16 on = first(int(from + rows - c));
      _mm512_mask_storeu_ps(sums + c, on, _mm512_add_ps(_mm512_maskz_loadu_ps(on, sums + c), s));
    }
  });
}

template <class P> void backward(Layer<P> &l, const float *dy, float *dx, const std::vector<AdapterGrads> &grads, Pool &pool) {
  using E = typename P::E;
  Span span(Part::Adapters + Part::Backward);
  const auto &w = *l.w;
  const int64_t h = w.hidden, heads = w.heads, n = reads(l.seqs), wide = longest(l.seqs), size = h / heads;
  Flow<P> flow;
  int64_t widest = w.inner;
  flow.slots.resize(l.adapters.size());
  for (size_t a = 0; a < l.adapters.size(); a++) {
    const int64_t width = up(l.adapters[a].down.out, kLanes);
    widest = std::max(widest, width);
    if (l.adapters[a].trained) {
      flow.slots[a].up = pool.get<E>(n * h);
      flow.slots[a].mid = pool.get<E>(n * width);
      flow.slots[a].in = pool.get<E>(n * h);
    }
  }
  if (dx) flow.ctx = pool.get<E>(n * h), flow.delta = pool.get<float>(n * heads);
  const auto blocks = blocks_of(l.seqs);
  run_tasks(int64_t(blocks.size()), size_t(kBlock) * ((12 + sizeof(E)) * h + sizeof(E) * widest) + 4096, pool,
            [&](int64_t i, Scratch scratch) { back_block(l, blocks[i], dy, dx, flow, widest, scratch); });
  for (size_t a = 0; a < l.adapters.size(); a++) {
    if (!l.adapters[a].trained) continue;
    const int64_t real = l.adapters[a].down.out, width = up(real, kLanes);
    const auto &f = flow.slots[a];
    outer<P>(f.up.template as<E>(), h, h, l.saved.slots[a].mid.template as<E>(), width, real, n, grads[a].up_w, grads[a].up_b, pool);
    outer<P>(f.mid.template as<E>(), width, real, f.in.template as<E>(), h, h, n, grads[a].down_w, grads[a].down_b, pool);
  }
  flow.slots.clear();
  if (!dx) return;
  std::vector<int64_t> at{0};
  for (const auto &s : l.seqs) {
    std::memset(dx + (s.begin + s.read) * h, 0, size_t((s.rows - s.read) * h) * sizeof(float));
    at.push_back(at.back() + s.read);
  }
  span.next(Part::Attention + Part::Backward);
  flow.qkv = pool.get<E>(l.tokens * 3 * h);
  const size_t head_scratch = sizeof(E) * size_t(4 * packed_size<P>(wide, up(size, kLanes)) + packed_size<P>(wide, up(size, kLanes)) + kBlock * wide + 2 * wide * wide) +
                              sizeof(float) * size_t(2 * wide + kBlock * wide) + 4096;
  run_tasks(int64_t(l.seqs.size()) * heads, head_scratch, pool, [&](int64_t i, Scratch scratch) { back_head(l, i / heads, at[i / heads], i % heads, flow, scratch); });
  span.next(Part::Projections + Part::Backward);
  const E *dqkv = flow.qkv.template as<E>();
  run_tasks((l.tokens + kBlock - 1) / kBlock, 64, pool, [&](int64_t i, Scratch) {
    const int64_t t = i * kBlock, rows = std::min(kBlock, l.tokens - t);
    gemm<P>(rows_of<P>(dqkv + t * 3 * h, 3 * h), rows, w.qkv.bwd(), 3 * h, h, [&](int64_t r, int64_t c, V v) {
      float *g = dx + (t + r) * h + c;
      store(g, _mm512_add_ps(load(g), v));
    });
  });
}
} // namespace madx
#endif
