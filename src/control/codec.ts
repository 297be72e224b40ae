/**
 * Values to MessagePack and back, the only place that calls msgpack-lite, and only behind the guard.
 *
 * Knows plain values: null, booleans, numbers, texts, arrays and objects. 64-bit numbers travel as texts.
 * Maps are decoded as Map and turned into objects without a prototype here, so that the key `__proto__` is a
 * key like any other (msgpack-lite's own objects take it as their prototype).
 */
import messagePack from 'msgpack-lite';
import { AfteryouError } from '../errors.ts';
import { controlProtocolError } from './errors.ts';
import { refusal } from './guard.ts';
import type { MessageLimits } from './limits.ts';

/** No preset: ext types would be made into dates, errors and regular expressions. */
const codec = messagePack.createCodec({ usemap: true });

/**
 * Encodes a plain value; `undefined` becomes null, so leave such keys out.
 *
 * @throws CONTROL_PROTOCOL when the message would break `limits`
 * @throws INVARIANT_BROKEN for a value that isn't plain
 */
export function encode(value: unknown, limits: MessageLimits): Buffer {
  let bytes: Buffer;
  try {
    bytes = messagePack.encode(value, { codec });
  } catch (cause) {
    throw new AfteryouError('INVARIANT_BROKEN', 'a value has no form in MessagePack', { cause });
  }
  // What we write, we can read.
  const refused = refusal(bytes, limits);
  if (refused !== null) throw controlProtocolError(`a message ${refused} can't be sent`);
  return bytes;
}

/** Decodes one message; objects have no prototype. @throws CONTROL_PROTOCOL */
export function decode(bytes: Uint8Array, limits: MessageLimits): unknown {
  const refused = refusal(bytes, limits);
  if (refused !== null) throw controlProtocolError(`a message ${refused}`);
  try {
    return plain(messagePack.decode(bytes, { codec }));
  } catch (cause) {
    if (cause instanceof AfteryouError) throw cause;
    throw controlProtocolError('a message that is no MessagePack', cause);
  }
}

/** Maps to objects, in depth; the guard has bounded how deep. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of value) {
    if (typeof key !== 'string') throw controlProtocolError('a message with a key that is no text');
    object[key] = plain(item);
  }
  return object;
}
