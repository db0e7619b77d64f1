// Replays programs of scalars (values of rank 0).
#include "../Math/scalar.h"
#include "CKernels.h"

_Static_assert(CR_SCALAR_STORE < CR_SCALAR_LAST, "the flag is a bit of its own");

#define SCALAR_STATE \
  const cr_scalar_step *s, const cr_scalar_step *end, double *file, void *const *bases, double last

// A call in the place of a return is a jump where the compiler promises it; elsewhere a loop makes the steps one by one.
#if defined(__has_attribute) && (defined(__x86_64__) || defined(__aarch64__))
#if __has_attribute(musttail)
#define SCALARS_JUMP 1
#endif
#endif
#ifdef SCALARS_JUMP
#define NEXT_SCALAR(targets)                                                          \
  do {                                                                                \
    if (++s == end) return;                                                           \
    __attribute__((musttail)) return targets[s->op](s, end, file, bases, last);       \
  } while (0)
#define AFTER_SCALARS(s, end) (end)
#else
#define NEXT_SCALAR(targets) return
#define AFTER_SCALARS(s, end) ((s) + 1)
#endif

// The root as the processor takes it, without the call that would only tell errno about negative numbers.
#define sqrt(a) __builtin_elementwise_sqrt(a)

#define CR_EACH_TYPE "../Tile/scalars_typed.h"
#include "../Variants/types.h"
