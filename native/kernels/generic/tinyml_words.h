/* Whether a core has the instructions of ARMv7-M: bodies for cores without DSP instructions are written in them. */
#ifndef TINYML_WORDS_H
#define TINYML_WORDS_H

#if defined(__thumb2__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && defined(__GNUC__)
#define TINYML_WORDS_THUMB2
#endif

#endif
