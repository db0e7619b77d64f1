#include "AllocationCounting.h"
#include <errno.h>
#include <stdlib.h>

static _Thread_local size_t count;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) { return count++, __libc_malloc(bytes); }
void *calloc(size_t items, size_t bytes) { return count++, __libc_calloc(items, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return count++, __libc_memalign(alignment, bytes); }
int posix_memalign(void **result, size_t alignment, size_t bytes) {
  count++;
  void *block = __libc_memalign(alignment, bytes);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}
bool allocation_counting_works(void) { return true; }
#else
bool allocation_counting_works(void) { return false; }
#endif

size_t allocations_of_this_thread(void) { return count; }
