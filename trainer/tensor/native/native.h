// C interface of the functions that gotch lacks. A tensor is a torch::Tensor* made by new and passed as void*, as in
// gotch, so that handles of either side can be mixed. A function that returns a tensor returns NULL on failure; one
// that returns int returns 0 on success. madx_last_error then tells why.
#ifndef MADX_NATIVE_H
#define MADX_NATIVE_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// The message of the last failure on this thread; valid until the next call. *oom is set to 1 when memory ran out.
const char *madx_last_error(int *oom);

// Threads of this package's own kernels, and of libtorch's operations started on this OS thread.
int madx_set_threads(int n);
int madx_threads(void);
int madx_set_library_threads(int n);
int madx_cuda_devices(void);
// What the linked libtorch says of itself, for people; valid until the next call on this thread.
const char *madx_library_config(void);
// Where the time goes, by the parts of profile.h: start, then seconds [24] of wall time, in which each thread counts for
// its share, so that all parts add up to the time since the start.
void madx_profile_start(void);
void madx_profile_stop(double *seconds);
// Puts the calling thread into a part; leave takes what enter returned.
int madx_profile_enter(int part);
void madx_profile_leave(int before);
int madx_grad_enabled(void);
void madx_set_grad_enabled(int on);

// A new tensor of shape dims filled from host memory, which is read before the call returns. kind and device are
// libtorch's ScalarType and gotch's device index (-1: CPU); the host data has the type host_kind.
void *madx_from_host(const void *data, int host_kind, const int64_t *dims, int ndim, int kind, int device);
// Copies the elements, in row-major order, into host memory as host_kind.
int madx_to_host(void *t, void *data, int host_kind, int64_t numel);

int madx_backward(void *loss);
// The accumulated gradient, a new handle to the same storage; NULL without error when there is none.
void *madx_grad(void *param);
void madx_clear_grad(void *param);

int madx_device(void *t); // -1: CPU, else the CUDA device's index
// Sum of squares in double, in fixed blocks, so that it does not depend on the number of threads.
int madx_sum_of_squares(void *t, double *out);
int madx_copy_(void *dst, void *src);
int madx_scale_(void *t, double f);
// One AdamW step in place, all tensors float32; correct1/2 are 1-beta^t.
int madx_adamw(void *param, void *grad, void *m, void *v, double lr, double beta1, double beta2, double eps, double decay,
               double correct1, double correct2);

// Dropout whose mask is a function of (seed, stream, element index); differentiable in x.
void *madx_dropout(void *x, double p, uint64_t seed, uint64_t stream);
// Sum over rows of the cross-entropy of x·tableᵀ + bias, table frozen; differentiable in x and bias. plain: by libtorch's
// operations even where this processor has fused ones.
void *madx_tied_cross_entropy(void *x, void *table, void *bias, void *labels, int plain);

// A transformer layer in one call. tensors are qkv weight and bias, attention output weight and bias, its LayerNorm's
// weight and bias, the feed-forward's two linears, the closing LayerNorm; weights of type kind. They are copied.
int madx_fused_supported(int kind, int64_t hidden, int64_t heads, int64_t inner);
void *madx_layer_new(int kind, int64_t heads, double eps, void **tensors);
void madx_layer_free(void *layer);
// x is float [tokens, hidden]; seqs are (begin, rows, keys, read) of each sequence; the result is [read tokens, hidden];
// adapters are (down weight, bias, up weight, bias) each. Differentiable in x and the adapters that require gradients.
void *madx_layer_forward(void *layer, void *x, const int64_t *seqs, int nseqs, void **adapters, int nadapters, double p,
                         uint64_t seed, uint64_t stream);

#ifdef __cplusplus
}
#endif
#endif
