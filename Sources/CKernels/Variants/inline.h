// How functions of vectors are compiled.
#define INLINE static inline __attribute__((always_inline, nodebug, unused))
#ifndef CR_FIRST_HALF_THEN_REST
#define CR_FIRST_HALF_THEN_REST
#endif
#define UNROLL _Pragma("clang loop unroll(full)")
