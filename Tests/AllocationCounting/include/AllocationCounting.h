// Counts the allocations of the calling thread, for tests. Only glibc lets an executable stand in front of malloc.
#ifndef CHAINRULE_ALLOCATION_COUNTING_H
#define CHAINRULE_ALLOCATION_COUNTING_H
#include <stdbool.h>
#include <stddef.h>

bool allocation_counting_works(void);
size_t allocations_of_this_thread(void);

#endif
