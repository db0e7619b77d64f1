// Runs tile programs: per tile, one kernel call per instruction on operands that stay in L1.
#include "tile.h"
#include <math.h>

#define T float
#define F(name) name##_f32
#include "run_typed.h"
#undef T
#undef F
#define T double
#define F(name) name##_f64
#include "run_typed.h"

void cr_tile_run(const cr_tile_program *p, size_t chunk_begin, size_t chunk_end, const void *const *inputs, void *const *outputs,
                 void *partials) {
  (p->is_double ? run_f64 : run_f32)(p, chunk_begin, chunk_end, inputs, outputs, partials);
}
void cr_tile_finish(const cr_tile_program *p, void *const *outputs, const void *partials) {
  (p->is_double ? finish_f64 : finish_f32)(p, outputs, partials);
}
