// Everything that is compiled per instruction set. A variant defines CR_ISA (its name), CR_BYTES,
// CR_REGISTERS, CR_HAS_FMA, CR_HAS_ROUND, CR_MASKS and includes this once.
#include "inline.h"
#include "../Tile/tile.h"
#define CR_EACH_TYPE "kernels.h"
#include "types.h"  // double first: the float mathematics uses it

#define CR_PASTE_(a, b) a##b
#define CR_PASTE(a, b) CR_PASTE_(a, b)
#define CR_STRING_(a) #a
#define CR_STRING(a) CR_STRING_(a)
const cr_table CR_PASTE(cr_table_, CR_ISA) = {
  .blocks_f32 = blocks_f32,
  .blocks_f64 = blocks_f64,
  .fold_group_f32 = fold_group_f32,
  .fold_group_f64 = fold_group_f64,
  CR_TABLE_FIELDS(CR_STRING(CR_ISA))
};
