// A tile program as it runs: plain data, made by build.c, read by run.c.
#ifndef CR_TILE_H
#define CR_TILE_H
#include "../Dispatch/table.h"

// Buffers of a tile are CR_TILE_ELEMENTS + SLACK elements apart. A load waits for an earlier store whose address has
// the same low twelve bits; at 2,560 bytes, eight buffers of floats never meet in a block, at 2,112 every other one
// did.
enum { SLACK = 128, SLOTS = 256, TILES_PER_CHUNK = 32, MAX_CHUNKS = 64 };

// Handlers of block programs (blocks.h): one for each operation and each set of operands that it takes over from the
// instruction before it. Not every set has one; operand_mask (blocks.c) keeps to those.
enum { BLOCK_END = CR_KERNEL_COUNT * 8, BLOCK_LOAD, BLOCK_STORE, BLOCK_SUM, BLOCK_MAX, BLOCK_MIN, BLOCK_HANDLERS };
#define BLOCK_HANDLER_OF(op, mask) ((op) * 8 + (mask))

// How the tile of an input comes about.
typedef enum tile_source {
  SOURCE_DIRECT,    // contiguous: the slot points into the array
  SOURCE_ROW,       // the same row for every outer index, longer than a tile: the slot points into that row
  SOURCE_CONSTANT,  // the same for every tile (one number, or rows that fit a tile): filled once a run
  SOURCE_GATHER,    // anything else: copied run by run
} tile_source;

typedef struct tile_input {
  tile_source source;
  uint16_t slot, buffer;
  ptrdiff_t strides[CR_TILE_RANK];  // of the collapsed axes
} tile_input;

typedef struct tile_output {
  cr_tile_kind kind;
  uint16_t slot;           // of the value that is stored or reduced
  bool direct;             // CR_TILE_STORE: the slot points into the output
  ptrdiff_t row;           // CR_TILE_STORE: elements between rows; 0: contiguous
  size_t partial, stride;  // reductions: doubles before this output's partials, and per chunk
} tile_output;

struct cr_tile_program {
  bool is_double;
  // The index space: collapsed axes, seen as rows of `row` elements; a tile is `rows_per_tile` rows or a piece of one.
  size_t rank;
  ptrdiff_t shape[CR_TILE_RANK];
  size_t elements, rows, row;
  size_t rows_per_tile, tile, pieces;  // elements of a full tile; pieces of a row (1 if rows fit)
  size_t tiles, tiles_per_chunk, chunks;
  size_t partials;  // doubles
  size_t inputs, constants, outputs, prologue, codes, slots, buffers;
  tile_input input[CR_TILE_VALUES];
  double constant[CR_TILE_VALUES];
  uint16_t constant_buffer[CR_TILE_VALUES];
  tile_output output[CR_TILE_OUTPUTS];
  uint16_t buffer_of_slot[SLOTS];  // NO_BUFFER where the slot is set per tile
  bool twice;  // no output overwrites an input: an element may be computed again
  cr_block block[3 * (CR_TILE_VALUES + CR_TILE_OUTPUTS)];
  cr_slot_code code[CR_TILE_VALUES + CR_TILE_OUTPUTS];  // the prologue (once a run), then what runs for each tile
};
enum { NO_BUFFER = 0xffff };

// Values with their uses, as the peephole sees them; op TILE_NONE marks inputs, constants and what was removed.
enum { TILE_NONE = 0xffff };
typedef struct tile_value { uint16_t op, operand[3], uses; } tile_value;

void cr_tile_peephole(tile_value *values, size_t first, size_t count, const double *constants, size_t inputs);
size_t cr_tile_order(tile_value *values, size_t first, size_t count, cr_tile_output *output, size_t outputs);
#endif
