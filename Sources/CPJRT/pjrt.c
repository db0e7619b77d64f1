#include "pjrt.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *object;

// Places of functions in the table.
enum {
  ERROR_DESTROY = 0, ERROR_MESSAGE = 1, ERROR_CODE = 2, INITIALIZE = 3, EVENT_DESTROY = 5, EVENT_AWAIT = 8,
  CLIENT_CREATE = 10, CLIENT_DESTROY = 11, PLATFORM_NAME = 12, ADDRESSABLE_DEVICES = 16, COMPILE = 20,
  BUFFER_FROM_HOST = 22, EXECUTABLE_DESTROY = 40, NUM_OUTPUTS = 44, SERIALIZE = 49, LOADED_DESTROY = 50,
  GET_EXECUTABLE = 51, EXECUTE = 55, LOAD = 56, BUFFER_DESTROY = 58, TO_HOST = 70, SLOTS = 73,
};

typedef object (*function)(void *arguments);

struct cr_pjrt {
  size_t size;
  void *extensions;
  struct { size_t size; void *extensions; int major, minor; } version;
  function functions[];
};
_Static_assert(offsetof(struct cr_pjrt, functions) == 40, "the table begins with 40 bytes");

#define HEAD size_t size; void *extensions
#define CALL(place, arguments) (((arguments).size = sizeof(arguments)), api->functions[place](&(arguments)))

typedef struct { HEAD; object it; } one;
typedef struct { HEAD; object error; const char *text; size_t length; } error_message;
typedef struct { HEAD; object error; int code; } error_code;
typedef struct { HEAD; } nothing;
typedef struct {
  HEAD; const char *name; size_t name_length; int type;
  union { const char *text; int64_t number; } value;
  size_t count;
} named_value;
typedef struct {
  HEAD; const named_value *options; size_t count;
  void *get, *get_context, *put, *put_context; object client; void *try_get, *try_get_context;
} client_create;
typedef struct { HEAD; object client; const char *name; size_t length; } platform_name;
typedef struct { HEAD; object client; object const *devices; size_t count; } addressable_devices;
typedef struct { HEAD; char *code; size_t length; const char *format; size_t format_length; } program;
typedef struct {
  HEAD; object client; const program *program; const char *options; size_t options_length; object executable;
} client_compile;
typedef struct {
  HEAD; object client; const void *data; int type; const int64_t *lengths; size_t rank;
  const int64_t *strides; size_t stride_count; int semantics;
  object device, memory; void *layout; object done, buffer;
} buffer_from_host;
typedef struct { HEAD; object executable; size_t count; } num_outputs;
typedef struct {
  HEAD; object executable; const char *bytes; size_t length; object serialized; void (*release)(object);
} serialize;
typedef struct { HEAD; object loaded, executable; } get_executable;
typedef struct {
  HEAD; object client; const char *bytes; size_t length; object loaded; const char *options; size_t options_length;
} load;
typedef struct {
  HEAD; void *send, *receive; size_t sends, receives; int launch; const int64_t *kept; size_t kept_count;
  object context; const char *location; size_t tasks; int *task_ids; int64_t *incarnations;
} execute_options;
typedef struct {
  HEAD; object executable; execute_options *options; object const *const *arguments; size_t devices, count;
  object *const *outputs; object *done; object device;
} execute;
typedef struct { HEAD; object source; void *layout; void *data; size_t length; object done; } to_host;
_Static_assert(sizeof(execute_options) == 112 && sizeof(buffer_from_host) == 120, "the sizes that plugins ask for");
_Static_assert(sizeof(client_create) == 88 && sizeof(execute) == 80 && sizeof(named_value) == 56, "sizes");

const cr_pjrt *cr_pjrt_open(const char *path, int *fault, char *message, size_t size) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    snprintf(message, size, "%s", why ? why : "no reason given");
    *fault = CR_PJRT_NOT_LOADED;
    return NULL;
  }
  const cr_pjrt *(*get)(void) = (const cr_pjrt *(*)(void))dlsym(library, "GetPjrtApi");
  const cr_pjrt *api = get ? get() : NULL;
  if (!api || api->size < offsetof(struct cr_pjrt, functions)) {
    snprintf(message, size, "a library without GetPjrtApi");
    *fault = CR_PJRT_NO_PLUGIN;
    return NULL;
  }
  if (api->version.major != 0 || api->version.minor < CR_PJRT_OLDEST_MINOR
      || api->size < offsetof(struct cr_pjrt, functions) + SLOTS * sizeof(function)) {
    snprintf(message, size, "%d.%d", api->version.major, api->version.minor);
    *fault = CR_PJRT_OLD;
    return NULL;
  }
  *fault = CR_PJRT_FINE;
  return api;
}

int cr_pjrt_major(const cr_pjrt *api) { return api->version.major; }
int cr_pjrt_minor(const cr_pjrt *api) { return api->version.minor; }

int cr_pjrt_message(const cr_pjrt *api, object error, char *text, size_t size) {
  if (!error) return 0;
  error_message message = {.error = error};
  CALL(ERROR_MESSAGE, message);
  size_t length = message.length < size - 1 ? message.length : size - 1;
  memcpy(text, message.text, length);
  text[length] = 0;
  error_code code = {.error = error};
  object second = CALL(ERROR_CODE, code);
  one gone = {.it = error};
  CALL(ERROR_DESTROY, gone);
  if (second) {
    one other = {.it = second};
    CALL(ERROR_DESTROY, other);
    return 2;
  }
  return code.code ? code.code : 2;
}

object cr_pjrt_client(const cr_pjrt *api, const cr_pjrt_option *options, size_t count, object *client) {
  nothing start = {0};
  object error = CALL(INITIALIZE, start);
  if (error) return error;
  named_value *values = calloc(count ? count : 1, sizeof *values);
  for (size_t i = 0; i < count; i++) {
    values[i].size = sizeof *values;
    values[i].name = options[i].name;
    values[i].name_length = strlen(options[i].name);
    if (options[i].text) {
      values[i].type = 0;
      values[i].value.text = options[i].text;
      values[i].count = strlen(options[i].text);
    } else {
      values[i].type = 1;
      values[i].value.number = options[i].number;
      values[i].count = 1;
    }
  }
  client_create arguments = {.options = values, .count = count};
  error = CALL(CLIENT_CREATE, arguments);
  free(values);
  *client = arguments.client;
  return error;
}

object cr_pjrt_platform(const cr_pjrt *api, object client, const char **name, size_t *size) {
  platform_name arguments = {.client = client};
  object error = CALL(PLATFORM_NAME, arguments);
  *name = arguments.name;
  *size = arguments.length;
  return error;
}

object cr_pjrt_devices(const cr_pjrt *api, object client, object const **devices, size_t *count) {
  addressable_devices arguments = {.client = client};
  object error = CALL(ADDRESSABLE_DEVICES, arguments);
  *devices = arguments.devices;
  *count = arguments.count;
  return error;
}

object cr_pjrt_compile(
    const cr_pjrt *api, object client, const char *text, size_t size, const char *options, size_t options_size,
    object *executable) {
  program source = {.size = sizeof source, .code = (char *)text, .length = size, .format = "mlir", .format_length = 4};
  client_compile arguments = {
      .client = client, .program = &source, .options = options, .options_length = options_size};
  object error = CALL(COMPILE, arguments);
  *executable = arguments.executable;
  return error;
}

static object executable_of(const cr_pjrt *api, object loaded, object *executable) {
  get_executable arguments = {.loaded = loaded};
  object error = CALL(GET_EXECUTABLE, arguments);
  *executable = arguments.executable;
  return error;
}

object cr_pjrt_output_count(const cr_pjrt *api, object loaded, size_t *count) {
  object executable;
  object error = executable_of(api, loaded, &executable);
  if (error) return error;
  num_outputs arguments = {.executable = executable};
  error = CALL(NUM_OUTPUTS, arguments);
  *count = arguments.count;
  one gone = {.it = executable};
  CALL(EXECUTABLE_DESTROY, gone);
  return error;
}

object cr_pjrt_serialize(
    const cr_pjrt *api, object loaded, void *context, void (*write)(void *, const char *, size_t)) {
  object executable;
  object error = executable_of(api, loaded, &executable);
  if (error) return error;
  serialize arguments = {.executable = executable};
  error = CALL(SERIALIZE, arguments);
  if (!error) {
    write(context, arguments.bytes, arguments.length);
    if (arguments.release) arguments.release(arguments.serialized);
  }
  one gone = {.it = executable};
  CALL(EXECUTABLE_DESTROY, gone);
  return error;
}

object cr_pjrt_load(const cr_pjrt *api, object client, const char *bytes, size_t size, object *executable) {
  load arguments = {.client = client, .bytes = bytes, .length = size};
  object error = CALL(LOAD, arguments);
  *executable = arguments.loaded;
  return error;
}

// Waits for an event and gives it up.
static object awaited(const cr_pjrt *api, object event) {
  if (!event) return NULL;
  one arguments = {.it = event};
  object error = CALL(EVENT_AWAIT, arguments);
  one gone = {.it = event};
  object other = CALL(EVENT_DESTROY, gone);
  if (error && other) {
    one second = {.it = other};
    CALL(ERROR_DESTROY, second);
  }
  return error ? error : other;
}

object cr_pjrt_to_device(
    const cr_pjrt *api, object client, object device, const void *data, int type, const int64_t *lengths, size_t rank,
    object *buffer) {
  // 0: the data are copied before the call returns.
  buffer_from_host arguments = {
      .client = client, .data = data, .type = type, .lengths = lengths, .rank = rank, .semantics = 0, .device = device};
  object error = CALL(BUFFER_FROM_HOST, arguments);
  *buffer = error ? NULL : arguments.buffer;
  return error ? error : awaited(api, arguments.done);
}

object cr_pjrt_to_host(const cr_pjrt *api, object buffer, void *data, size_t size) {
  to_host arguments = {.source = buffer, .data = data, .length = size};
  object error = CALL(TO_HOST, arguments);
  return error ? error : awaited(api, arguments.done);
}

object cr_pjrt_execute(
    const cr_pjrt *api, object executable, object const *const *arguments, size_t argument_count,
    object *const *outputs, size_t device_count) {
  execute_options options = {.size = sizeof options};
  object *events = calloc(device_count, sizeof *events);
  execute call = {
      .executable = executable, .options = &options, .arguments = arguments, .devices = device_count,
      .count = argument_count, .outputs = outputs, .done = events};
  object error = CALL(EXECUTE, call);
  for (size_t i = 0; i < device_count; i++) {
    object other = error ? NULL : awaited(api, events[i]);
    if (!error) error = other;
  }
  free(events);
  return error;
}

static void release(const cr_pjrt *api, int place, object it) {
  if (!it) return;
  one arguments = {.it = it};
  object error = CALL(place, arguments);
  if (error) {
    one gone = {.it = error};
    CALL(ERROR_DESTROY, gone);
  }
}

void cr_pjrt_release_client(const cr_pjrt *api, object client) { release(api, CLIENT_DESTROY, client); }
void cr_pjrt_release_executable(const cr_pjrt *api, object executable) { release(api, LOADED_DESTROY, executable); }
void cr_pjrt_release_buffer(const cr_pjrt *api, object buffer) { release(api, BUFFER_DESTROY, buffer); }
