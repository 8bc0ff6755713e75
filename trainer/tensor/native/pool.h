// Memory that is used again: the buffers of a step are as large as those of the last one, and fresh pages are slow.
#ifndef MADX_POOL_H
#define MADX_POOL_H
#include <stdint.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace madx {
class Pool;

// A block of a pool, aligned to 64 bytes, given back when the Buffer goes.
class Buffer {
public:
  Buffer() = default;
  Buffer(std::shared_ptr<Pool> pool, void *p, size_t size) : pool_(std::move(pool)), p_(p), size_(size) {}
  Buffer(Buffer &&o) noexcept { swap(o); }
  Buffer &operator=(Buffer &&o) noexcept {
    swap(o);
    return *this;
  }
  ~Buffer();
  void swap(Buffer &o) {
    std::swap(pool_, o.pool_);
    std::swap(p_, o.p_);
    std::swap(size_, o.size_);
  }
  template <class E> E *as() const { return static_cast<E *>(p_); }
  explicit operator bool() const { return p_ != nullptr; }

private:
  std::shared_ptr<Pool> pool_;
  void *p_ = nullptr;
  size_t size_ = 0;
};

class Pool : public std::enable_shared_from_this<Pool> {
public:
  ~Pool();
  // Uninitialised memory; throws std::bad_alloc.
  template <class E> Buffer get(int64_t n) { return bytes(size_t(n) * sizeof(E)); }
  static const std::shared_ptr<Pool> &shared(); // of the process

private:
  friend class Buffer;
  Buffer bytes(size_t size);
  void give(void *p, size_t size);

  struct Free {
    void *p;
    uint64_t since; // gets_ when it was given back
  };
  void forget(uint64_t before); // frees blocks that no request wanted for long

  std::mutex mutex_;
  std::multimap<size_t, Free> free_;
  uint64_t gets_ = 0;
};
} // namespace madx
#endif
