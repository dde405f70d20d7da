/* TFLite's double rounding with the instructions of ARMv7-M. */
#ifndef TINYML_NARROW_H
#define TINYML_NARROW_H

/* tinyml_pair_narrow in assembly, of registers by their names: a sum becomes a code. `low` and `high` are lost. */
#define TINYML_NARROW(sum, doubled, power, zero_point, low, high) \
  "smull " low ", " high ", " sum ", " doubled "\n"               \
  "adds " low ", " low ", " low "\n"                              \
  "adc " sum ", " sum ", " high "\n"                              \
  "add " sum ", " sum ", " sum ", asr #31\n"                      \
  "smull " low ", " high ", " sum ", " power "\n"                 \
  "adds " low ", " low ", " low "\n"                              \
  "adc " sum ", " zero_point ", " high "\n"                       \
  "ssat " sum ", #8, " sum "\n"

#endif
