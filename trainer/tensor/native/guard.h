// Turns C++ exceptions into return values. Shared by the files of this package.
#ifndef MADX_GUARD_H
#define MADX_GUARD_H
#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>

namespace madx {
void record(const std::exception &e, bool oom);

inline at::Tensor &T(void *t) { return *static_cast<at::Tensor *>(t); }

template <class F> int guard(F f) {
  try {
    f();
    return 0;
  } catch (const c10::OutOfMemoryError &e) {
    record(e, true);
  } catch (const std::bad_alloc &e) {
    record(e, true);
  } catch (const std::exception &e) {
    record(e, false);
  }
  return 1;
}

template <class F> void *guard_tensor(F f) {
  at::Tensor *out = nullptr;
  guard([&] { out = new at::Tensor(f()); });
  return out;
}
} // namespace madx
#endif
