// The part of the PJRT C interface that is used here: how its table begins, and the arguments of the functions that
// are called. A plugin's table is: its size, extensions, a version, then pointers to functions in a fixed order. Every
// argument begins with its own size, so that older and newer plugins understand each other.
#ifndef CR_PJRT_H
#define CR_PJRT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The oldest minor version whose arguments are those below.
#define CR_PJRT_OLDEST_MINOR 54

typedef struct cr_pjrt cr_pjrt;  // the table of a plugin
typedef void *cr_pjrt_object;    // an error, client, device, buffer or executable of the plugin

// Opens a plugin. NULL with a message where it cannot be used; `fault` then says which kind of fault it was.
enum { CR_PJRT_FINE, CR_PJRT_NOT_LOADED, CR_PJRT_NO_PLUGIN, CR_PJRT_OLD };
const cr_pjrt *cr_pjrt_open(const char *path, int *fault, char *message, size_t size);
int cr_pjrt_major(const cr_pjrt *api);
int cr_pjrt_minor(const cr_pjrt *api);

// What an error says, copied, and its code (8: out of memory); the error is given up. 0 where there is none.
int cr_pjrt_message(const cr_pjrt *api, cr_pjrt_object error, char *message, size_t size);

// An option of a client: a text, or else a whole number.
typedef struct {
  const char *name;
  const char *text;
  int64_t number;
} cr_pjrt_option;

// Each gives an error or NULL.
cr_pjrt_object cr_pjrt_client(const cr_pjrt *api, const cr_pjrt_option *options, size_t count, cr_pjrt_object *client);
cr_pjrt_object cr_pjrt_platform(const cr_pjrt *api, cr_pjrt_object client, const char **name, size_t *size);
cr_pjrt_object cr_pjrt_devices(const cr_pjrt *api, cr_pjrt_object client, cr_pjrt_object const **devices, size_t *count);
cr_pjrt_object cr_pjrt_compile(
    const cr_pjrt *api, cr_pjrt_object client, const char *text, size_t size, const char *options, size_t options_size,
    cr_pjrt_object *executable);
cr_pjrt_object cr_pjrt_output_count(const cr_pjrt *api, cr_pjrt_object executable, size_t *count);
// Calls `write` with the bytes of a compiled program.
cr_pjrt_object cr_pjrt_serialize(
    const cr_pjrt *api, cr_pjrt_object executable, void *context, void (*write)(void *context, const char *bytes, size_t size));
cr_pjrt_object cr_pjrt_load(
    const cr_pjrt *api, cr_pjrt_object client, const char *bytes, size_t size, cr_pjrt_object *executable);
// The types of elements, by the interface's numbers.
enum { CR_PJRT_S32 = 4, CR_PJRT_F32 = 11, CR_PJRT_F64 = 12 };
cr_pjrt_object cr_pjrt_to_device(
    const cr_pjrt *api, cr_pjrt_object client, cr_pjrt_object device, const void *data, int type, const int64_t *lengths,
    size_t rank, cr_pjrt_object *buffer);
cr_pjrt_object cr_pjrt_to_host(const cr_pjrt *api, cr_pjrt_object buffer, void *data, size_t size);
// Runs on all devices: for each a list of arguments and room for outputs. Waits until every device is done.
cr_pjrt_object cr_pjrt_execute(
    const cr_pjrt *api, cr_pjrt_object executable, cr_pjrt_object const *const *arguments, size_t argument_count,
    cr_pjrt_object *const *outputs, size_t device_count);
void cr_pjrt_release_client(const cr_pjrt *api, cr_pjrt_object client);
void cr_pjrt_release_executable(const cr_pjrt *api, cr_pjrt_object executable);
void cr_pjrt_release_buffer(const cr_pjrt *api, cr_pjrt_object buffer);
#endif
