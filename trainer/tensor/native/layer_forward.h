// The forward pass of a layer in three parallel sweeps: queries, keys and values of all tokens; keys and values of each
// head packed for products; then everything else block of tokens by block, without leaving the second-level cache.
#ifndef MADX_LAYER_FORWARD_H
#define MADX_LAYER_FORWARD_H
#include "layer.h"
#include "profile.h"

namespace madx {
struct Block {
  int64_t seq, rows;
  int64_t token, at; // its first token among all, and among the read ones
};

inline std::vector<Block> blocks_of(const std::vector<Sequence> &seqs) {
  std::vector<Block> out;
  int64_t at = 0;
  for (size_t s = 0; s < seqs.size(); at += seqs[s].read, s++)
    for (int64_t i = 0; i < seqs[s].read; i += kBlock) out.push_back({int64_t(s), std::min(kBlock, seqs[s].read - i), seqs[s].begin + i, at + i});
  return out;
}

inline int64_t longest(const std::vector<Sequence> &seqs) {
  int64_t n = 0;
  for (const auto &s : seqs) n = std::max(n, s.rows);
  return up(n, kLanes);
}

template <class P> void narrow(const float *x, typename P::E *e, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) P::store(e + i, load(x + i));
}

// A head's keys or values, packed: where it lies.
template <class P> struct HeadPacks {
  Buffer keys, values;
  int64_t key_size, value_size; // elements per head
  HeadPacks(int64_t count, int64_t longest, int64_t size, Pool &pool)
      : key_size(packed_size<P>(size, longest)), value_size(packed_size<P>(longest, size)) {
    keys = pool.get<typename P::E>(count * key_size);
    values = pool.get<typename P::E>(count * value_size);
  }
};

template <class P> void project_qkv(const Layer<P> &l, const float *x, typename P::E *qkv, Pool &pool) {
  using E = typename P::E;
  const int64_t h = l.w->hidden, size = h / l.w->heads, n = (l.tokens + kBlock - 1) / kBlock;
  const V scale = set1(1 / std::sqrt(float(size)));
  run_tasks(n, size_t(kBlock * h) * sizeof(E) + 256, pool, [&](int64_t i, Scratch scratch) {
    const int64_t t = i * kBlock, rows = std::min(kBlock, l.tokens - t);
    E *e = scratch.take<E>(kBlock * h);
    narrow<P>(x + t * h, e, rows * h);
    E *out = qkv + t * 3 * h;
    const float *bias = l.w->qkv.bias;
    gemm<P>(rows_of<P>(e, h), rows, l.w->qkv.fwd(), h, 3 * h, [&](int64_t r, int64_t c, V v) {
      v = _mm512_add_ps(v, load(bias + c));
      P::store(out + r * 3 * h + c, c < h ? _mm512_mul_ps(v, scale) : v);
    });
  });
}

// Attention of one block: ctx [rows, h]. lse may be null.
template <class P>
void attend(const Layer<P> &l, const Block &b, const typename P::E *qkv, const HeadPacks<P> &packs, typename P::E *ctx, float *lse, Scratch scratch) {
  using E = typename P::E;
  const Sequence &seq = l.seqs[b.seq];
  const int64_t h = l.w->hidden, heads = l.w->heads, size = h / heads, keys = seq.keys, wide = up(keys, kLanes), t = b.token;
  float *scores = scratch.take<float>(kBlock * wide);
  E *probs = scratch.take<E>(kBlock * wide);
  float inverse[kBlock];
  const Mask mask = l.drop.mask(0);
  for (int64_t head = 0; head < heads; head++) {
    const int64_t at = b.seq * heads + head;
    gemm<P>(rows_of<P>(qkv + t * 3 * h + head * size, 3 * h), b.rows, packs.keys.template as<E>() + at * packs.key_size, size, wide,
            [&](int64_t r, int64_t c, V v) { store(scores + r * wide + c, v); });
    for (int64_t r = 0; r < b.rows; r++) {
      float *s = scores + r * wide;
      if (wide > keys) {
        const int64_t last = wide - kLanes;
        store(s + last, _mm512_mask_mov_ps(set1(-INFINITY), first(int(keys - last)), load(s + last)));
      }
      V m = set1(-INFINITY), total = _mm512_setzero_ps();
      for (int64_t c = 0; c < wide; c += kLanes) m = _mm512_max_ps(m, load(s + c));
      const float highest = top(m);
      m = set1(highest);
      const uint32_t index = uint32_t((head * l.tokens + t + r) * wide);
      for (int64_t c = 0; c < wide; c += kLanes) {
        V e = exp16(_mm512_sub_ps(load(s + c), m));
        total = _mm512_add_ps(total, e);
        if (l.drop.p > 0) e = _mm512_mul_ps(e, keep(mask, index + uint32_t(c)));
        P::store(probs + r * wide + c, e);
      }
      const float sum_exp = sum(total);
      inverse[r] = 1 / sum_exp;
      if (lse) lse[(b.at + r) * heads + head] = highest + std::log(sum_exp);
    }
    gemm<P>(rows_of<P>(probs, wide), b.rows, packs.values.template as<E>() + at * packs.value_size, keys, size, [&](int64_t r, int64_t c, V v) {
      P::store(ctx + r * h + head * size + c, _mm512_mul_ps(v, set1(inverse[r])), first(int(size - c)));
    });
  }
}

template <class P> void forward(Layer<P> &l, const float *x, float *y, bool keep_all, Pool &pool) {
  using E = typename P::E;
  const auto &w = *l.w;
  const int64_t h = w.hidden, heads = w.heads, size = h / heads, n = reads(l.seqs), wide = longest(l.seqs);
  Saved<P> &sv = l.saved;
  sv.qkv = pool.get<E>(l.tokens * 3 * h);
  E *qkv = sv.qkv.template as<E>();
  Span span(Part::Projections);
  project_qkv(l, x, qkv, pool);
  span.next(Part::Attention);

  HeadPacks<P> packs(int64_t(l.seqs.size()) * heads, wide, size, pool);
  run_tasks(int64_t(l.seqs.size()) * heads, 64, pool, [&](int64_t i, Scratch) {
    const Sequence &s = l.seqs[i / heads];
    const E *k = qkv + s.begin * 3 * h + h + i % heads * size;
    pack_transposed<P>(packs.keys.template as<E>() + i * packs.key_size, k, 3 * h, size, s.keys);
    pack_rows(P(), packs.values.template as<E>() + i * packs.value_size, k + h, 3 * h, s.keys, size);
  });

  if (keep_all) {
    sv.ctx = pool.get<E>(n * h), sv.lse = pool.get<float>(n * heads);
    sv.att_hat = pool.get<E>(n * h), sv.att_rstd = pool.get<float>(n);
    sv.pre = pool.get<E>(n * w.inner);
    sv.out_hat = pool.get<E>(n * h), sv.out_rstd = pool.get<float>(n);
    sv.slots.resize(l.adapters.size());
    for (size_t a = 0; a < l.adapters.size(); a++) {
      sv.slots[a].hat = pool.get<E>(n * h), sv.slots[a].rstd = pool.get<float>(n);
      sv.slots[a].mid = pool.get<E>(n * up(l.adapters[a].down.out, kLanes));
    }
  }
  const auto blocks = blocks_of(l.seqs);
  int64_t widest = w.inner;
  for (const auto &a : l.adapters) widest = std::max(widest, up(a.down.out, kLanes));
  const size_t scratch_size = size_t(kBlock) * ((4 + sizeof(E)) * wide + (8 + 2 * sizeof(E)) * h + sizeof(E) * widest) + 4096;
  run_tasks(int64_t(blocks.size()), scratch_size, pool, [&](int64_t i, Scratch scratch) {
    Span part(Part::Attention);
    const Block &b = blocks[i];
    const int64_t t = b.token, at = b.at;
    float *att = scratch.take<float>(kBlock * h), *ff = scratch.take<float>(kBlock * h);
    E *e = scratch.take<E>(kBlock * h), *mid = scratch.take<E>(kBlock * widest);
    E *ctx = keep_all ? sv.ctx.template as<E>() + at * h : scratch.take<E>(kBlock * h);
    attend(l, b, qkv, packs, ctx, keep_all ? sv.lse.template as<float>() : nullptr, scratch);

    part.next(Part::Projections);
    const bool dropping = l.drop.p > 0;
    const Mask mask1 = l.drop.mask(1), mask2 = l.drop.mask(2);
    gemm<P>(rows_of<P>(ctx, h), b.rows, w.att_out.fwd(), h, h, [&](int64_t r, int64_t c, V v) {
      v = _mm512_add_ps(v, load(w.att_out.bias + c));
      if (dropping) v = _mm512_mul_ps(v, keep(mask1, uint32_t((t + r) * h + c)));
      store(att + r * h + c, _mm512_add_ps(v, load(x + (t + r) * h + c)));
    });
    // norms sums in place of rows; e gets the rows as elements, hat and rstd what a backward pass needs.
    auto norm = [&](const float *src, const float *plus, const Norm &ln, float *dst, E *el, const Buffer &hat, const Buffer &rstd) {
      for (int64_t r = 0; r < b.rows; r++) {
        float row[4096];
        const float *in = src + r * h;
        if (plus) {
          for (int64_t c = 0; c < h; c += kLanes) store(row + c, _mm512_add_ps(load(in + c), load(plus + r * h + c)));
          in = row;
        }
        E *kept = keep_all ? hat.template as<E>() + (at + r) * h : nullptr;
        const float s = norm_row<P>(in, h, ln, kept, [&](int64_t c, V v) {
          if (dst) store(dst + r * h + c, v);
          if (el) P::store(el + r * h + c, v);
        });
        if (keep_all) rstd.template as<float>()[at + r] = s;
      }
    };
    part.next(Part::Norms);
    norm(att, nullptr, w.att_norm, att, e, sv.att_hat, sv.att_rstd);
    part.next(Part::FeedForward);
    E *pre = keep_all ? sv.pre.template as<E>() + at * w.inner : nullptr;
    gemm<P>(rows_of<P>(e, h), b.rows, w.up.fwd(), h, w.inner, [&](int64_t r, int64_t c, V v) {
      v = _mm512_add_ps(v, load(w.up.bias + c));
      if (pre) P::store(pre + r * w.inner + c, v);
      P::store(mid + r * w.inner + c, _mm512_mul_ps(v, normal(v).cdf));
    });
    gemm<P>(rows_of<P>(mid, w.inner), b.rows, w.down.fwd(), w.inner, h, [&](int64_t r, int64_t c, V v) {
      v = _mm512_add_ps(v, load(w.down.bias + c));
      if (dropping) v = _mm512_mul_ps(v, keep(mask2, uint32_t((t + r) * h + c)));
      store(ff + r * h + c, v);
    });
    static const Buffer none;
    part.next(Part::Adapters);
    for (size_t a = 0; a < l.adapters.size(); a++) {
      const auto &ad = l.adapters[a];
      const int64_t width = up(ad.down.out, kLanes);
      norm(ff, att, w.out_norm, nullptr, e, keep_all ? sv.slots[a].hat : none, keep_all ? sv.slots[a].rstd : none);
      E *m = keep_all ? sv.slots[a].mid.template as<E>() + at * width : mid;
      gemm<P>(rows_of<P>(e, h), b.rows, ad.down.fwd(), h, width, [&](int64_t r, int64_t c, V v) {
        P::store(m + r * width + c, _mm512_max_ps(_mm512_add_ps(v, load(ad.down.bias + c)), _mm512_setzero_ps()));
      });
      gemm<P>(rows_of<P>(m, width), b.rows, ad.up.fwd(), width, h, [&](int64_t r, int64_t c, V v) {
        float *f = ff + r * h + c;
        store(f, _mm512_add_ps(_mm512_add_ps(v, load(ad.up.bias + c)), load(f)));
      });
    }
    part.next(Part::Norms);
    norm(ff, att, w.out_norm, y + at * h, nullptr, sv.out_hat, sv.out_rstd);
  });
  if (!keep_all) sv = Saved<P>();
}
} // namespace madx
#endif
