/* Which instructions the bodies for cores without DSP instructions are written in: those of ARMv7-M, or those of ARMv6-M. */
#ifndef TINYML_WORDS_H
#define TINYML_WORDS_H

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && defined(__GNUC__)
#ifdef __thumb2__
#define TINYML_WORDS_THUMB2
#else
#define TINYML_WORDS_THUMB
#endif
#endif

#endif
