// Softmax, the place of the maximum, and running sums over the middle axis of [outer, n, inner].

// y = e^(x - max) / Σ e^(x - max): the shift leaves the quotient as it is and keeps e^… ≤ 1. A row of -∞ alone has no
// weight to share out: it becomes 0.
static void N(softmax)(size_t outer, size_t n, size_t inner, T *out, const T *a) {
  if (inner == 1 && N(is_short)(CR_LOG_SUM_EXP, n)) {
    N(softmax_short)(outer, n, out, a);
    return;
  }
  for (size_t o = 0; o < outer; o++) {
    const T *x = a + o * n * inner;
    T *y = out + o * n * inner;
    if (inner == 1) {
      const T max = (T)N(row_max)(n, x), shift = max == -(T)INFINITY ? 0 : max;
      const double total = N(row_exp_sum)(n, x, shift, y);
      const V share = N(splat)((T)(total == 0 ? 1 : 1 / total));  // a division takes sixteen times as long
      size_t i = 0;
      for (; i + LANES <= n; i += LANES) N(store)(y + i, N(load)(y + i) * share);
      if (i < n) N(store_masked)(y + i, N(first)(n - i), N(load_masked)(y + i, N(first)(n - i)) * share);
      continue;
    }
    for (size_t j = 0; j < inner; j += STRIP) {
      const size_t width = inner - j < STRIP ? inner - j : STRIP;
      T max[STRIP], sum[STRIP];
      double total[STRIP];
      for (size_t l = 0; l < width; l++) max[l] = -(T)INFINITY, total[l] = 0;
      for (size_t i = 0; i < n; i++) N(kernel_maximum)(width, max, max, x + i * inner + j, NULL);
      for (size_t l = 0; l < width; l++) if (max[l] == -(T)INFINITY) max[l] = 0;
      for (size_t i = 0; i < n; i++) {
        T *row = y + i * inner + j;
        N(kernel_subtract)(width, row, x + i * inner + j, max, NULL);
        N(kernel_exp)(width, row, row, NULL, NULL);
        for (size_t l = 0; l < width; l++) total[l] += (double)row[l];
      }
      for (size_t l = 0; l < width; l++) sum[l] = total[l] == 0 ? 1 : (T)total[l];
      for (size_t i = 0; i < n; i++) N(kernel_divide)(width, y + i * inner + j, y + i * inner + j, sum, NULL);
    }
  }
}

// First the maximum (NaN wins), then the first element equal to it.
static void N(argmax)(size_t outer, size_t n, size_t inner, int32_t *out, const T *a) {
  for (size_t o = 0; o < outer; o++) {
    const T *x = a + o * n * inner;
    if (inner == 1) {
      const T max = (T)N(row_max)(n, x);
      size_t i = 0;
      for (; i + LANES <= n; i += LANES) {
        const V v = N(load)(x + i);
        if (N(any)((v == max) | (v != v))) break;
      }
      while (i + 1 < n && x[i] != max && x[i] == x[i]) i++;
      out[o] = (int32_t)i;
      continue;
    }
    for (size_t j = 0; j < inner; j += STRIP) {
      const size_t width = inner - j < STRIP ? inner - j : STRIP;
      T best[STRIP];
      int32_t *place = out + o * inner + j;
      for (size_t l = 0; l < width; l++) best[l] = x[j + l], place[l] = 0;
      for (size_t i = 1; i < n; i++) {
        const T *row = x + i * inner + j;
        for (size_t l = 0; l < width; l++) {
          const bool more = (row[l] > best[l] || row[l] != row[l]) && best[l] == best[l];
          best[l] = more ? row[l] : best[l];
          place[l] = more ? (int32_t)i : place[l];
        }
      }
    }
  }
}

static void N(cumulative_sum)(size_t outer, size_t n, size_t inner, bool reverse, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j += STRIP) {
      const size_t width = inner - j < STRIP ? inner - j : STRIP;
      double sum[STRIP];
      for (size_t l = 0; l < width; l++) sum[l] = 0;
      for (size_t i = 0; i < n; i++) {
        const size_t at = (o * n + (reverse ? n - 1 - i : i)) * inner + j;
        for (size_t l = 0; l < width; l++) {
          sum[l] += (double)a[at + l];
          out[at + l] = (T)sum[l];
        }
      }
    }
}
