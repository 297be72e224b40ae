/**
 * Planted bugs: the simulation must find each within a bounded number of seeds, in words that fit. Where a bug needs
 * company to show itself (a `replace` peer, loss), the options are drawn as ever and then narrowed to that.
 */

import { describe, expect, it } from 'vitest';
import { CANARIES } from './canaries.ts';
import type { PeerOptions, SimOptions } from './options.ts';
import { simulate } from './simulation.ts';

const TIMEOUT_MS = 60_000;
const HOURS = 0.3;

type Narrow = (drawn: SimOptions) => SimOptions;

const asDrawn: Narrow = (drawn) => drawn;

/** One peer whose calls cross ours every minute. */
function crossing(loss: number, change: Partial<PeerOptions>, settleHoldMs: number): Narrow {
  return (drawn) => ({
    ...drawn,
    network: { ...drawn.network, loss },
    limits: { initiationsPerSecondMax: 100, halfOpenMax: 500 },
    faults: ['crossing'],
    meanFaultMs: 60_000,
    peers: drawn.peers.slice(0, 1).map((peer) => {
      const settings = { ...peer.settings, policy: 'windowed', collision: 'settle', settleHoldMs } as const;
      return {
        ...peer,
        settings,
        theirSettings: settings,
        children: ['net'],
        spoofedPerSecond: 0,
        ...change,
      };
    }),
  });
}

/** So far away that nothing but the order of SPIs makes one end come before the other. */
function distant(narrow: Narrow): Narrow {
  return (drawn) => {
    const { network, vici, ...options } = narrow(drawn);
    return {
      ...options,
      network: { ...network, delayMs: 200, jitterMs: 0, reordering: 0, duplication: 0 },
      vici: { ...vici, latencyMs: 0.5, slowShare: 0 },
    };
  };
}

const REPLACE: Partial<PeerOptions> = {
  kind: 'restarting',
  theirs: {
    unique: 'replace',
    dpdMs: 10_000,
    rekeyMs: 0,
    childRekeyMs: 0,
    reauthMs: 0,
    makesBeforeBreak: false,
  },
};
const PLAIN: Partial<PeerOptions> = { ...REPLACE, theirs: { ...end(), unique: 'never' } };
const MIRROR: Partial<PeerOptions> = { ...PLAIN, kind: 'afteryou' };

function end(): PeerOptions['theirs'] {
  return {
    unique: 'never',
    dpdMs: 10_000,
    rekeyMs: 0,
    childRekeyMs: 0,
    reauthMs: 0,
    makesBeforeBreak: false,
  };
}

/** The most seeds that it may take, about four times what it took when this was written. */
const EXPECTED: readonly (readonly [name: string, seeds: number, narrow: Narrow])[] = [
  ['no-spi-order', 20, distant(crossing(0, MIRROR, 0))],
  ['no-hold', 10, crossing(0, REPLACE, 20_000)],
  ['no-proof', 40, crossing(0.2, PLAIN, 0)],
  ['drop-at-once', 20, crossing(0, PLAIN, 20_000)],
  ['lineage-forgotten', 20, asDrawn],
  ['no-last-usable', 10, asDrawn],
  ['gives-up', 40, asDrawn],
];

async function firstCaught(
  name: string,
  seeds: number,
  adjust: Narrow,
  isPlanted: boolean,
): Promise<string | null> {
  for (let at = 1; at <= seeds; at += 1) {
    const planted = isPlanted ? { canary: name } : {};
    const { failure } = await simulate({ seed: `canary.${at}`, hours: HOURS, adjust, ...planted });
    if (failure) return failure.what;
  }
  return null;
}

describe('canaries', () => {
  it('all have an expectation', () => {
    expect(EXPECTED.map(([name]) => name).sort()).toEqual(Object.keys(CANARIES).sort());
  });

  it.each(EXPECTED)(
    '%s is found within %i seeds',
    async (name, seeds, adjust) => {
      const what = await firstCaught(name, seeds, adjust, true);
      expect(what?.split(':')[0]).toBeOneOf([...(CANARIES[name]?.caughtAs ?? [])]);
    },
    TIMEOUT_MS,
  );

  it.each(EXPECTED.filter(([, , narrow]) => narrow !== asDrawn))(
    'without %s the same seeds hold',
    async (name, _seeds, adjust) => {
      expect(await firstCaught(name, 10, adjust, false)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it('one that nobody knows is refused', async () => {
    await expect(simulate({ seed: '1', hours: 0.1, canary: 'nightingale' })).rejects.toThrow('no canary');
  });
});
