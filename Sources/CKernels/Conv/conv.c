// Sizes that do not depend on the instruction set.
#include "plan.h"

#define WEIGHTS(T, S)                                                                                                 \
  size_t cr_conv_weight_chunks_##S(const cr_conv *v) {                                                                \
    const size_t images = cr_conv_weight_images(v, sizeof(T));                                                        \
    return (v->batch + images - 1) / images;                                                                          \
  }                                                                                                                   \
  size_t cr_conv_weight_partial_bytes_##S(const cr_conv *v) {                                                         \
    const size_t width = v->in_channels / v->groups * v->kernel_height * v->kernel_width;                             \
    return cr_conv_weight_chunks_##S(v) * v->out_channels * width * sizeof(T);                                        \
  }
WEIGHTS(float, f32)
WEIGHTS(double, f64)
