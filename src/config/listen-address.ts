/**
 * Where something listens that only this host may ask: a unix socket, or a port of the loopback interface.
 *
 * Another address is refused: there is neither encryption nor a password behind it.
 */
import * as z from 'zod';
import { parseHostAddress } from './addresses.ts';
import { type About, FORM_KEY, problem } from './scalars.ts';

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  /** `host` is a loopback address. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Linux, `sun_path`: 108 bytes with the closing zero. */
const SOCKET_PATH_MAX = 107;

const REMEDY = 'Write a path such as /run/afteryou/metrics.sock, or 127.0.0.1:PORT or "[::1]:PORT".';

/** `/run/x.sock`, `unix:///run/x.sock`, `127.0.0.1:9000`, `[::1]:9000`. */
export function listenAddress(about: About) {
  return z
    .string()
    .transform((text, context): ListenAddress => {
      const address = parseListenAddress(text);
      if (typeof address !== 'string') return address;
      context.addIssue(problem('bad-address', address, REMEDY));
      return z.NEVER;
    })
    .meta({ ...about, [FORM_KEY]: { type: 'string', pattern: '^((unix://)?/|127[.]|\\[::1\\]:)' } });
}

/** @returns the address, or what is wrong with it */
export function parseListenAddress(text: string): ListenAddress | string {
  const shown = text.slice(0, 60);
  const path = text.startsWith('unix://') ? text.slice('unix://'.length) : text;
  if (path.startsWith('/')) {
    if (/\p{Cc}/u.test(path)) return `'${shown}' has control characters`;
    const bytes = Buffer.byteLength(path);
    return bytes > SOCKET_PATH_MAX
      ? `a path of ${bytes} bytes, at most ${SOCKET_PATH_MAX} are possible`
      : { kind: 'unix', path };
  }
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = parseHostAddress(bracketed ?? plain ?? '');
  if (host === null) return `'${shown}' is neither a path nor ADDRESS:PORT`;
  if (host.text !== '::1' && !host.text.startsWith('127.'))
    return `'${shown}' can be reached from other hosts`;
  const number = Number(port);
  if (number < 1 || number > 65_535) return `${port} is no port`;
  return { kind: 'tcp', host: host.text, port: number };
}
