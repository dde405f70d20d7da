/** Names of bundles: the prefix of every symbol and file of one. */
import { basename, extname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';

/** Names that would not compile, or would shadow a header the bundle includes, in C or C++. */
const RESERVED = new Set(
  [
    'auto break case char const continue default do double else enum extern float for goto if inline int long',
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while',
    'asm typeof alignas alignof bool constexpr false nullptr static_assert thread_local true typeof_unqual',
    'and and_eq bitand bitor catch class co_await co_return co_yield compl concept const_cast consteval constinit',
    'decltype delete dynamic_cast explicit export friend module mutable namespace new noexcept not not_eq operator',
    'or or_eq private protected public reinterpret_cast requires static_cast template this throw try typeid',
    'typename using virtual wchar_t xor xor_eq char8_t char16_t char32_t',
    'assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic',
    'stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar wctype',
    'features main arm',
  ].flatMap((words) => words.split(' ')),
);

const LONGEST = 31;

/**
 * The name of a bundle of C: an identifier of at most 31 characters that is no keyword of C or C++, no standard header, not
 * `arm` or `arm_...` (the prefix of CMSIS-NN), and makes no reserved identifier: those that begin with `_` or hold `__`.
 * @throws TinymlError E_USAGE
 */
export function checkBundleName(name: string): string {
  const problem = !isIdentifier(name)
    ? `is not a C identifier of at most ${LONGEST} characters`
    : isReserved(name)
      ? 'is reserved in C, C++ or CMSIS-NN, or its symbols would be'
      : null;
  if (problem === null) return name;
  throw new TinymlError('E_USAGE', `bundle name "${oneLine(name)}" ${problem}`, {
    at: '--name',
    hint: 'use letters, digits and single underscores between them, starting with a letter, such as --name keyword_spotter',
  });
}

/** The name of a model file as the name of a bundle: `ic.int8.onnx` gives `ic`, `3d-net.onnx` gives `model_3d_net`. */
export function defaultBundleName(path: string): string {
  const stem = basename(path, extname(path)).replace(/[.-]?(int8|quant|qdq)$/i, '');
  const words = trimmed(stem.replace(/[^A-Za-z0-9]+/g, '_'));
  const name = shortened(/^[0-9]/.test(words) ? `model_${words}` : words || 'model');
  return isReserved(name) ? shortened(`model_${name}`) : name;
}

function isIdentifier(name: string): boolean {
  return name.length <= LONGEST && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** A name that ends in `_` makes `__` in what is prefixed with it. */
function isReserved(name: string): boolean {
  return RESERVED.has(name) || /^arm_|^_|__|_$/.test(name);
}

function shortened(name: string): string {
  return trimmed(name.slice(0, LONGEST));
}

function trimmed(name: string): string {
  return name.replace(/^_|_$/g, '');
}
