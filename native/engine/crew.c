#include "crew.h"

#if defined(__wasm__)

struct tinyml_crew {
  int32_t members;
};

int32_t tinyml_crew_most(void) {
  return 1;
}

int tinyml_crew_run(int32_t members, void (*work)(void *, tinyml_crew *, int32_t), void *context) {
  tinyml_crew crew = {members};
  if (members != 1) return 0;
  work(context, &crew, 0);
  return 1;
}

void tinyml_crew_meet(tinyml_crew *crew) {
  (void)crew;
}

#else

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* In the versions that glibc has had from the first: a shared object that is built on a new system must load on old ones.
 * Node.js has them from libpthread there. A program that is linked statically has no versions. */
#if defined(__GLIBC__) && defined(__PIC__) && !defined(__PIE__)
#if defined(__x86_64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.17");
#endif
#endif

enum { MOST = 64 };

/* Looks before a member gives its processor away: steps are short, and the others mostly come at once. */
enum { LOOKS = 2000 };

struct tinyml_crew {
  int32_t members;
  atomic_int arrived, round;
  /* Set once all threads are there, or -1 where one could not be had. */
  atomic_int begun;
};

typedef struct {
  tinyml_crew *crew;
  void (*work)(void *, tinyml_crew *, int32_t);
  void *context;
  int32_t member;
} place;

int32_t tinyml_crew_most(void) {
  return MOST;
}

static void rest(int32_t *looks) {
  if (++*looks < LOOKS) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    return;
  }
  sched_yield();
}

static void *begin(void *of) {
  const place *p = of;
  int32_t looks = 0;
  int begun;
  while ((begun = atomic_load_explicit(&p->crew->begun, memory_order_acquire)) == 0) rest(&looks);
  if (begun > 0) p->work(p->context, p->crew, p->member);
  return NULL;
}

int tinyml_crew_run(int32_t members, void (*work)(void *, tinyml_crew *, int32_t), void *context) {
  if (members < 1 || members > MOST) return 0;
  tinyml_crew crew = {members, 0, 0, 0};
  place places[MOST];
  pthread_t threads[MOST];
  int32_t made = 1;
  for (; made < members; made++) {
    places[made] = (place){&crew, work, context, made};
    if (pthread_create(&threads[made], NULL, begin, &places[made]) != 0) break;
  }
  const int complete = made == members;
  atomic_store_explicit(&crew.begun, complete ? 1 : -1, memory_order_release);
  if (complete) work(context, &crew, 0);
  for (int32_t i = 1; i < made; i++) pthread_join(threads[i], NULL);
  return complete;
}

void tinyml_crew_meet(tinyml_crew *crew) {
  const int round = atomic_load_explicit(&crew->round, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&crew->arrived, 1, memory_order_acq_rel) + 1 == crew->members) {
    atomic_store_explicit(&crew->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&crew->round, round + 1, memory_order_release);
    return;
  }
  int32_t looks = 0;
  while (atomic_load_explicit(&crew->round, memory_order_acquire) == round) rest(&looks);
}

#endif
