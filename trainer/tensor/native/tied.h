// Cross-entropy through a frozen output embedding, a few hundred words at a time. Each part of the vocabulary keeps, per
// row, a running maximum m, Σ exp(logit − m) and acc = Σ exp(logit − m)·table[word], rescaled when m grows, as flash
// attention does; the parts are merged at the end in a fixed order. Logits never leave the second-level cache.
#ifndef MADX_TIED_H
#define MADX_TIED_H
#include "layer.h"

namespace madx {
constexpr int64_t kWords = 256, kParts = 16;

template <class P> struct Tied {
  using E = typename P::E;
  const float *x;   // [rows, h]
  const E *table;   // [words, h]
  const float *bias; // [words]
  const int64_t *labels;
  int64_t rows, h, words;
  Buffer narrow_x;  // E [rows, h]

  struct Chunk { // words [begin, begin+count), packed
    int64_t begin, count, wide;
    E *columns;      // h × words: for logits
    float *bias;     // −∞ beyond count
  };

  Chunk take(int64_t begin, int64_t end, Scratch &s) const {
    Chunk c{begin, std::min(kWords, end - begin), 0, s.take<E>(packed_size<P>(h, kWords)), s.take<float>(kWords)};
    c.wide = up(c.count, kLanes);
    pack_transposed<P>(c.columns, table + begin * h, h, h, c.count);
    for (int64_t i = 0; i < c.wide; i++) c.bias[i] = i < c.count ? bias[begin + i] : -INFINITY;
    return c;
  }

  void logits(const Chunk &c, int64_t row, int64_t n, float *out) const {
    gemm<P>(rows_of<P>(narrow_x.as<E>() + row * h, h), n, c.columns, h, c.wide,
            [&](int64_t r, int64_t k, V v) { store(out + r * kWords + k, _mm512_add_ps(v, load(c.bias + k))); });
  }

  // One part of the vocabulary; acc null where no gradient is wanted.
  void part(int64_t begin, int64_t end, float *m, float *total, float *acc, Scratch scratch) const {
    std::fill(m, m + rows, -INFINITY);
    std::fill(total, total + rows, 0.0f);
    if (acc) std::memset(acc, 0, size_t(rows * h) * sizeof(float));
    float *z = scratch.take<float>(kBlock * kWords);
    E *p = scratch.take<E>(kBlock * kWords), *lines = scratch.take<E>(packed_size<P>(kWords, h));
    for (int64_t v = begin; v < end; v += kWords) {
      Scratch rest = scratch;
      const Chunk c = take(v, end, rest);
      if (acc) pack_rows(P(), lines, table + v * h, h, c.count, h);
      for (int64_t row = 0; row < rows; row += kBlock) {
        const int64_t n = std::min(kBlock, rows - row);
        logits(c, row, n, z);
        for (int64_t r = 0; r < n; r++) exponentials(z + r * kWords, p + r * kWords, c.wide, m[row + r], total[row + r], acc ? acc + (row + r) * h : nullptr);
        if (!acc) continue;
        gemm<P>(rows_of<P>(p, kWords), n, lines, c.count, h, [&](int64_t r, int64_t k, V x) {
          float *a = acc + (row + r) * h + k;
          store(a, _mm512_add_ps(load(a), x));
        });
      }
    }
  }

  void exponentials(float *z, E *p, int64_t wide, float &m, float &total, float *acc) const {
    V high = set1(m);
    for (int64_t k = 0; k < wide; k += kLanes) high = _mm512_max_ps(high, load(z + k));
    const float now = top(high);
    if (now > m) {
      const float old = m == -INFINITY ? 0 : std::exp(m - now);
      m = now;
      total *= old;
      if (acc)
        for (int64_t k = 0; k < h; k += kLanes) store(acc + k, _mm512_mul_ps(load(acc + k), set1(old)));
    }
    const V mv = set1(m);
    V s = _mm512_setzero_ps();
    for (int64_t k = 0; k < wide; k += kLanes) {
      const V e = exp16(_mm512_sub_ps(load(z + k), mv));
      s = _mm512_add_ps(s, e);
      if (acc) P::store(p + k, e);
    }
    total += sum(s);
  }

  // Σ over rows of exp(logit − lse), per word.
  void bias_part(int64_t begin, int64_t end, const float *lse, float *grad, Scratch scratch) const {
    float *z = scratch.take<float>(kBlock * kWords);
    for (int64_t v = begin; v < end; v += kWords) {
      Scratch rest = scratch;
      const Chunk c = take(v, end, rest);
      float sums[kWords] = {};
      for (int64_t row = 0; row < rows; row += kBlock) {
        const int64_t n = std::min(kBlock, rows - row);
        logits(c, row, n, z);
        for (int64_t r = 0; r < n; r++)
          for (int64_t k = 0; k < c.wide; k += kLanes)
            store(sums + k, _mm512_add_ps(load(sums + k), exp16(_mm512_sub_ps(load(z + r * kWords + k), set1(lse[row + r])))));
      }
      std::copy(sums, sums + c.count, grad + v);
    }
  }

  // The summed loss; grad_x [rows, h] and grad_bias [words] may be null.
  double run(float *grad_x, float *grad_bias, Pool &pool) {
    narrow_x = pool.get<E>(rows * h);
    for (int64_t i = 0; i < rows * h; i += kLanes) P::store(narrow_x.as<E>() + i, load(x + i));
    const int64_t each = up((words + kParts - 1) / kParts, kWords), parts = (words + each - 1) / each;
    Buffer ms = pool.get<float>(parts * rows), totals = pool.get<float>(parts * rows), accs, lses = pool.get<float>(rows);
    if (grad_x) accs = pool.get<float>(parts * rows * h);
    const size_t scratch = size_t(kBlock * kWords) * (4 + sizeof(E)) + size_t(packed_size<P>(kWords, h) + packed_size<P>(h, kWords)) * sizeof(E) + 4 * kWords + 4096;
    run_tasks(parts, scratch, pool, [&](int64_t i, Scratch s) {
      part(i * each, std::min(words, (i + 1) * each), ms.as<float>() + i * rows, totals.as<float>() + i * rows,
           grad_x ? accs.as<float>() + i * rows * h : nullptr, s);
    });
    std::vector<double> losses(rows);
    run_tasks((rows + 15) / 16, 64, pool, [&](int64_t i, Scratch) {
      for (int64_t r = i * 16; r < std::min(rows, (i + 1) * 16); r++)
        losses[r] = merge(r, parts, ms.as<float>(), totals.as<float>(), accs.as<float>(), grad_x, lses.as<float>());
    });
    double loss = 0;
    for (double l : losses) loss += l;
    if (grad_bias) {
      run_tasks(parts, scratch, pool, [&](int64_t i, Scratch s) { bias_part(i * each, std::min(words, (i + 1) * each), lses.as<float>(), grad_bias, s); });
      for (int64_t r = 0; r < rows; r++) grad_bias[labels[r]] -= 1;
    }
    return loss;
  }

  // One row: its loss, and its gradient from the parts.
  double merge(int64_t r, int64_t parts, const float *ms, const float *totals, const float *accs, float *grad_x, float *lse) const {
    float m = -INFINITY, total = 0;
    for (int64_t i = 0; i < parts; i++) m = std::max(m, ms[i * rows + r]);
    for (int64_t i = 0; i < parts; i++) total += totals[i * rows + r] * std::exp(ms[i * rows + r] - m);
    lse[r] = m + std::log(total);
    const E *gold = table + labels[r] * h, *xr = narrow_x.as<E>() + r * h;
    V dot = _mm512_setzero_ps();
    for (int64_t k = 0; k < h; k += kLanes) dot = _mm512_fmadd_ps(P::load(xr + k), P::load(gold + k), dot);
    if (grad_x) {
      float share[kParts];
      for (int64_t i = 0; i < parts; i++) share[i] = std::exp(ms[i * rows + r] - m) / total;
      for (int64_t k = 0; k < h; k += kLanes) {
        V g = _mm512_setzero_ps();
        for (int64_t i = 0; i < parts; i++) g = _mm512_fmadd_ps(load(accs + (i * rows + r) * h + k), set1(share[i]), g);
        store(grad_x + r * h + k, _mm512_sub_ps(g, P::load(gold + k)));
      }
    }
    return double(lse[r]) - double(sum(dot) + bias[labels[r]]);
  }
};
} // namespace madx
#endif
