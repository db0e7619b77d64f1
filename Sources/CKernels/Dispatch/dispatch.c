// Chooses the table once, before main, and forwards the public functions to it.
#include "table.h"
#include <stdlib.h>
#include <string.h>
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

static const cr_table *active = &cr_table_plain;

static _Thread_local const cr_table *of_this_thread;

const cr_table *cr_active(void) { return of_this_thread ? of_this_thread : __atomic_load_n(&active, __ATOMIC_RELAXED); }

// The variants this machine can run, best first.
static size_t supported(const cr_table **tables) {
  size_t n = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    tables[n++] = &cr_table_avx512;
  if (avx2) tables[n++] = &cr_table_avx2;
#elif defined(__aarch64__)
  tables[n++] = &cr_table_neon;  // every arm64 processor has it
#endif
  tables[n++] = &cr_table_baseline;
  tables[n++] = &cr_table_plain;
  return n;
}

static const cr_table *find(const char *name) {
  const cr_table *tables[8];
  const size_t n = supported(tables);
  for (size_t i = 0; i < n; i++)
    if (!name || !strcmp(name, tables[i]->name)) return tables[i];
  return NULL;
}

bool cr_select_isa(const char *name) {
  const cr_table *table = find(name);
  if (table) __atomic_store_n(&active, table, __ATOMIC_RELAXED);
  return table;
}

bool cr_select_isa_of_thread(const char *name) {
  const cr_table *table = find(name);
  if (name && !table) return false;
  of_this_thread = name ? table : NULL;
  return true;
}

static bool has_bfloat16;
static _Thread_local bool avoids_bfloat16;
bool cr_uses_bfloat16(void) { return has_bfloat16 && !avoids_bfloat16; }
void cr_avoid_bfloat16_in_thread(bool avoids) { avoids_bfloat16 = avoids; }

static bool finds_bfloat16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__) && defined(__linux__)
  return getauxval(AT_HWCAP2) & 1ul << 14;  // HWCAP2_BF16
#elif defined(__aarch64__) && defined(__APPLE__)
  int found = 0;
  size_t size = sizeof found;
  return !sysctlbyname("hw.optional.arm.FEAT_BF16", &found, &size, NULL, 0) && found;
#else
  return false;
#endif
}

const char *cr_isa_name(void) { return cr_active()->name; }

__attribute__((constructor)) static void choose(void) {
  const char *forced = getenv("CHAINRULE_ISA");
  if (!forced || !cr_select_isa(forced)) cr_select_isa(NULL);
  has_bfloat16 = finds_bfloat16();
}

#define FORWARD_F32(name, parameters, arguments) void cr_##name##_f32 parameters { cr_active()->name##_f32 arguments; }
#define FORWARD_F64(name, parameters, arguments) void cr_##name##_f64 parameters { cr_active()->name##_f64 arguments; }
CR_FUNCTIONS(FORWARD_F32, float)
CR_FUNCTIONS(FORWARD_F64, double)
#define FORWARD_SIZES(name, parameters, arguments)                                \
  size_t cr_##name##_f32 parameters { return cr_active()->name##_f32 arguments; } \
  size_t cr_##name##_f64 parameters { return cr_active()->name##_f64 arguments; }
CR_SIZES(FORWARD_SIZES)
