#pragma once
// The few BLAS and LAPACK routines of the fit (private to this library). Debian builds for baseline x86-64, where our
// own loops get SSE2 only; OpenBLAS picks its kernels for the processor at run time.

#include <cblas.h>

extern "C" {
void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e, double* tau, double* work,
             const int* lwork, int* info);
void dormtr_(const char* side, const char* uplo, const char* trans, const int* m, const int* n, const double* a,
             const int* lda, const double* tau, double* c, const int* ldc, double* work, const int* lwork, int* info);
void dgelsd_(const int* m, const int* n, const int* nrhs, double* a, const int* lda, double* b, const int* ldb,
             double* s, const double* rcond, int* rank, double* work, const int* lwork, int* iwork, int* info);
}

namespace scalescope {

/// While one lives, BLAS calls run on the thread that makes them: the fit has threads of its own. The thread count that
/// was set before comes back with the last one, for LibTorch uses the same OpenBLAS.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
  ~SingleThreadedBlas();
};

} // namespace scalescope
