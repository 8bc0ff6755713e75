// Vectors of 16 floats for the fused kernels, and the two element types they work in. Included after the target pragma of
// a .cpp file; nothing here is called unless the processor has the instructions (see fused.cpp).
#ifndef MADX_SIMD_H
#define MADX_SIMD_H
#include <immintrin.h>
#include <stdint.h>

#include <cmath>

#include "hash.h"

namespace madx {
using V = __m512;
constexpr int kLanes = 16;

inline V set1(float x) { return _mm512_set1_ps(x); }
inline V load(const float *p) { return _mm512_loadu_ps(p); }
inline void store(float *p, V v) { _mm512_storeu_ps(p, v); }
inline __mmask16 first(int n) { return n >= kLanes ? 0xffff : __mmask16((1u << n) - 1); }

// Elements of matrix products: Pair consecutive ones along the summed dimension lie in one 32-bit (or float) lane.
struct F32 {
  using E = float;
  static constexpr int Pair = 1;
  static V load(const E *p) { return _mm512_loadu_ps(p); }
  static void store(E *p, V v) { _mm512_storeu_ps(p, v); }
  static void store(E *p, V v, __mmask16 m) { _mm512_mask_storeu_ps(p, m, v); }
  static float widen(E e) { return e; }
  static V broadcast(const E *p) { return _mm512_set1_ps(*p); }
  static V dot(V acc, V a, V b) { return _mm512_fmadd_ps(a, b, acc); }
};

struct BF16 {
  using E = uint16_t;
  static constexpr int Pair = 2;
  static V load(const E *p) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
  }
  static __m256i narrow(V v) { return (__m256i)_mm512_cvtneps_pbh(v); }
  static void store(E *p, V v) { _mm256_storeu_si256((__m256i *)p, narrow(v)); }
  static void store(E *p, V v, __mmask16 m) { _mm256_mask_storeu_epi16(p, m, narrow(v)); }
  static float widen(E e) {
    uint32_t bits = uint32_t(e) << 16;
    float f;
    __builtin_memcpy(&f, &bits, 4);
    return f;
  }
  static V broadcast(const E *p) { // two elements
    int pair;
    __builtin_memcpy(&pair, p, 4);
    return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
  }
  static V dot(V acc, V a, V b) { return _mm512_dpbf16_ps(acc, (__m512bh)a, (__m512bh)b); }
};

// exp, within 2 units of the last place; 0 below −104.
inline V exp16(V x) {
  x = _mm512_max_ps(x, set1(-104.0f));
  const V n = _mm512_roundscale_ps(_mm512_mul_ps(x, set1(1.44269504088896341f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  V r = _mm512_fnmadd_ps(n, set1(0.693359375f), x);
  r = _mm512_fnmadd_ps(n, set1(-2.12194440e-4f), r);
  V p = set1(1.9875691500e-4f);
  p = _mm512_fmadd_ps(p, r, set1(1.3981999507e-3f));
  p = _mm512_fmadd_ps(p, r, set1(8.3334519073e-3f));
  p = _mm512_fmadd_ps(p, r, set1(4.1665795894e-2f));
  p = _mm512_fmadd_ps(p, r, set1(1.6666665459e-1f));
  p = _mm512_fmadd_ps(p, r, set1(5.0000001201e-1f));
  p = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(p, r), r, r), set1(1.0f));
  return _mm512_scalef_ps(p, n);
}

// The normal distribution: cdf Φ(x) by Abramowitz & Stegun 7.1.26 (absolute error below 1e-7), and its density.
struct Normal {
  V cdf, pdf;
};
inline Normal normal(V x) {
  const V a = _mm512_abs_ps(x);
  const V e = exp16(_mm512_mul_ps(_mm512_mul_ps(x, x), set1(-0.5f)));
  const V t = _mm512_div_ps(set1(1.0f), _mm512_fmadd_ps(a, set1(0.3275911f * 0.70710678118f), set1(1.0f)));
  V p = set1(1.061405429f);
  p = _mm512_fmadd_ps(p, t, set1(-1.453152027f));
  p = _mm512_fmadd_ps(p, t, set1(1.421413741f));
  p = _mm512_fmadd_ps(p, t, set1(-0.284496736f));
  p = _mm512_fmadd_ps(p, t, set1(0.254829592f));
  const V tail = _mm512_mul_ps(_mm512_mul_ps(_mm512_mul_ps(p, t), e), set1(0.5f)); // 1 − Φ(|x|)
  const __mmask16 neg = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  return {_mm512_mask_mov_ps(_mm512_sub_ps(set1(1.0f), tail), neg, tail), _mm512_mul_ps(e, set1(0.39894228040f))};
}

inline float sum(V v) { return _mm512_reduce_add_ps(v); }
inline float top(V v) { return _mm512_reduce_max_ps(v); }

// Which of the 16 elements at index i, i + stride … dropout keeps, as a factor; the same function as Mask::factor.
inline V keep(const Mask &m, uint32_t i, uint32_t stride = 1) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i h = _mm512_add_epi32(_mm512_set1_epi32(int(i)), _mm512_mullo_epi32(lane, _mm512_set1_epi32(int(stride))));
  h = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_xor_si512(h, _mm512_set1_epi32(int(m.key0))), _mm512_set1_epi32(int(0x9e3779b1u))),
                       _mm512_set1_epi32(int(m.key1)));
  h = _mm512_mullo_epi32(_mm512_xor_si512(h, _mm512_srli_epi32(h, 16)), _mm512_set1_epi32(int(0x85ebca6bu)));
  h = _mm512_mullo_epi32(_mm512_xor_si512(h, _mm512_srli_epi32(h, 13)), _mm512_set1_epi32(int(0xc2b2ae35u)));
  h = _mm512_xor_si512(h, _mm512_srli_epi32(h, 16));
  return _mm512_maskz_mov_ps(_mm512_cmpge_epu32_mask(h, _mm512_set1_epi32(int(m.threshold))), set1(m.scale));
}
} // namespace madx
#endif
