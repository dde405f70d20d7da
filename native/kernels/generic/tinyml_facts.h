/* What the calls of a kernel have in common, for compilers to leave out what none of them takes. Of the library nothing is known; deploy
 * writes TINYML_FACTS_<kernel>(params) for each kernel of a bundle in place of this file (src/targets/cortex-m/print-facts.ts). */
#ifndef TINYML_FACTS_H
#define TINYML_FACTS_H

#define TINYML_FACTS(kernel, params) ((void)(params))

#endif
