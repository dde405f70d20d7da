/* What compilers shall compile anew where it is called, and what they shall not. */
#ifndef TINYML_SPECIALISED_H
#define TINYML_SPECIALISED_H

#if defined(__GNUC__)
/* With the constants of each call. */
#define TINYML_SPECIALISED static inline __attribute__((always_inline))
/* A function of its own, whose room on the stack is there while it runs. */
#define TINYML_APART static __attribute__((noinline))
#else
#define TINYML_SPECIALISED static inline
#define TINYML_APART static
#endif

#endif
