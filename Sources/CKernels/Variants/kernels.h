// The kernels of one element type, in the order in which they build on each other.
#include "../Math/elementwise.h"
#include "../Reduce/reduce.h"
#include "../Reduce/rows.h"
#include "../Move/transpose.h"
#include "../Move/move.h"

#undef V
#undef VI
#undef VU
#undef T
#undef I
#undef U
#undef N
#undef MANTISSA
#undef BIAS
#undef MAGIC
#undef LANES
#undef GROUP
#undef GROUP_VECTORS
#undef BLOCK_GROUPS
#undef STRIP
#undef MAX_RANK
#undef FOR_EACH_ROW
