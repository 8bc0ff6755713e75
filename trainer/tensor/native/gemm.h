// Matrix products for one core: C = A·B with A as it lies in memory and B packed once. The tile of C is handed to an
// epilogue while it is in the first-level cache, so that bias, activation, dropout and residual cost no pass over memory.
#ifndef MADX_GEMM_H
#define MADX_GEMM_H
#include <algorithm>
#include <cstring>

#include "simd.h"

namespace madx {
constexpr int kTileRows = 6, kTileVectors = 4, kPanel = kTileVectors * kLanes; // 24 accumulators of 32 registers

inline int64_t up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Packed B [k, n]: panels of 64 columns (the last one narrower, a multiple of 16), each k/Pair × columns × Pair. k and n
// are padded with zeros to multiples of Pair and 16.
template <class P> int64_t packed_size(int64_t k, int64_t n) { return up(k, P::Pair) * up(n, kLanes); }

template <class P> typename P::E *packed_at(typename P::E *b, int64_t kp, int64_t np, int64_t k, int64_t col) {
  const int64_t panel = col / kPanel * kPanel, width = std::min<int64_t>(kPanel, np - panel);
  return b + panel * kp + (k / P::Pair) * width * P::Pair + (col - panel) * P::Pair + k % P::Pair;
}

// Packs B from any layout: element (k, col) is src[k*row + col*column]. For weights, at load time.
template <class P>
void pack(typename P::E *dst, const typename P::E *src, int64_t row, int64_t column, int64_t k, int64_t n) {
  const int64_t kp = up(k, P::Pair), np = up(n, kLanes);
  std::memset(dst, 0, size_t(kp * np) * sizeof(*dst));
  for (int64_t c = 0; c < n; c++)
    for (int64_t i = 0; i < k; i++) *packed_at<P>(dst, kp, np, i, c) = src[i * row + c * column];
}

// Packs rows of B that are contiguous: B[k, n] with n a multiple of 16 (or readable up to it), rows from, … in place.
inline void pack_rows(F32, float *dst, const float *src, int64_t ld, int64_t k, int64_t n) {
  const int64_t np = up(n, kLanes);
  for (int64_t p = 0; p < np; p += kPanel) {
    const int64_t width = std::min<int64_t>(kPanel, np - p);
    float *out = dst + p * k;
    for (int64_t i = 0; i < k; i++)
      for (int64_t c = 0; c < width; c += kLanes, out += kLanes)
        store(out, _mm512_maskz_loadu_ps(first(int(n - p - c)), src + i * ld + p + c));
  }
}

inline void pack_rows(BF16, uint16_t *dst, const uint16_t *src, int64_t ld, int64_t k, int64_t n) {
  const int64_t np = up(n, kLanes);
  for (int64_t p = 0; p < np; p += kPanel) {
    const int64_t width = std::min<int64_t>(kPanel, np - p);
    uint16_t *out = dst + p * up(k, 2);
    for (int64_t i = 0; i < k; i += 2)
      for (int64_t c = 0; c < width; c += kLanes, out += 2 * kLanes) {
        const __mmask16 m = first(int(n - p - c));
        const __m512i lo = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, src + i * ld + p + c));
        const __m512i hi = i + 1 < k ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, src + (i + 1) * ld + p + c)) : _mm512_setzero_si512();
        _mm512_storeu_si512(out, _mm512_or_si512(lo, _mm512_slli_epi32(hi, 16)));
      }
  }
}

// Packs B = Sᵀ where S [n, k] has rows of k contiguous elements: column c of B is row c of S. k must be a multiple of Pair.
template <class P>
void pack_transposed(typename P::E *dst, const typename P::E *src, int64_t ld, int64_t k, int64_t n) {
  const int64_t np = up(n, kLanes), steps = k / P::Pair;
  const __m512i lane = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32(int(ld / P::Pair)));
  for (int64_t c = 0; c < np; c += kLanes) {
    const __mmask16 m = n - c > 0 ? first(int(n - c)) : __mmask16(0);
    const int64_t panel = c / kPanel * kPanel, width = std::min<int64_t>(kPanel, np - panel);
    int *out = (int *)(dst + panel * k + (c - panel) * P::Pair);
    const int *in = (const int *)(src + c * ld);
    for (int64_t s = 0; s < steps; s++)
      _mm512_storeu_si512(out + s * width, _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), m, lane, in + s, 4));
  }
}

// Puts two rows of 16 elements side by side, element by element; hi may be null, for zeros.
inline void interleave(BF16, uint16_t *dst, const uint16_t *lo, const uint16_t *hi) {
  const __m512i a = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)lo));
  const __m512i b = hi ? _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)hi)) : _mm512_setzero_si512();
  _mm512_storeu_si512(dst, _mm512_or_si512(a, _mm512_slli_epi32(b, 16)));
}
inline void interleave(F32, float *, const float *, const float *) {} // elements need no pairs

// How A lies in memory: element (i, k) is at p + i*row + k/Pair*step (+ k%Pair).
template <class P> struct Matrix {
  const typename P::E *p;
  int64_t row, step;
};
template <class P> Matrix<P> rows_of(const typename P::E *p, int64_t ld) { return {p, ld, P::Pair}; }

template <class P, int MR, int NZ>
__attribute__((noinline)) void tile(Matrix<P> a, const typename P::E *b, int64_t steps, float *c) {
  V acc[MR][NZ];
#pragma GCC unroll 8
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 8
    for (int j = 0; j < NZ; j++) acc[i][j] = _mm512_setzero_ps();
  const typename P::E *pa = a.p;
  for (int64_t s = 0; s < steps; s++, pa += a.step, b += NZ * kLanes * P::Pair) {
    V bv[NZ];
#pragma GCC unroll 8
    for (int j = 0; j < NZ; j++) bv[j] = _mm512_loadu_ps((const float *)(b + j * kLanes * P::Pair));
#pragma GCC unroll 8
    for (int i = 0; i < MR; i++) {
      const V av = P::broadcast(pa + i * a.row);
#pragma GCC unroll 8
      for (int j = 0; j < NZ; j++) acc[i][j] = P::dot(acc[i][j], av, bv[j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < MR; i++)
#pragma GCC unroll 8
    for (int j = 0; j < NZ; j++) store(c + i * kPanel + j * kLanes, acc[i][j]);
}

template <class P> using Tile = void (*)(Matrix<P>, const typename P::E *, int64_t, float *);

template <class P> Tile<P> tile_for(int rows, int vectors) {
#define MADX_ROW(MR) {tile<P, MR, 1>, tile<P, MR, 2>, tile<P, MR, 3>, tile<P, MR, 4>}
  static constexpr Tile<P> table[kTileRows][kTileVectors] = {MADX_ROW(1), MADX_ROW(2), MADX_ROW(3), MADX_ROW(4), MADX_ROW(5), MADX_ROW(6)};
#undef MADX_ROW
  return table[rows - 1][vectors - 1];
}

// C [m, n] = A [m, k]·B; epilogue(row, column, 16 values) sees every vector of C once. n is padded to 16.
template <class P, class Epilogue>
inline void gemm(Matrix<P> a, int64_t m, const typename P::E *b, int64_t k, int64_t n, Epilogue epilogue) {
  alignas(64) float c[kTileRows * kPanel];
  const int64_t kp = up(k, P::Pair), np = up(n, kLanes), steps = kp / P::Pair;
  for (int64_t col = 0; col < np; col += kPanel) {
    const int nz = int(std::min<int64_t>(kPanel, np - col) / kLanes);
    for (int64_t row = 0; row < m; row += kTileRows) {
      const int mr = int(std::min<int64_t>(kTileRows, m - row));
      tile_for<P>(mr, nz)({a.p + row * a.row, a.row, a.step}, b + col * kp, steps, c);
      for (int i = 0; i < mr; i++)
        for (int j = 0; j < nz; j++) epilogue(row + i, col + j * kLanes, load(c + i * kPanel + j * kLanes));
    }
  }
}
} // namespace madx
#endif
