// A plugin for tests: it hands everything on to the plugin that CHAINRULE_PJRT_REAL names, until so many runs are made as
// `faulty_countdown` says; from then on runs fail, as if a device were lost. Below 0 they never do.
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef void *(*function)(void *arguments);
typedef struct {
  size_t size;
  void *extensions;
  struct { size_t size; void *extensions; int major, minor; } version;
  function functions[];
} table;
enum { ERROR_DESTROY = 0, ERROR_MESSAGE = 1, ERROR_CODE = 2, EXECUTE = 55, UNAVAILABLE = 14 };

typedef struct { size_t size; void *extensions; void *error; const char *text; size_t length; } error_message;
typedef struct { size_t size; void *extensions; void *error; int code; } error_code;

int faulty_countdown = -1;
static const table *real;
static char lost;
static const char text[] = "the device is lost";

static void *execute(void *arguments) {
  if (faulty_countdown == 0) return &lost;
  if (faulty_countdown > 0) faulty_countdown--;
  return real->functions[EXECUTE](arguments);
}

static void *message(void *arguments) {
  error_message *it = arguments;
  if (it->error != &lost) return real->functions[ERROR_MESSAGE](arguments);
  it->text = text;
  it->length = sizeof text - 1;
  return NULL;
}

static void *code(void *arguments) {
  error_code *it = arguments;
  if (it->error != &lost) return real->functions[ERROR_CODE](arguments);
  it->code = UNAVAILABLE;
  return NULL;
}

static void *destroy(void *arguments) {
  return ((error_code *)arguments)->error == &lost ? NULL : real->functions[ERROR_DESTROY](arguments);
}

const table *GetPjrtApi(void) {
  static table *copy;
  if (copy) return copy;
  const char *path = getenv("CHAINRULE_PJRT_REAL");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  const table *(*get)(void) = library ? (const table *(*)(void))dlsym(library, "GetPjrtApi") : NULL;
  if (!get || !(real = get())) return NULL;
  copy = malloc(real->size);
  if (!copy) return NULL;
  memcpy(copy, real, real->size);
  copy->functions[ERROR_DESTROY] = destroy;
  copy->functions[ERROR_MESSAGE] = message;
  copy->functions[ERROR_CODE] = code;
  copy->functions[EXECUTE] = execute;
  return copy;
}
