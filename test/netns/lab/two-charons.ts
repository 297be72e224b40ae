/**
 * What most scenarios begin with: a charon at either end, each with its connection to the other.
 */
import type { Charon, CharonOptions } from './charon.ts';
import {
  type ConnectionOptions,
  connectionBetween,
  connectionOfPeer,
  connectionToPeer,
} from './connection.ts';
import { type IkeSa, isUp } from './ike-sas.ts';
import type { Lab } from './lab.ts';
import { merge } from './settings-text.ts';
import { within } from './wait.ts';

export interface TwoCharons {
  readonly moon: Charon;
  readonly sun: Charon;
}

export interface TwoCharonsOptions {
  /** Of both ends' connections. */
  readonly connection?: ConnectionOptions;
  /** In place of `connection` at one end. */
  readonly moonConnection?: ConnectionOptions;
  readonly sunConnection?: ConnectionOptions;
  /** Of both charons. */
  readonly charon?: CharonOptions;
  readonly moonCharon?: CharonOptions;
  readonly sunCharon?: CharonOptions;
}

/** Listing costs charon time for each SA, so the more there are, the rarer the looks. */
const POLL_MS_MIN = 15;

/**
 * Starts both and loads the connections: `sun` at moon and `moon` at sun, or, in a lab with many peers, one for each peer
 * with the peer's name at both. Nothing is initiated.
 */
export async function twoCharons(lab: Lab, options: TwoCharonsOptions = {}): Promise<TwoCharons> {
  const [moon, sun] = await Promise.all([
    lab.charon(lab.moon, options.moonCharon ?? options.charon),
    lab.charon(lab.sun, forSun(lab, options.sunCharon ?? options.charon ?? {})),
  ]);
  const atMoon = options.moonConnection ?? options.connection;
  const atSun = options.sunConnection ?? options.connection;
  const hasMany = lab.peers.length > 0;
  await Promise.all([
    moon.load(
      hasMany
        ? lab.peers.map((peer) => connectionToPeer(lab.moon, peer, atMoon))
        : [connectionBetween(lab.moon, lab.sun, atMoon)],
    ),
    sun.load(
      hasMany
        ? lab.peers.map((peer) => connectionOfPeer(lab.moon, peer, atSun))
        : [connectionBetween(lab.sun, lab.moon, atSun)],
    ),
  ]);
  return { moon, sun };
}

/** The many peers are one charon, which would take moon's calls to all of them for a flood from one address. */
function forSun(lab: Lab, options: CharonOptions): CharonOptions {
  if (lab.peers.length === 0) return options;
  const calm = { dos_protection: false };
  return { ...options, settings: merge(calm, options.settings ?? {}) };
}

/** Waits until exactly `count` IKE_SAs are up with a child at `charon`, and returns all that are there then. */
export async function untilUp(charon: Charon, count: number, ms = 20_000): Promise<IkeSa[]> {
  return await within(
    ms,
    `${count} IKE_SAs up at ${charon.host.name}`,
    async (saw) => {
      const sas = saw(await charon.sas());
      return sas.filter(isUp).length === count && sas;
    },
    { pollMs: Math.max(POLL_MS_MIN, count / 2) },
  );
}
