// Plane rotations on the rows of a matrix, put off until there are many: then pieces of the rows stay in the cache while
// all of them pass.

#ifndef CR_ROTATION
#define CR_ROTATION
// Row i becomes c·i + s·j, row j becomes c·j − s·i.
typedef struct { uint32_t i, j; double c, s; } cr_rotation;
typedef struct {
  cr_rotation *list;
  size_t count, room;
  void *piece;  // CR_PIECE bytes for each row
} cr_rotations;
enum { CR_PIECE = 256 };
// For matrices of n rows; NULL in `list` or `piece` where there is no memory.
static cr_rotations cr_rotations_make(size_t n) {
  const size_t room = 64 * n + 64;
  return (cr_rotations){malloc(room * sizeof(cr_rotation)), 0, room, malloc((n + 1) * CR_PIECE)};
}
static void cr_rotations_free(cr_rotations *r) { free(r->list), free(r->piece); }
#endif

enum { N(PIECE) = CR_PIECE / sizeof(T) };

// A piece of all rows, one behind the other: apart by the length of a row they would drive each other from the cache.
// The second row of a rotation, as a rule the first of the next, stays in registers.
static void N(rotate_piece)(const cr_rotations *r, T *z) {
  T held[N(PIECE)];
  uint32_t place = UINT32_MAX;
  for (size_t n = 0; n < r->count; n++) {
    const uint32_t i = r->list[n].i, j = r->list[n].j;
    const T c = (T)r->list[n].c, s = (T)r->list[n].s;
    T *restrict const first = z + i * N(PIECE), *restrict const second = z + j * N(PIECE);
    if (i != place) {
      if (place != UINT32_MAX) memcpy(z + place * N(PIECE), held, sizeof held);
      memcpy(held, first, sizeof held);
    }
    for (size_t k = 0; k < N(PIECE); k++) {
      const T x = held[k], y = second[k];
      first[k] = c * x + s * y;
      held[k] = c * y - s * x;
    }
    place = j;
  }
  if (place != UINT32_MAX) memcpy(z + place * N(PIECE), held, sizeof held);
}

// All rotations that wait, on the rows of z [n, n]; they are forgotten where there is no z.
static void N(rotate)(cr_rotations *r, size_t n, T *z) {
  T *const piece = r->piece;
  for (size_t k = 0; z && r->count && k < n; k += N(PIECE)) {
    const size_t width = n - k < N(PIECE) ? n - k : N(PIECE);
    for (size_t i = 0; i < n; i++) {
      memcpy(piece + i * N(PIECE), z + i * n + k, width * sizeof(T));
      for (size_t l = width; l < N(PIECE); l++) piece[i * N(PIECE) + l] = 0;
    }
    N(rotate_piece)(r, piece);
    for (size_t i = 0; i < n; i++) memcpy(z + i * n + k, piece + i * N(PIECE), width * sizeof(T));
  }
  r->count = 0;
}

// The signs of vectors, columns of x [m, n], that are only defined up to them: the first element of nearly the largest
// magnitude is positive. `largest` has room for n.
static void N(column_signs)(size_t m, size_t n, const T *x, T *largest, T *sign) {
  for (size_t j = 0; j < n; j++) largest[j] = 0, sign[j] = 0;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const T size = x[i * n + j] < 0 ? -x[i * n + j] : x[i * n + j];
      largest[j] = size > largest[j] ? size : largest[j];
    }
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const T value = x[i * n + j], size = value < 0 ? -value : value;
      if (sign[j] == 0 && size >= (T)0.9 * largest[j]) sign[j] = value < 0 ? -1 : 1;
    }
}
static void N(scale_columns)(size_t m, size_t n, const T *factor, T *x) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) x[i * n + j] *= factor[j];
}
// out [n, m]: the rows of a [m, n] in an order, as columns.
static void N(turn_ordered)(size_t m, size_t n, const T *a, const uint32_t *order, T *out) {
  for (size_t k0 = 0; k0 < m; k0 += 16)
    for (size_t i0 = 0; i0 < n; i0 += 16)
      for (size_t i = i0; i < n && i < i0 + 16; i++)
        for (size_t k = k0; k < m && k < k0 + 16; k++) out[i * m + k] = a[order[k] * n + i];
}
