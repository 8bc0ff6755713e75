// LayerNorm over one row of n floats, n a multiple of 16.
#ifndef MADX_ROWS_H
#define MADX_ROWS_H
#include "simd.h"

namespace madx {
struct Norm {
  const float *w, *b;
  float eps;
};

// y(c, value) sees the normalised, scaled and shifted row; xhat (may be null) keeps the normalised one. Returns 1/σ.
template <class P, class Out>
inline float norm_row(const float *x, int64_t n, const Norm &ln, typename P::E *xhat, Out y) {
  V s = _mm512_setzero_ps();
  for (int64_t c = 0; c < n; c += kLanes) s = _mm512_add_ps(s, load(x + c));
  const V mean = set1(sum(s) / n);
  s = _mm512_setzero_ps();
  for (int64_t c = 0; c < n; c += kLanes) {
    const V d = _mm512_sub_ps(load(x + c), mean);
    s = _mm512_fmadd_ps(d, d, s);
  }
  const float r = 1 / std::sqrt(sum(s) / n + ln.eps);
  const V rv = set1(r);
  for (int64_t c = 0; c < n; c += kLanes) {
    const V h = _mm512_mul_ps(_mm512_sub_ps(load(x + c), mean), rv);
    if (xhat) P::store(xhat + c, h);
    y(c, _mm512_fmadd_ps(h, load(ln.w + c), load(ln.b + c)));
  }
  return r;
}

// The gradient of the row before LayerNorm from dy after it: dx(c, value).
template <class P, class Out>
inline void norm_row_back(const float *dy, int64_t n, const float *w, const typename P::E *xhat, float rstd, Out dx) {
  V s = _mm512_setzero_ps(), t = _mm512_setzero_ps();
  for (int64_t c = 0; c < n; c += kLanes) {
    const V g = _mm512_mul_ps(load(dy + c), load(w + c));
    s = _mm512_add_ps(s, g);
    t = _mm512_fmadd_ps(g, P::load(xhat + c), t);
  }
  const V a = set1(sum(s) / n), b = set1(sum(t) / n), r = set1(rstd);
  for (int64_t c = 0; c < n; c += kLanes) {
    const V g = _mm512_mul_ps(load(dy + c), load(w + c));
    dx(c, _mm512_mul_ps(r, _mm512_sub_ps(g, _mm512_fmadd_ps(P::load(xhat + c), b, a))));
  }
}
} // namespace madx
#endif
