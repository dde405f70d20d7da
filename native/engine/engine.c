#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "implementations.h"
#include "kernels.h"
#include "split.h"

/* Of constants, of packed weights and of private scratch: a cache line, and the widest vector. */
enum { ALIGNMENT = 64 };

/* What an engine may hold: many steps may pack the same weights. */
enum { MOST_BYTES = INT32_MAX };

enum { ARENA, CONSTANTS };

typedef struct {
  int32_t space;
  int64_t offset, bytes;
} operand;

/* Steps that run together, and their calls; of a step outside of loops the step and its one call. */
typedef struct {
  int32_t first, end;
  int32_t first_call, end_call;
} stretch;

/* One call of a step. */
typedef struct {
  int32_t step;
  const int32_t *moved; /* bytes from the offset of each operand to where the call has it; NULL: none */
} call;

typedef struct {
  tinyml_kernel kernel;
  tinyml_implementation implementation;
  const int32_t *params; /* in the engine's copy of the code */
  const void *packed;
  int32_t operand_count;
  int32_t in_order; /* its output lies over its input: the generic implementation runs it, and one thread */
  operand operands[TINYML_MAX_OPERANDS];
  int64_t scratch_offset, scratch_bytes; /* in the arena */
  size_t private_scratch;
  int64_t needs[TINYML_MAX_OPERANDS]; /* bytes of the operands that are touched */
  stretch stretch;
} step;

struct tinyml_engine {
  size_t arena_bytes, constants_bytes, private_scratch;
  size_t bytes; /* of code, constants and packed weights */
  int32_t *code;
  uint8_t *constants;
  int32_t step_count, call_count;
  step *steps;
  call *calls;
  uint8_t **packed; /* one block per step, or NULL */
};

/* What is left to read of the code. */
typedef struct {
  const int32_t *at;
  size_t left;
} reader;

static const int32_t *take(reader *from, size_t count) {
  if (from->left < count) return NULL;
  const int32_t *taken = from->at;
  from->at += count;
  from->left -= count;
  return taken;
}

static size_t round_up(size_t bytes) {
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *allocate(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
  return aligned_alloc(ALIGNMENT, round_up(bytes == 0 ? 1 : bytes));
}

static int is_output(const tinyml_kernel_facts *facts, int32_t k) {
  return facts->operands[k].role == TINYML_OUTPUT;
}

static int is_constant(const tinyml_kernel_facts *facts, int32_t k) {
  return facts->operands[k].role == TINYML_CONSTANT;
}

/* Bytes from the start of its space to where a call has an operand. */
static int64_t offset_of(const step *s, const call *c, int32_t k) {
  return s->operands[k].offset + (c->moved == NULL ? 0 : c->moved[k]);
}

/* Whether bytes lie inside of a space, aligned for an operand. */
static int is_inside(int64_t offset, int64_t bytes, int64_t space_bytes, const tinyml_kernel_facts *facts, int32_t k) {
  return offset >= 0 && bytes >= 0 && offset + bytes <= space_bytes && offset % facts->operands[k].bytes == 0;
}

static int64_t space_bytes_of(const tinyml_engine *engine, const operand *o) {
  return (int64_t)(o->space == ARENA ? engine->arena_bytes : engine->constants_bytes);
}

/* An operand in its right space, inside it and aligned. */
static tinyml_engine_code check_operand(const tinyml_engine *engine, const tinyml_kernel_facts *facts, int32_t k,
                                        const operand *o) {
  if (o->space != ARENA && o->space != CONSTANTS) return TINYML_ENGINE_OPERAND;
  if (is_output(facts, k) && o->space != ARENA) return TINYML_ENGINE_OPERAND;
  if (is_constant(facts, k) && o->space != CONSTANTS) return TINYML_ENGINE_OPERAND;
  return is_inside(o->offset, o->bytes, space_bytes_of(engine, o), facts, k) ? TINYML_ENGINE_OK : TINYML_ENGINE_OPERAND;
}

static int overlap(int64_t a, int64_t a_bytes, int64_t b, int64_t b_bytes) {
  return a_bytes > 0 && b_bytes > 0 && a < b + b_bytes && b < a + a_bytes;
}

/* Whether the first output may lie over input 0, so many bytes before it. */
static int may_overlap(const step *s, const tinyml_kernel_facts *facts, int64_t distance) {
  if (facts->overlap == NULL) return 0;
  const tinyml_overlap allowed = facts->overlap(s->params);
  return distance >= allowed.least && distance % allowed.multiple == 0;
}

/* In a call an output lies on no other operand, but for in-place work, or over an input at a distance; the scratch on none. */
static tinyml_engine_code check_overlaps(step *s, const call *c, const tinyml_kernel_facts *facts) {
  int32_t first_output = 0;
  while (!is_output(facts, first_output)) first_output++;
  for (int32_t k = 0; k < s->operand_count; k++) {
    const operand *o = &s->operands[k];
    if (o->space != ARENA) continue;
    const int64_t at = offset_of(s, c, k);
    if (overlap(at, o->bytes, s->scratch_offset, s->scratch_bytes)) return TINYML_ENGINE_OVERLAP;
    for (int32_t n = k < first_output ? first_output : k + 1; n < s->operand_count; n++) {
      const operand *output = &s->operands[n];
      const int64_t output_at = offset_of(s, c, n);
      const int same = at == output_at && o->bytes == output->bytes;
      const int in_place = same && n == first_output && (facts->in_place >> k & 1u) != 0;
      if (in_place || !overlap(at, o->bytes, output_at, output->bytes)) continue;
      if (k != 0 || n != first_output || !may_overlap(s, facts, at - output_at)) return TINYML_ENGINE_OVERLAP;
      s->in_order = 1;
    }
  }
  return TINYML_ENGINE_OK;
}

static tinyml_engine_code check_scratch(const tinyml_engine *engine, const step *s, int64_t needed) {
  if (s->scratch_offset < 0 || s->scratch_bytes < needed) return TINYML_ENGINE_SCRATCH;
  if (s->scratch_offset + s->scratch_bytes > (int64_t)engine->arena_bytes) return TINYML_ENGINE_SCRATCH;
  return s->scratch_offset % TINYML_ENGINE_ALIGNMENT == 0 ? TINYML_ENGINE_OK : TINYML_ENGINE_SCRATCH;
}

static const void *constant_at(const tinyml_engine *engine, const step *s, int32_t k) {
  return engine->constants + s->operands[k].offset;
}

/* Multipliers in [0, 2^31) and shifts in [-31, 30]: what the fixed-point arithmetic is defined for. Factors of 4-bit weights make
 * int8 of them. Flags are 0 or 1. Bounds in order. */
static int values_fit(tinyml_values values, const void *constant, int64_t bytes) {
  const int32_t *words = constant;
  const int8_t *factors = constant;
  const uint8_t *flags = constant;
  const float *bounds = constant;
  switch (values) {
    case TINYML_ANY:
      return 1;
    case TINYML_MULTIPLIERS:
      for (int64_t i = 0; i < bytes / 4; i++) {
        if (words[i] < 0) return 0;
      }
      return 1;
    case TINYML_SHIFTS:
      for (int64_t i = 0; i < bytes / 4; i++) {
        if (words[i] < -31 || words[i] > 30) return 0;
      }
      return 1;
    case TINYML_RIGHT_SHIFTS:
      for (int64_t i = 0; i < bytes / 4; i++) {
        if (words[i] < -31 || words[i] > -1) return 0;
      }
      return 1;
    case TINYML_WIDE_SHIFTS:
      for (int64_t i = 0; i < bytes / 4; i++) {
        if (words[i] < -31 || words[i] > 7) return 0;
      }
      return 1;
    case TINYML_FACTORS:
      for (int64_t i = 0; i < bytes; i++) {
        if (factors[i] < 1 || factors[i] > 15) return 0;
      }
      return 1;
    case TINYML_FLAGS:
      for (int64_t i = 0; i < bytes; i++) {
        if (flags[i] > 1) return 0;
      }
      return 1;
    case TINYML_BOUNDS:
      return bounds[0] <= bounds[1];
  }
  return 0;
}

static tinyml_engine_code check_values(const tinyml_engine *engine, const step *s, const tinyml_kernel_facts *facts,
                                       const tinyml_needs *needs) {
  for (int32_t k = 0; k < s->operand_count; k++) {
    if (!is_constant(facts, k)) continue;
    if (!values_fit(facts->operands[k].values, constant_at(engine, s, k), needs->operands[k])) return TINYML_ENGINE_TABLE;
  }
  return TINYML_ENGINE_OK;
}

/* Reads and checks one step; what its calls have before them is checked with these. */
static tinyml_engine_code decode_step(const tinyml_engine *engine, reader *code, step *s) {
  const int32_t *kernel = take(code, 1);
  if (kernel == NULL) return TINYML_ENGINE_LENGTH;
  if (*kernel < 0 || *kernel >= TINYML_KERNELS) return TINYML_ENGINE_KERNEL;
  const tinyml_kernel_facts *facts = &tinyml_kernel_table[*kernel];
  const int32_t count = facts->operand_count;
  const int32_t *params = take(code, (size_t)facts->params);
  const int32_t *scratch = take(code, 2);
  const int32_t *places = take(code, 3 * (size_t)count);
  if (params == NULL || scratch == NULL || places == NULL) return TINYML_ENGINE_LENGTH;

  int64_t sizes[TINYML_MAX_OPERANDS];
  s->params = params;
  s->operand_count = count;
  s->in_order = 0;
  s->scratch_offset = scratch[0];
  s->scratch_bytes = scratch[1];
  for (int32_t k = 0; k < count; k++) {
    const int32_t *place = places + 3 * k;
    s->operands[k] = (operand){place[0], place[1], place[2]};
    sizes[k] = s->operands[k].bytes;
    const tinyml_engine_code verdict = check_operand(engine, facts, k, &s->operands[k]);
    if (verdict != TINYML_ENGINE_OK) return verdict;
  }
  tinyml_needs needs = {{0}, 0};
  tinyml_engine_code verdict = tinyml_check(facts, params, sizes, &needs);
  if (verdict != TINYML_ENGINE_OK) return verdict;
  for (int32_t k = 0; k < count; k++) {
    if (sizes[k] < needs.operands[k]) return TINYML_ENGINE_SIZE;
  }
  verdict = check_scratch(engine, s, needs.scratch);
  if (verdict == TINYML_ENGINE_OK) verdict = check_values(engine, s, facts, &needs);
  s->kernel = (tinyml_kernel)*kernel;
  memcpy(s->needs, needs.operands, sizeof(s->needs));
  return verdict;
}

/* Checks a call of a step. */
static tinyml_engine_code check_call(const tinyml_engine *engine, const call *c) {
  step *s = &engine->steps[c->step];
  const tinyml_kernel_facts *facts = &tinyml_kernel_table[s->kernel];
  for (int32_t k = 0; c->moved != NULL && k < s->operand_count; k++) {
    const operand *o = &s->operands[k];
    const int is_moved = c->moved[k] != 0;
    if (c->moved[k] < 0 || (is_moved && is_constant(facts, k))) return TINYML_ENGINE_OPERAND;
    if (!is_inside(offset_of(s, c, k), o->bytes, space_bytes_of(engine, o), facts, k)) return TINYML_ENGINE_OPERAND;
  }
  return check_overlaps(s, c, facts);
}

/* Packs the constants of a step as its implementation wants them. */
static tinyml_engine_code pack_step(tinyml_engine *engine, step *s, uint8_t **packed) {
  const tinyml_functions *with = s->implementation.functions;
  const int64_t scratch = with->scratch_bytes == NULL ? 0 : with->scratch_bytes(s->params);
  if (scratch > MOST_BYTES) return TINYML_ENGINE_MEMORY;
  s->private_scratch = (size_t)scratch;
  if (s->private_scratch > engine->private_scratch) engine->private_scratch = s->private_scratch;
  if (with->packed_bytes == NULL) return TINYML_ENGINE_OK;
  const void *constants[TINYML_MAX_OPERANDS];
  int32_t count = 0;
  const tinyml_kernel_facts *facts = &tinyml_kernel_table[s->kernel];
  for (int32_t k = 0; k < s->operand_count; k++) {
    if (is_constant(facts, k)) constants[count++] = engine->constants + s->operands[k].offset;
  }
  const int64_t bytes = with->packed_bytes(s->params);
  if (bytes > MOST_BYTES - (int64_t)engine->bytes) return TINYML_ENGINE_MEMORY;
  *packed = allocate((size_t)bytes);
  if (*packed == NULL) return TINYML_ENGINE_MEMORY;
  engine->bytes += (size_t)bytes;
  with->pack(s->params, constants, *packed);
  s->packed = *packed;
  return TINYML_ENGINE_OK;
}

/* The calls of steps that are in no loop: each runs once. */
static tinyml_engine_error add_single_calls(tinyml_engine *engine, int32_t first, int32_t end) {
  for (int32_t i = first; i < end; i++) {
    call *c = &engine->calls[engine->call_count];
    *c = (call){i, NULL};
    engine->steps[i].stretch = (stretch){i, i + 1, engine->call_count, engine->call_count + 1};
    engine->call_count++;
    const tinyml_engine_code code = check_call(engine, c);
    if (code != TINYML_ENGINE_OK) return (tinyml_engine_error){code, i};
  }
  return (tinyml_engine_error){TINYML_ENGINE_OK, -1};
}

/* Reads and checks the calls of a loop. */
static tinyml_engine_error decode_calls(tinyml_engine *engine, reader *code, const stretch *of) {
  for (int32_t n = of->first_call; n < of->end_call; n++) {
    const int32_t *number = take(code, 1);
    if (number == NULL) return (tinyml_engine_error){TINYML_ENGINE_LENGTH, -1};
    if (*number < of->first || *number >= of->end) return (tinyml_engine_error){TINYML_ENGINE_LOOP, -1};
    const int32_t *moved = take(code, (size_t)engine->steps[*number].operand_count);
    if (moved == NULL) return (tinyml_engine_error){TINYML_ENGINE_LENGTH, *number};
    engine->calls[n] = (call){*number, moved};
    const tinyml_engine_code verdict = check_call(engine, &engine->calls[n]);
    if (verdict != TINYML_ENGINE_OK) return (tinyml_engine_error){verdict, *number};
  }
  return (tinyml_engine_error){TINYML_ENGINE_OK, -1};
}

/* Reads the loops, each behind the one before, and makes the calls of all steps. */
static tinyml_engine_error decode_loops(tinyml_engine *engine, reader *code, int32_t count) {
  tinyml_engine_error error = {TINYML_ENGINE_OK, -1};
  int32_t before = 0;
  /* Every call of a loop takes more than one number. */
  engine->calls = calloc((size_t)engine->step_count + code->left + 1, sizeof(call));
  if (engine->calls == NULL) return (tinyml_engine_error){TINYML_ENGINE_MEMORY, -1};
  for (int32_t n = 0; n < count && error.code == TINYML_ENGINE_OK; n++) {
    const int32_t *numbers = take(code, 3);
    if (numbers == NULL) return (tinyml_engine_error){TINYML_ENGINE_LENGTH, -1};
    const int32_t first = numbers[0], end = numbers[1], calls = numbers[2];
    if (first < before || end <= first || end > engine->step_count) return (tinyml_engine_error){TINYML_ENGINE_LOOP, -1};
    if (calls < 0 || (size_t)calls > code->left) return (tinyml_engine_error){TINYML_ENGINE_LENGTH, -1};
    error = add_single_calls(engine, before, first);
    if (error.code != TINYML_ENGINE_OK) return error;
    const stretch own = {first, end, engine->call_count, engine->call_count + calls};
    for (int32_t i = first; i < end; i++) engine->steps[i].stretch = own;
    engine->call_count += calls;
    error = decode_calls(engine, code, &own);
    before = end;
  }
  return error.code == TINYML_ENGINE_OK ? add_single_calls(engine, before, engine->step_count) : error;
}

/* Reads, checks and prepares all steps of the code that the engine holds. */
static tinyml_engine_error decode(tinyml_engine *engine, size_t length, tinyml_isa isa) {
  tinyml_engine_error error = {TINYML_ENGINE_OK, -1};
  reader code = {engine->code, length};
  const int32_t *header = take(&code, 4);
  if (header == NULL || header[0] != TINYML_ENGINE_MAGIC || header[1] != TINYML_ENGINE_VERSION) {
    error.code = TINYML_ENGINE_NOT_A_PROGRAM;
    return error;
  }
  /* Every step takes more than one number, so there are never more steps than numbers. */
  if (header[2] < 0 || (size_t)header[2] > code.left || header[3] < 0) {
    error.code = TINYML_ENGINE_LENGTH;
    return error;
  }
  engine->step_count = header[2];
  engine->steps = calloc((size_t)engine->step_count + 1, sizeof(step));
  engine->packed = calloc((size_t)engine->step_count + 1, sizeof(uint8_t *));
  if (engine->steps == NULL || engine->packed == NULL) {
    error.code = TINYML_ENGINE_MEMORY;
    return error;
  }
  for (int32_t i = 0; i < engine->step_count && error.code == TINYML_ENGINE_OK; i++) {
    error = (tinyml_engine_error){decode_step(engine, &code, &engine->steps[i]), i};
  }
  if (error.code == TINYML_ENGINE_OK) error = decode_loops(engine, &code, header[3]);
  for (int32_t i = 0; i < engine->step_count && error.code == TINYML_ENGINE_OK; i++) {
    step *s = &engine->steps[i];
    s->implementation = tinyml_choose(s->kernel, s->params, s->in_order ? TINYML_ISA_GENERIC : isa);
    error = (tinyml_engine_error){pack_step(engine, s, &engine->packed[i]), i};
  }
  if (error.code == TINYML_ENGINE_OK) {
    error.step = -1;
    if (code.left != 0) error.code = TINYML_ENGINE_LENGTH;
  }
  return error;
}

tinyml_engine_code tinyml_engine_create(const int32_t *code, size_t length, const uint8_t *constants,
                                        size_t constants_bytes, size_t arena_bytes, tinyml_isa isa,
                                        tinyml_engine **result, tinyml_engine_error *error) {
  *result = NULL;
  *error = (tinyml_engine_error){TINYML_ENGINE_MEMORY, -1};
  if (isa > tinyml_isa_native()) {
    error->code = TINYML_ENGINE_ISA;
    return error->code;
  }
  /* Offsets are int32: what lies beyond cannot be named. */
  if (arena_bytes > INT32_MAX || constants_bytes > MOST_BYTES) return error->code;
  if (length > (MOST_BYTES - constants_bytes) / sizeof(int32_t)) return error->code;
  tinyml_engine *engine = calloc(1, sizeof(*engine));
  if (engine == NULL) return error->code;
  engine->arena_bytes = arena_bytes;
  engine->constants_bytes = constants_bytes;
  engine->bytes = length * sizeof(int32_t) + constants_bytes;
  engine->code = allocate(length * sizeof(int32_t));
  engine->constants = allocate(constants_bytes);
  if (engine->code != NULL && engine->constants != NULL) {
    if (length > 0) memcpy(engine->code, code, length * sizeof(int32_t));
    if (constants_bytes > 0) memcpy(engine->constants, constants, constants_bytes);
    *error = decode(engine, length, isa);
  }
  if (error->code == TINYML_ENGINE_OK) {
    *result = engine;
  } else {
    tinyml_engine_free(engine);
  }
  return error->code;
}

/* Work of more threads than one: each has scratch of its own, and memory for results that are joined. */
typedef struct {
  const tinyml_engine *engine;
  uint8_t *arena;
  int32_t first, end; /* steps */
  int32_t first_call, end_call;
  int32_t members;
  uint8_t *scratch; /* [members][scratch_bytes] */
  size_t scratch_bytes;
  uint8_t *results; /* [members][results_bytes], what member 0 joins */
  size_t results_bytes;
} run_context;

/* Results that members have for themselves, of an operand and of all of a step. */
static size_t result_bytes(const step *s, const tinyml_split *split, int32_t k) {
  const int own = split->operands[k] == TINYML_EXTENT || split->operands[k] == TINYML_SUMMED;
  return own ? round_up((size_t)s->needs[k]) : 0;
}

static size_t results_of(const step *s) {
  const tinyml_split split = tinyml_split_of(s->kernel, s->params);
  size_t bytes = 0;
  for (int32_t k = 0; k < s->operand_count; k++) bytes += result_bytes(s, &split, k);
  return bytes;
}

static void *operand_at(const tinyml_engine *engine, uint8_t *arena, const call *c, int32_t k) {
  const step *s = &engine->steps[c->step];
  return (s->operands[k].space == ARENA ? arena : engine->constants) + offset_of(s, c, k);
}

static void run_whole(const tinyml_engine *engine, uint8_t *arena, const call *c, uint8_t *private_scratch) {
  const step *s = &engine->steps[c->step];
  void *operands[TINYML_MAX_OPERANDS];
  for (int32_t k = 0; k < s->operand_count; k++) operands[k] = operand_at(engine, arena, c, k);
  void *scratch = s->private_scratch > 0 ? private_scratch : s->scratch_bytes > 0 ? arena + s->scratch_offset : NULL;
  s->implementation.functions->run(s->params, operands, s->packed, scratch);
}

/* Threads that a step is worth: there is a cost to meeting. */
static int32_t parts_of(const step *s, const tinyml_split *split, int32_t members) {
  enum { LEAST_BYTES = 1 << 14 };
  int64_t bytes = 0;
  for (int32_t k = 0; k < s->operand_count; k++) bytes += s->needs[k];
  const int64_t worth = bytes / LEAST_BYTES < 1 ? 1 : bytes / LEAST_BYTES;
  const int64_t most = split->units < worth ? split->units : worth;
  return most < 2 || s->in_order || s->packed != NULL || s->scratch_bytes > 0 ? 1 : most < members ? (int32_t)most : members;
}

/* Part `part` of a step: a slice of what is sliced, and results of its own, but for part 0. */
static void run_part(const run_context *c, const call *at, const tinyml_split *split, int32_t parts, int32_t part) {
  const step *s = &c->engine->steps[at->step];
  const int64_t from = (int64_t)split->units * part / parts, to = (int64_t)split->units * (part + 1) / parts;
  const int32_t count = tinyml_kernel_table[s->kernel].params;
  int32_t params[TINYML_MAX_PARAMS];
  memcpy(params, s->params, (size_t)count * sizeof(int32_t));
  params[0] = (int32_t)(to - from) * split->per_unit;
  void *operands[TINYML_MAX_OPERANDS];
  uint8_t *result = c->results + (size_t)part * c->results_bytes;
  for (int32_t k = 0; k < s->operand_count; k++) {
    uint8_t *whole = operand_at(c->engine, c->arena, at, k);
    switch (split->operands[k]) {
      case TINYML_SHARED:
        operands[k] = whole;
        break;
      case TINYML_SLICED:
        operands[k] = whole + s->needs[k] / split->units * from;
        break;
      case TINYML_EXTENT:
      case TINYML_SUMMED:
        operands[k] = part == 0 ? whole : result;
        result += result_bytes(s, split, k);
        break;
    }
  }
  s->implementation.functions->run(params, operands, NULL, c->scratch + (size_t)part * c->scratch_bytes);
}

/* Joins the results of all parts with those of part 0, which lie where they belong. */
static void join(const run_context *c, const call *at, const tinyml_split *split, int32_t parts) {
  const step *s = &c->engine->steps[at->step];
  size_t offset = 0;
  for (int32_t k = 0; k < s->operand_count; offset += result_bytes(s, split, k), k++) {
    if (result_bytes(s, split, k) == 0) continue;
    void *to = operand_at(c->engine, c->arena, at, k);
    for (int32_t part = 1; part < parts; part++) {
      const void *from = c->results + (size_t)part * c->results_bytes + offset;
      if (split->operands[k] == TINYML_EXTENT) {
        float *extent = to;
        const float *other = from;
        if (other[0] < extent[0]) extent[0] = other[0];
        if (other[1] > extent[1]) extent[1] = other[1];
      } else {
        uint32_t *sums = to;
        const uint32_t *others = from;
        for (int64_t i = 0; i < s->needs[k] / 4; i++) sums[i] += others[i];
      }
    }
  }
}

/* One member's way through the steps. All of them meet after every step, and again where results were joined. */
static void run_member(void *of, tinyml_crew *crew, int32_t member) {
  const run_context *c = of;
  for (int32_t n = c->first_call; n < c->end_call; n++) {
    const call *at = &c->engine->calls[n];
    const step *s = &c->engine->steps[at->step];
    const tinyml_split split = tinyml_split_of(s->kernel, s->params);
    const int32_t parts = parts_of(s, &split, c->members);
    if (parts == 1) {
      if (member == 0) run_whole(c->engine, c->arena, at, c->scratch);
    } else if (member < parts) {
      run_part(c, at, &split, parts, member);
    }
    tinyml_crew_meet(crew);
    if (parts > 1 && results_of(s) > 0) {
      if (member == 0) join(c, at, &split, parts);
      tinyml_crew_meet(crew);
    }
  }
}

static tinyml_engine_code run_together(run_context *c) {
  c->scratch_bytes = round_up(c->engine->private_scratch);
  for (int32_t i = c->first; i < c->end; i++) {
    const size_t bytes = results_of(&c->engine->steps[i]);
    if (bytes > c->results_bytes) c->results_bytes = bytes;
  }
  c->scratch = allocate((size_t)c->members * c->scratch_bytes);
  c->results = allocate((size_t)c->members * c->results_bytes);
  tinyml_engine_code code = TINYML_ENGINE_MEMORY;
  if (c->scratch != NULL && c->results != NULL && tinyml_crew_run(c->members, run_member, c)) code = TINYML_ENGINE_OK;
  free(c->scratch);
  free(c->results);
  return code;
}

tinyml_engine_code tinyml_engine_run(const tinyml_engine *engine, uint8_t *arena, int32_t first_step,
                                     int32_t end_step, int32_t threads) {
  if (first_step < 0 || first_step > end_step || end_step > engine->step_count) return TINYML_ENGINE_STEPS;
  stretch first = {0}, last = {0};
  if (first_step < end_step) {
    first = engine->steps[first_step].stretch;
    last = engine->steps[end_step - 1].stretch;
    if (first.first != first_step || last.end != end_step) return TINYML_ENGINE_STEPS;
  }
  if ((uintptr_t)arena % TINYML_ENGINE_ALIGNMENT != 0) return TINYML_ENGINE_ARENA;
  const int32_t most = tinyml_crew_most();
  if (threads > 1 && most > 1) {
    const int32_t members = threads < most ? threads : most;
    run_context context = {engine,  arena, first_step, end_step, first.first_call, last.end_call,
                           members, NULL,  0,          NULL,     0};
    return run_together(&context);
  }
  uint8_t *private_scratch = NULL;
  if (engine->private_scratch > 0) {
    private_scratch = allocate(engine->private_scratch);
    if (private_scratch == NULL) return TINYML_ENGINE_MEMORY;
  }
  for (int32_t n = first.first_call; n < last.end_call; n++) run_whole(engine, arena, &engine->calls[n], private_scratch);
  free(private_scratch);
  return TINYML_ENGINE_OK;
}

void tinyml_engine_free(tinyml_engine *engine) {
  if (engine == NULL) return;
  for (int32_t i = 0; engine->packed != NULL && i < engine->step_count; i++) free(engine->packed[i]);
  free(engine->packed);
  free(engine->calls);
  free(engine->steps);
  free(engine->constants);
  free(engine->code);
  free(engine);
}

size_t tinyml_engine_arena_bytes(const tinyml_engine *engine) {
  return engine->arena_bytes;
}

size_t tinyml_engine_bytes(const tinyml_engine *engine) {
  return engine->bytes;
}

tinyml_isa tinyml_engine_step_isa(const tinyml_engine *engine, int32_t step_number) {
  const int present = step_number >= 0 && step_number < engine->step_count;
  return present ? engine->steps[step_number].implementation.isa : TINYML_ISA_GENERIC;
}

const char *tinyml_engine_message(tinyml_engine_code code) {
  switch (code) {
    case TINYML_ENGINE_OK:
      return "no error";
    case TINYML_ENGINE_NOT_A_PROGRAM:
      return "not a program of this version of the engine";
    case TINYML_ENGINE_LENGTH:
      return "the code ends too early or too late";
    case TINYML_ENGINE_KERNEL:
      return "unknown kernel";
    case TINYML_ENGINE_PARAMETER:
      return "a parameter is out of range";
    case TINYML_ENGINE_OPERAND:
      return "an operand lies outside its memory or is misaligned";
    case TINYML_ENGINE_SIZE:
      return "an operand is smaller than the parameters say";
    case TINYML_ENGINE_TABLE:
      return "a multiplier, a shift or bounds are out of range";
    case TINYML_ENGINE_OVERLAP:
      return "an output or the scratch lies on another operand";
    case TINYML_ENGINE_SCRATCH:
      return "the scratch lies outside the arena, is too small or misaligned";
    case TINYML_ENGINE_ISA:
      return "this processor lacks the instruction set";
    case TINYML_ENGINE_MEMORY:
      return "out of memory";
    case TINYML_ENGINE_ARENA:
      return "the arena is not aligned to 16 bytes";
    case TINYML_ENGINE_STEPS:
      return "no such steps, or a part of a loop";
    case TINYML_ENGINE_LOOP:
      return "a loop of steps that are not there, or not its own";
  }
  return "unknown error";
}
