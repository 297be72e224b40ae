/**
 * Where a VICI socket is: `/run/charon.vici`, `unix:///run/charon.vici` or `tcp://127.0.0.1:4502`, the forms
 * that strongswan.conf's `charon.plugins.vici.socket` uses.
 */
import type { NetConnectOpts } from 'node:net';
import { ViciError } from './errors.ts';

/** Debian's and the build's default. */
export const DEFAULT_ADDRESS = 'unix:///run/charon.vici';

/** What to hand to `net.connect`. @throws VICI_CLOSED if the text is no address: nothing can be there. */
export function parseAddress(address: string): NetConnectOpts {
  if (address.startsWith('/')) return { path: address };
  const [, scheme, rest = ''] = /^(unix|tcp):\/\/(.+)$/.exec(address) ?? [];
  if (scheme === 'unix' && rest.startsWith('/')) return { path: rest };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (scheme === 'tcp' && host !== undefined && Number(port) >= 1 && Number(port) <= 65_535) {
    return { host, port: Number(port) };
  }
  throw new ViciError('VICI_CLOSED', `"${address}" isn't the address of a VICI socket`, {
    nextStep: 'write unix:///run/charon.vici, a path that begins with / or tcp://host:port',
  });
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  ENOENT: 'start charon (strongswan.service) and check that its vici plugin is loaded and uses this socket',
  ECONNREFUSED: 'charon has stopped and left its socket behind: start it',
  EACCES: 'let the user of this process be a member of the group that owns the socket (charon.group)',
  EAGAIN: "charon isn't taking connections (its backlog is full): it is busy or hangs; try again",
};

/** A VICI_CLOSED for a connection to `address` that failed or broke with `cause`. */
export function connectionError(address: string, cause: unknown): ViciError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const nextStep = NEXT_STEPS[code];
  return new ViciError('VICI_CLOSED', `no connection to ${address}: ${text}`, {
    cause,
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}
