// Plain wrappers: error capture, threads, grad mode, copies between host and tensors.
#include "native.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/variable.h>

#include "guard.h"
#include "profile.h"
#include "tasks.h"

namespace madx {
thread_local std::string last_error;
thread_local bool last_oom = false;

void record(const std::exception &e, bool oom) {
  last_error = e.what();
  // The CPU allocator throws a plain c10::Error, recognised by its text.
  last_oom = oom || last_error.find("DefaultCPUAllocator: can't allocate memory") != std::string::npos ||
             last_error.find("out of memory") != std::string::npos;
}
} // namespace madx

using madx::T;

static at::Device device_of(int d) {
  return d < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(d));
}

extern "C" {

const char *madx_last_error(int *oom) {
  *oom = madx::last_oom;
  return madx::last_error.c_str();
}

int madx_set_threads(int n) {
  return madx::guard([&] { madx::set_task_threads(n); });
}

int madx_threads(void) { return madx::task_threads(); }

int madx_set_library_threads(int n) {
  return madx::guard([&] {
    if (at::get_num_threads() != n) at::set_num_threads(n);
  });
}

int madx_cuda_devices(void) {
  return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
}

const char *madx_library_config(void) {
  thread_local std::string text;
  if (madx::guard([&] { text = at::show_config(); })) text.clear();
  return text.c_str();
}

int madx_grad_enabled(void) { return c10::GradMode::is_enabled(); }

void madx_set_grad_enabled(int on) { c10::GradMode::set_enabled(on != 0); }

void *madx_from_host(const void *data, int host_kind, const int64_t *dims, int ndim, int kind, int device) {
  return madx::guard_tensor([&] {
    auto host = at::from_blob(const_cast<void *>(data), at::IntArrayRef(dims, ndim), at::ScalarType(host_kind));
    return at::empty(at::IntArrayRef(dims, ndim), at::TensorOptions().dtype(at::ScalarType(kind)).device(device_of(device)))
        .copy_(host);
  });
}

int madx_to_host(void *t, void *data, int host_kind, int64_t numel) {
  return madx::guard([&] {
    c10::NoGradGuard no_grad;
    TORCH_CHECK(T(t).numel() == numel, "tensor holds ", T(t).numel(), " elements, host buffer ", numel);
    at::from_blob(data, T(t).sizes(), at::ScalarType(host_kind)).copy_(T(t));
  });
}

int madx_backward(void *loss) {
  madx::Span span(madx::Part::Other + madx::Part::Backward);
  return madx::guard([&] { T(loss).backward(); });
}

void *madx_grad(void *param) {
  const auto &g = T(param).grad();
  return g.defined() ? new at::Tensor(g) : nullptr;
}

void madx_clear_grad(void *param) { T(param).mutable_grad() = at::Tensor(); }

} // extern "C"
