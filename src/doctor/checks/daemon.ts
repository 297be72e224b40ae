/**
 * charon as a whole: what in strongswan.conf, or in its state of now, doesn't go with so many peers and such
 * windows. Defaults and meanings: strongswan.conf(5), "IKE_SA_INIT DROPPING" and "IKEv2 RETRANSMISSION".
 */
import type { CharonOptions, Option } from '../charon-options.ts';
import type { Sign } from '../findings.ts';
import type { Situation } from '../situation.ts';
import { canonicalAddress, isHost } from './addresses.ts';

/** Fewer packets than this in the time of one call are too few: two may get lost. */
export const PACKETS_MIN = 3;
/** Some half of 16 are free for IKE and VICI (measured on 5.9.8). */
const THREADS_MIN = 16;
/** From here on walking through all IKE_SAs shows. */
const PEERS_MANY = 100;
/** IKE_SAs per row of the hash table that are still no walk. */
const PER_ROW_MAX = 4;

export function* checkDaemon(situation: Situation): Generator<Sign> {
  const { options, charon } = situation;
  if (charon !== null && charon.stats.workers.idle <= 1) {
    const { total, idle } = charon.stats.workers;
    const write = `threads = ${2 * Math.max(total, THREADS_MIN)}, and find out what keeps charon busy (blocking initiates, DNS)`;
    yield { code: 'busy-workers', what: `${idle} of ${total} threads of charon are idle`, write };
  }
  if (options === null) {
    const total = charon?.stats.workers.total ?? THREADS_MIN;
    if (total < THREADS_MIN) {
      yield { code: 'threads', what: `charon runs with ${total} threads`, write: `threads = ${THREADS_MIN}` };
    }
    return;
  }
  const peers = situation.ours.length;
  yield* checkFlood(options, situation, peers);
  yield* checkLimits(options, peers);
  yield* checkRetransmission(options, situation);
  const threads = options.number('threads');
  if (threads.value < THREADS_MIN) {
    yield told('threads', 'threads', threads, `threads = ${THREADS_MIN}`);
  }
  yield* checkTable(options, peers);
  const reuse = options.flag('reuse_ikesa');
  if (!reuse.value) yield told('reuse-ikesa', 'reuse_ikesa', reuse, 'reuse_ikesa = yes');
  const initiatorOnly = options.flag('initiator_only');
  if (initiatorOnly.value)
    yield told('initiator-only', 'initiator_only', initiatorOnly, 'initiator_only = no');
  const name = 'i_dont_care_about_security_and_use_aggressive_mode_psk';
  const careless = options.flag(name);
  if (careless.value) yield told('aggressive-mode', name, careless, `${name} = no`);
}

function told(code: Sign['code'], key: string, option: Option<number | boolean>, write: string): Sign {
  const value = typeof option.value === 'boolean' ? (option.value ? 'yes' : 'no') : option.value;
  const byDefault = option.place === null ? ' (by default)' : '';
  return { code, what: `${key} = ${value}${byDefault}`, write, place: option.place };
}

/** With room for calls of strangers. */
function withRoom(count: number): number {
  return Math.ceil((count * 1.2) / 10) * 10;
}

function* checkFlood(options: CharonOptions, situation: Situation, peers: number): Generator<Sign> {
  if (!options.flag('dos_protection').value) return;
  const cookies = options.number('cookie_threshold');
  if (cookies.value > 0 && peers > cookies.value) {
    yield told('cookie-threshold', 'cookie_threshold', cookies, `cookie_threshold = ${withRoom(peers)}`);
  }
  const together = mostAtOneAddress(situation);
  const perAddress = options.number('cookie_threshold_ip');
  if (perAddress.value > 0 && together > perAddress.value) {
    const write = `cookie_threshold_ip = ${withRoom(together)}`;
    yield told('cookie-threshold', 'cookie_threshold_ip', perAddress, write);
  }
  const block = options.number('block_threshold');
  if (block.value > 0 && together > block.value) {
    yield told('block-threshold', 'block_threshold', block, `block_threshold = ${withRoom(together)}`);
  }
}

/** Peers that may call from one address: those with the same one, or all without a known one (behind one NAT). */
function mostAtOneAddress({ ours }: Situation): number {
  const counts = new Map<string, number>();
  for (const { plan } of ours) {
    const first = plan.remoteAddresses.value[0] ?? '%any';
    const key = isHost(first) ? canonicalAddress(first) : '%any';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

function* checkLimits(options: CharonOptions, peers: number): Generator<Sign> {
  for (const key of ['ikesa_limit', 'init_limit_half_open'] as const) {
    const limit = options.number(key);
    // A collision has two IKE_SAs of one peer.
    if (limit.value > 0 && limit.value < 2 * peers)
      yield told('ike-limits', key, limit, `${key} = ${2 * withRoom(peers)}`);
  }
}

/** How many packets of an unanswered request leave within `windowMs`, the first one included. */
export function packetsWithin(
  windowMs: number,
  { timeout, base, tries, limit }: Readonly<Record<'timeout' | 'base' | 'tries' | 'limit', number>>,
): number {
  let atMs = 0;
  let count = 1;
  for (let index = 0; index < Math.min(tries, 100); index++) {
    const wait = timeout * base ** index;
    atMs += 1000 * (limit > 0 ? Math.min(wait, limit) : wait);
    if (!(atMs < windowMs)) break;
    count += 1;
  }
  return count;
}

function* checkRetransmission(options: CharonOptions, { peers }: Situation): Generator<Sign> {
  const windows = peers
    .filter(({ setup }) => setup.isCallable && setup.isConfigured)
    .map(({ setup }) => setup.settings)
    .filter(({ policy }) => policy === 'windowed' || policy === 'initiator-only')
    .map(({ initiatorModeMs }) => initiatorModeMs);
  if (windows.length === 0) return;
  const windowMs = Math.min(...windows);
  const timeout = options.number('retransmit_timeout');
  const [base, tries, limit] = (['base', 'tries', 'limit'] as const).map(
    (name) => options.number(`retransmit_${name}`).value,
  );
  const packets = packetsWithin(windowMs, {
    timeout: timeout.value,
    base: base ?? 1,
    tries: tries ?? 0,
    limit: limit ?? 0,
  });
  if (packets >= PACKETS_MIN) return;
  const seconds = windowMs / 1000;
  const what = `${packets} packet${packets === 1 ? '' : 's'} of a call leave in an initiator mode of ${seconds} s (retransmit_timeout = ${timeout.value}, retransmit_base = ${base}, retransmit_tries = ${tries})`;
  const write = `retransmit_timeout = ${Math.max(0.1, Math.round(seconds * 2) / 10)}, retransmit_base = 1.3, retransmit_tries = 5`;
  yield { code: 'retransmission', what, write, place: timeout.place };
}

function* checkTable(options: CharonOptions, peers: number): Generator<Sign> {
  if (peers <= PEERS_MANY) return;
  const size = options.number('ikesa_table_size');
  if (size.value * PER_ROW_MAX < peers) {
    const wanted = 2 ** Math.ceil(Math.log2(peers));
    yield told('ikesa-table', 'ikesa_table_size', size, `ikesa_table_size = ${wanted}`);
  }
  const segments = options.number('ikesa_table_segments');
  if (segments.value <= 1) {
    yield told('ikesa-table', 'ikesa_table_segments', segments, 'ikesa_table_segments = 16');
  }
}
