/**
 * The sorts of single values that a setting can have, as zod schemas over text.
 *
 * Every scalar arrives as the text of the file. Each sort says what is wrong with a value and how to mend it;
 * none knows which key it serves. `form` describes the same sort to JSON Schema, where editors see numbers.
 */
import * as z from 'zod';
import { parseHostAddress } from './addresses.ts';
import { type NumberRange, type Parsed, parseNumber, parseSeconds } from './durations.ts';
import type { IssueCode } from './issues.ts';
import { isConnectionName } from './names.ts';

/** What the documentation and the JSON Schema say about a key. */
export interface About {
  readonly description: string;
  readonly default?: string | number | boolean;
}

/** JSON Schema of the same values; put in place of zod's, which leaves out defaults of converted values, by `jsonSchema`. */
export type Form = Readonly<Record<string, unknown>>;

/** Under this name a schema's metadata carry its {@link Form}. */
export const FORM_KEY = 'x-form';

/** A custom problem of zod that carries our code and remedy. */
export function problem(code: IssueCode, message: string, remedy: string) {
  return { code: 'custom', message, params: { code, remedy } } as const;
}

function parsed<Value>(parse: (text: string) => Parsed<Value>, about: About, form: Form) {
  return z
    .string()
    .transform((text, context): Value => {
      const result = parse(text);
      if (result.ok) return result.value;
      context.addIssue(problem(result.code, result.message, result.remedy));
      return z.NEVER;
    })
    .meta({ ...about, [FORM_KEY]: about.default === undefined ? form : { ...form, default: about.default } });
}

function numberForm(range: NumberRange, unit: string): Form {
  const type = range.whole ? 'integer' : 'number';
  const decimals = range.whole ? '' : '(\\.[0-9]{1,3})?';
  return {
    anyOf: [
      { type, minimum: range.min, maximum: range.max },
      { type: 'string', pattern: `^[0-9]+${decimals}${unit}$` },
    ],
  };
}

/** A duration, in the file seconds (`10`, `10s`), read as milliseconds; `range` is in seconds. */
export function seconds(range: NumberRange, about: About) {
  return parsed((text) => parseSeconds(text, range), about, numberForm(range, ' ?s?'));
}

/** A number without a unit. */
export function number(range: NumberRange, about: About) {
  return parsed((text) => parseNumber(text, range), about, numberForm(range, ''));
}

const OTHER_WORDS_FOR_YES = /^(?:yes|on|y|1|enabled?)$/i;
const OTHER_WORDS_FOR_NO = /^(?:no|off|n|0|disabled?)$/i;

/** `true` or `false`, nothing else: `on` and `no` are text in YAML 1.2. */
export function flag(about: About) {
  const parse = (text: string): Parsed<boolean> => {
    if (text === 'true' || text === 'false') return { ok: true, value: text === 'true' };
    const lower = text.toLowerCase();
    const meant =
      lower === 'true' || OTHER_WORDS_FOR_YES.test(text)
        ? 'Write true.'
        : lower === 'false' || OTHER_WORDS_FOR_NO.test(text)
          ? 'Write false.'
          : 'Write true or false.';
    return { ok: false, code: 'not-one-of', message: `'${text}' is neither true nor false`, remedy: meant };
  };
  return parsed(parse, about, { anyOf: [{ type: 'boolean' }, { enum: ['true', 'false'] }] });
}

/** One of a few words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words, about: About) {
  return z.enum(words).meta({ ...about });
}

/** Linux, `sun_path`: 108 bytes with the closing zero. */
const SOCKET_PATH_MAX = 107;

/** Linux, `PATH_MAX`: 4096 bytes with the closing zero. */
const FILE_PATH_MAX = 4095;

/** An absolute path; with `socket` also as strongSwan writes it, `unix:///run/charon.vici`. */
export function path(sort: 'socket' | 'file', about: About) {
  const max = sort === 'socket' ? SOCKET_PATH_MAX : FILE_PATH_MAX;
  const parse = (text: string): Parsed<string> => {
    const bare = sort === 'socket' && text.startsWith('unix://') ? text.slice('unix://'.length) : text;
    if (!bare.startsWith('/') || /\p{Cc}/u.test(bare)) {
      const remedy = `Write the path from the root, such as ${String(about.default)}.`;
      return {
        ok: false,
        code: 'bad-path',
        message: `'${text.slice(0, 60)}' is not an absolute path`,
        remedy,
      };
    }
    if (Buffer.byteLength(bare) > max) {
      const remedy = `Use a path of at most ${max} bytes; the system takes no longer one for a ${sort}.`;
      return { ok: false, code: 'bad-path', message: `a path of ${Buffer.byteLength(bare)} bytes`, remedy };
    }
    return { ok: true, value: bare };
  };
  return parsed(parse, about, { type: 'string', pattern: sort === 'socket' ? '^(unix://)?/' : '^/' });
}

/** The address of one host, made canonical. */
export function hostAddress(about: About) {
  const parse = (text: string): Parsed<{ readonly text: string; readonly family: 'ipv4' | 'ipv6' }> => {
    const host = parseHostAddress(text);
    if (host !== null) return { ok: true, value: host };
    const remedy = 'Write one IPv4 or IPv6 address, or leave the key out for any.';
    return {
      ok: false,
      code: 'bad-address',
      message: `'${text.slice(0, 60)}' is not the address of a host`,
      remedy,
    };
  };
  return parsed(parse, about, { type: 'string' });
}

/** A pattern of names of connections. */
export function connectionGlob() {
  const parse = (text: string): Parsed<string> =>
    isConnectionName(text)
      ? { ok: true, value: text }
      : {
          ok: false,
          code: 'bad-name',
          message: `'${text.slice(0, 60)}' can't be the name of a connection`,
          remedy: 'Write 1..255 characters without blanks; * stands for any, ? for one.',
        };
  return parsed(
    parse,
    { description: 'Name of a swanctl connection; * and ? as in a shell.' },
    { type: 'string', minLength: 1 },
  );
}

/** Free text that is only shown. */
export function label(max: number, about: About) {
  const parse = (text: string): Parsed<string> =>
    text.length > 0 && text.length <= max && !/\p{Cc}/u.test(text)
      ? { ok: true, value: text }
      : {
          ok: false,
          code: 'bad-name',
          message: `not a text of 1..${max} printable characters`,
          remedy: 'Mend it, or leave the key out; it is only shown.',
        };
  return parsed(parse, about, { type: 'string', minLength: 1, maxLength: max });
}
