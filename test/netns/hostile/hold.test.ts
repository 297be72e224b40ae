/**
 * Calls that cross and the time both tunnels are held (R6, R7), with the settings of a real machine: hold 20 s, dead peer
 * detection after 30 s, charon's own retransmission.
 */
import { expect } from 'vitest';

import type { Afteryou, ConfigSection } from '../lab/afteryou.ts';
import { connectionBetween } from '../lab/connection.ts';
import type { Host } from '../lab/hosts.ts';
import type { Lab } from '../lab/lab.ts';
import { BEHIND_NAT, natBeforeSun } from '../lab/nat.ts';
import { type ScenarioOptions, scenario } from '../lab/scenario.ts';
import type { Settings } from '../lab/settings-text.ts';
import type { TwoCharons } from '../lab/two-charons.ts';
import { neverFor, within } from '../lab/wait.ts';
import { peerOf, startDaemon, untilState } from '../sidecar/daemon.ts';
import {
  call,
  crossInStep,
  expectNothingLost,
  pingBothWays,
  rekeyIke,
  untilOneTunnel,
} from '../sidecar/tunnels.ts';

const HOLD_MS = 20_000;
const DPD_MS = 30_000;
const GRACE_MS = 2_000;
/** max(hold, dead peer detection) + grace + 3 s, and R7's next slot for an end whose try was in vain. */
const SETTLED_WITHIN_MS = DPD_MS + GRACE_MS + 3_000 + 2 * GRACE_MS;
/** charon's own: 165 s until it gives up. */
const AS_DELIVERED = { retransmit_tries: 5, retransmit_timeout: 4, retransmit_base: 1.8 };
const WIRE: ScenarioOptions = { relay: { delayMs: 10 }, timeoutMs: 200_000 };

interface Crossing {
  readonly ends: TwoCharons;
  readonly ours: Afteryou;
  /** The sidecar of the peer, if it has one. */
  readonly theirs: Afteryou | undefined;
}

interface Setting {
  readonly children?: readonly string[];
  readonly settings?: Settings;
  readonly sunSettings?: Settings;
  readonly charon?: Settings;
  readonly hasMirror?: boolean;
  readonly isBehindNat?: boolean;
  readonly cross?: (lab: Lab, begin: () => Promise<unknown>) => Promise<void>;
}

scenario(
  'hold-as-delivered',
  'A plain peer, no loss and no traffic, so that only the rules and dead peer detection can prove anything: held for 20 s, then one is left.',
  async (lab) => {
    const crossing = await crossed(lab);
    const startMs = performance.now();
    await neverFor(
      HOLD_MS - 2_000,
      'the end of settling',
      async () => (await peerOf(crossing.ours)).state !== 'settling',
    );
    await settled(crossing, startMs);
    expect(await peerOf(crossing.ours)).toMatchObject({ role: 'responder', counters: { settled: 1 } });
    await expectNothingLost(await pingBothWays(lab));
  },
  WIRE,
);

scenario(
  'hold-proof-by-traffic',
  'The same with traffic from the start: what comes in is the proof, long before dead peer detection.',
  async (lab) => {
    const crossing = await crossed(lab);
    const startMs = performance.now();
    const pingers = await pingBothWays(lab);
    await settled(crossing, startMs);
    expect(performance.now() - startMs).toBeLessThan(HOLD_MS + 3 * GRACE_MS + 3_000);
    await expectNothingLost(pingers);
  },
  WIRE,
);

scenario(
  'hold-mirror-three-children',
  'Two sidecars and three children: exactly one of the two gives up its own, and all children are there once.',
  async (lab) => {
    const children = ['net', 'voice', 'video'];
    const crossing = await crossed(lab, { children, hasMirror: true });
    const startMs = performance.now();
    await settled(crossing, startMs, children);
    const [ours, theirs] = await both(crossing);
    expect((ours?.counters.settled ?? 0) + (theirs?.counters.settled ?? 0)).toBe(1);
    expect(new Set([ours?.role, theirs?.role])).toEqual(new Set(['initiator', 'responder']));
  },
  WIRE,
);

scenario(
  'hold-replace-peer',
  'The peer runs unique = replace and may delete its own 10 s after: there is one tunnel in the end, and never none.',
  async (lab) => {
    const crossing = await crossed(lab, { sunSettings: { unique: 'replace' } });
    const startMs = performance.now();
    const pingers = await pingBothWays(lab);
    await settled(crossing, startMs);
    for (const pinger of pingers) expect((await pinger.stop()).longestGapMs).toBeLessThan(1_000);
  },
  WIRE,
);

scenario(
  'hold-behind-nat',
  'The peer is behind a gateway that translates addresses, and has a sidecar too.',
  async (lab) => {
    const crossing = await crossed(lab, { isBehindNat: true, hasMirror: true });
    const startMs = performance.now();
    const pingers = await pingBothWays(lab);
    await settled(crossing, startMs);
    await expectNothingLost(pingers);
  },
  WIRE,
);

for (const unique of ['never', 'replace']) {
  scenario(
    `hold-ikev1-${unique}`,
    `Both call in IKEv1 (main mode), the peer with unique = ${unique}: one tunnel in the end.`,
    async (lab) => {
      const crossing = await crossed(lab, {
        settings: { version: 1 },
        sunSettings: { unique },
        async cross({ relay }, begin) {
          const begun = await relay.hold({ exchange: 'ID_PROT', count: 2 });
          await begin();
          await begun.took(2, 5_000);
          await begun.release();
        },
      });
      await settled(crossing, performance.now());
    },
    WIRE,
  );
}

for (const isMakeFirst of [true, false]) {
  for (const host of ['moon', 'sun'] as const) {
    scenario(
      `hold-reauthentication-${isMakeFirst ? 'make' : 'break'}-first-${host === 'moon' ? 'here' : 'there'}`,
      `While both are held ${host === 'moon' ? 'we reauthenticate' : 'the peer reauthenticates'} all IKE_SAs, ${isMakeFirst ? 'make before break' : 'break before make'}: one tunnel in the end.`,
      async (lab) => {
        const crossing = await crossed(lab, { hasMirror: true, charon: { make_before_break: isMakeFirst } });
        await rekeyIke(crossing.ends[host], host === 'moon' ? 'sun' : 'moon', true);
        // What came by it is held anew.
        await settled(crossing, performance.now());
      },
      WIRE,
    );
  }
}

scenario(
  'hold-sidecar-restarted',
  'Our sidecar is killed in the middle of the hold and comes back; it holds anew, and one tunnel is left, without a lost echo.',
  async (lab) => {
    const crossing = await crossed(lab, { hasMirror: true });
    const pingers = await pingBothWays(lab);
    await neverFor(
      HOLD_MS / 2,
      'the end of settling',
      async () => (await peerOf(crossing.ours)).state !== 'settling',
    );
    await crossing.ours.kill();
    await crossing.ours.start();
    await settled(crossing, performance.now());
    await expectNothingLost(pingers);
  },
  WIRE,
);

/** Both ends, and their calls crossed: settling, with two tunnels at either end. */
async function crossed(lab: Lab, setting: Setting = {}): Promise<Crossing> {
  if (setting.isBehindNat) await natBeforeSun(lab, { isForwarding: true });
  const charon = { settings: { ...AS_DELIVERED, ...setting.charon } };
  const [moon, sun] = await Promise.all([lab.charon(lab.moon, charon), lab.charon(lab.sun, charon)]);
  const names = setting.children ?? ['net'];
  const atBoth = { dpd_delay: `${DPD_MS / 1000}s`, mobike: false, ...setting.settings };
  const behind = setting.isBehindNat ? { local_addrs: BEHIND_NAT } : {};
  const atSun = { ...atBoth, ...behind, ...setting.sunSettings };
  await moon.load([
    connectionBetween(lab.moon, lab.sun, {
      settings: atBoth,
      children: childrenOf(names, lab.moon, lab.sun),
    }),
  ]);
  await sun.load([
    connectionBetween(lab.sun, lab.moon, { settings: atSun, children: childrenOf(names, lab.sun, lab.moon) }),
  ]);
  const service: ConfigSection = {
    'responder-mode-duration': 250,
    'initiator-mode-duration': 60,
    'settle-hold': HOLD_MS / 1000,
  };
  const ours = await startDaemon(lab, moon, { service });
  const theirs = setting.hasMirror
    ? await startDaemon(lab, sun, { service, name: 'afteryou-sun' })
    : undefined;
  const theyCall = async () => {
    if (theirs) return await call(theirs, 'moon');
    for (const child of names) await sun.initiate({ ike: 'moon', child });
  };
  const cross = setting.cross ?? (({ relay }, begin) => crossInStep(relay, begin));
  await cross(lab, () => Promise.all([call(ours), theyCall()]));
  await within(8_000, 'two IKE_SAs, settling', async (saw) => {
    const { state, ike_sas: sas } = saw(await peerOf(ours));
    // In IKEv1 a Quick Mode may overtake the last message of Main Mode, and then only one of them gets its children.
    const count = setting.cross === undefined ? names.length : 0;
    return state === 'settling' && sas.length === 2 && sas.every((sa) => sa.children.length >= count);
  });
  return { ends: { moon, sun }, ours, theirs };
}

/** The first takes everything between the networks, each other one a port of UDP (by number: a small root tree has no names). */
function childrenOf(names: readonly string[], local: Host, remote: Host): Record<string, Settings> {
  return Object.fromEntries(
    names.map((name, index) => {
      const port = `[17/${5_000 + index}]`;
      const over = { local_ts: `${local.ipv4.subnet}${port}`, remote_ts: `${remote.ipv4.subnet}${port}` };
      return [name, index === 0 ? {} : over];
    }),
  );
}

/** One tunnel within the time that is promised from `startMs` on, up at every sidecar, and it stays. */
async function settled(
  { ends, ours, theirs }: Crossing,
  startMs: number,
  children?: readonly string[],
): Promise<void> {
  const leftMs = SETTLED_WITHIN_MS - (performance.now() - startMs);
  await untilOneTunnel(ends, { ms: leftMs, ...(children === undefined ? {} : { children }) });
  await untilState(ours, 'up');
  if (theirs) await untilState(theirs, 'up', { peer: 'moon' });
  await neverFor(3_000, 'another state', async () => (await peerOf(ours)).state !== 'up');
}

async function both({ ours, theirs }: Crossing) {
  return [await peerOf(ours), theirs === undefined ? undefined : await peerOf(theirs, 'moon')];
}
