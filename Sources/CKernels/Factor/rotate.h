// Plane rotations on the rows of a matrix, put off until there are many: then pieces of the rows stay in the cache while
// all of them pass.

#ifndef CR_ROTATION
#define CR_ROTATION
// Row i becomes c·i + s·j, row j becomes c·j − s·i.
typedef struct { uint32_t i, j; double c, s; } cr_rotation;
typedef struct {
  cr_rotation *list;
  size_t count, room;
} cr_rotations;
#endif

enum { N(PIECE) = 256 / sizeof(T) };

// A piece of all rows. The second row of a rotation, as a rule the first of the next, stays in registers.
static void N(rotate_piece)(const cr_rotations *r, T *z, size_t ldz) {
  T held[N(PIECE)];
  uint32_t place = UINT32_MAX;
  for (size_t n = 0; n < r->count; n++) {
    const uint32_t i = r->list[n].i, j = r->list[n].j;
    const T c = (T)r->list[n].c, s = (T)r->list[n].s;
    T *restrict const first = z + i * ldz, *restrict const second = z + j * ldz;
    if (i != place) {
      if (place != UINT32_MAX) memcpy(z + place * ldz, held, sizeof held);
      memcpy(held, first, sizeof held);
    }
    for (size_t k = 0; k < N(PIECE); k++) {
      const T x = held[k], y = second[k];
      first[k] = c * x + s * y;
      held[k] = c * y - s * x;
    }
    place = j;
  }
  if (place != UINT32_MAX) memcpy(z + place * ldz, held, sizeof held);
}

// The same for pieces of any width.
static void N(rotate_rest)(const cr_rotations *r, size_t width, T *z, size_t ldz) {
  for (size_t n = 0; n < r->count; n++) {
    const T c = (T)r->list[n].c, s = (T)r->list[n].s;
    T *restrict const first = z + r->list[n].i * ldz, *restrict const second = z + r->list[n].j * ldz;
    for (size_t k = 0; k < width; k++) {
      const T x = first[k], y = second[k];
      first[k] = c * x + s * y;
      second[k] = c * y - s * x;
    }
  }
}

// All rotations that wait, on rows of length n.
static void N(rotate)(cr_rotations *r, size_t n, T *z, size_t ldz) {
  size_t k = 0;
  for (; k + N(PIECE) <= n; k += N(PIECE)) N(rotate_piece)(r, z + k, ldz);
  if (k < n) N(rotate_rest)(r, n - k, z + k, ldz);
  r->count = 0;
}

// The sign of a vector that is only defined up to it: the first component of nearly the largest magnitude is positive.
static bool N(points_down)(size_t n, const T *x, size_t step) {
  T largest = 0;
  for (size_t i = 0; i < n; i++) largest = (T)fmax((double)largest, fabs((double)x[i * step]));
  for (size_t i = 0; i < n; i++)
    if (fabs((double)x[i * step]) >= 0.9 * (double)largest) return x[i * step] < 0;
  return false;
}
