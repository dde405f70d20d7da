/* Threads that go through steps together, each doing a part, and wait for each other between them. */
#ifndef TINYML_ENGINE_CREW_H
#define TINYML_ENGINE_CREW_H

#include <stdint.h>

/* Calls `work(context, member)` for member 0 .. members - 1 at the same time, member 0 on the calling thread; where a
 * thread cannot be had, returns 0 and calls nothing. Members meet with tinyml_crew_meet. */
typedef struct tinyml_crew tinyml_crew;
int tinyml_crew_run(int32_t members, void (*work)(void *context, tinyml_crew *crew, int32_t member), void *context);

/* Returns once all members of the crew have called it. */
void tinyml_crew_meet(tinyml_crew *crew);

/* The most members that a crew can have: 1 where there are no threads. */
int32_t tinyml_crew_most(void);

#endif
