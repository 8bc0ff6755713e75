// Which elements dropout drops.
#ifndef MADX_HASH_H
#define MADX_HASH_H
#include <stdint.h>

namespace madx {
// Mask drops element i when a hash of (seed, stream, i) is below p·2³². 32-bit arithmetic, so that loops over i
// vectorise. Tensors of more than 2³² elements would repeat the pattern.
struct Mask {
  uint32_t key0, key1, threshold;
  float scale;

  Mask(double p, uint64_t seed, uint64_t stream) {
    uint64_t z = seed ^ (stream * 0x9e3779b97f4a7c15ull + 0xd1b54a32d192ed03ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    key0 = uint32_t(z);
    key1 = uint32_t(z >> 32);
    threshold = uint32_t(p * 4294967296.0);
    scale = float(1 / (1 - p));
  }
  // The finaliser of MurmurHash3 between two keys.
  inline __attribute__((always_inline)) float factor(uint32_t i) const {
    uint32_t h = (i ^ key0) * 0x9e3779b1u + key1;
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    h ^= h >> 16;
    return h < threshold ? 0.0f : scale;
  }
};
} // namespace madx
#endif
