// The geometry of a convolution, as its three passes see it.
//
//   y[o, i, j] = Σ_c Σ_u Σ_v w[o, c, u, v] · x[c, i·s + u·d - p, j·s + v·d - p]      (per axis its own s, d, p)
//
// A tap (u, v) meets the rows and columns of x that are congruent to (u·d, v·d) modulo the strides. So the padded image
// is split into s_y·s_x phase images, phase (a, b) holding rows a, a + s_y, … and columns b, b + s_x, …; inside its
// phase a tap is a shift: offset = (u·d / s) · pitch + v·d / s. Every tap then reads contiguous memory, whatever the
// stride, and no column matrix is ever built. With stride 1 there is one phase: the padded image; without padding the
// image itself.
//
// Output positions are counted along the padded row: position i·pitch + j. The few positions between the rows are
// computed and dropped; that costs less than starting a vector anew in each row.
#ifndef CR_CONV_PLAN_H
#define CR_CONV_PLAN_H
#include "CKernels.h"

typedef struct cr_conv_plan {
  size_t in_group, out_group, taps, depth;   // channels per group; depth = in_group · taps
  size_t shift_y, shift_x;                   // largest shift of a tap in its phase
  size_t phase_height, pitch, phase_area;    // of one phase image
  size_t channel, unfolded;                  // elements of all phases of a channel, of a group's channels
  size_t positions;                          // (out_height - 1) · pitch + out_width
  bool direct;                               // x serves as it is
  size_t gradient_pitch, gradient_area;      // of one channel of dy with borders for the input gradient
} cr_conv_plan;

static inline cr_conv_plan cr_conv_plan_of(const cr_conv *v, bool reads_are_masked) {
  cr_conv_plan p;
  p.in_group = v->in_channels / v->groups, p.out_group = v->out_channels / v->groups;
  p.taps = v->kernel_height * v->kernel_width, p.depth = p.in_group * p.taps;
  p.shift_y = (v->kernel_height - 1) * v->dilation_y / v->stride_y;
  p.shift_x = (v->kernel_width - 1) * v->dilation_x / v->stride_x;
  p.phase_height = v->out_height + p.shift_y, p.pitch = v->out_width + p.shift_x;
  p.phase_area = p.phase_height * p.pitch;
  p.direct = reads_are_masked && v->stride_y == 1 && v->stride_x == 1 && v->pad_top == 0 && v->pad_left == 0 &&
             p.pitch == v->in_width && p.phase_height <= v->in_height;
  p.channel = p.direct ? v->in_height * v->in_width : p.phase_area * v->stride_y * v->stride_x;
  p.unfolded = p.channel * p.in_group;
  p.positions = (v->out_height - 1) * p.pitch + v->out_width;
  p.gradient_pitch = v->out_width + 2 * p.shift_x;
  p.gradient_area = (v->out_height + 2 * p.shift_y) * p.gradient_pitch;
  return p;
}

// Images of one chunk of the weight gradient: about eight of small ones, fewer where an image alone is worth a thread's
// while (a chunk is thirty million operations), more where the partials would take much memory.
static inline size_t cr_conv_weight_images(const cr_conv *v, size_t element) {
  const size_t width = v->in_channels / v->groups * v->kernel_height * v->kernel_width;
  const size_t bytes = v->out_channels * width * element, most = bytes < (4 << 20) ? (4 << 20) / bytes : 1;
  const double image = 2.0 * (double)(v->out_channels * width) * (double)(v->out_height * v->out_width);
  const size_t few = image > 3e7 ? 1 : image > 3.75e6 ? (size_t)(3e7 / image) : 8;
  const size_t wanted = (v->batch + few - 1) / few, chunks = wanted < most ? wanted : most;
  return chunks ? (v->batch + chunks - 1) / chunks : 1;
}
#endif
