// Runs tile programs: per tile, one kernel call per instruction on operands that stay in L1.
#include "tile.h"
#include <math.h>

#define CR_EACH_TYPE "../Tile/run_typed.h"
#include "../Variants/types.h"

void cr_tile_run(const cr_tile_program *p, size_t chunk_begin, size_t chunk_end, const void *const *inputs,
                 void *const *outputs, void *partials) {
  (p->is_double ? run_f64 : run_f32)(p, chunk_begin, chunk_end, inputs, outputs, partials);
}
void cr_tile_finish(const cr_tile_program *p, void *const *outputs, const void *partials) {
  (p->is_double ? finish_f64 : finish_f32)(p, outputs, partials);
}
