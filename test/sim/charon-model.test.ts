/**
 * The model against what is known of real charons: which events come in which order (recorded streams of 5.9.8),
 * what a terminate does in each phase, what `initiate` uses, what `unique` does.
 */

import { describe, expect, it } from 'vitest';
import { readEventNews } from '../../src/daemon/event-news.ts';
import { recordedPackets } from '../helpers/vici-fixtures.ts';
import { eventText, eventTexts, TwoCharons } from './two-charons.ts';

/** Every sequence of events (without the log) that a connection went through in the recording. */
function recordedSequences(): Set<string> {
  const byConnection = new Map<string, string[]>();
  for (const packet of recordedPackets('events-initiator-slice')) {
    if (packet.type !== 'EVENT' || packet.name === 'log') continue;
    for (const news of readEventNews(packet.name, packet.body)) {
      if (news.type !== 'peer') continue;
      const connection = news.connection ?? '';
      byConnection.set(connection, [...(byConnection.get(connection) ?? []), eventText(news)]);
    }
  }
  return new Set([...byConnection.values()].map((texts) => texts.join(', ')));
}

const UP = 'ike-up ESTABLISHED, child-changed ESTABLISHED INSTALLED';
const DELETED = 'ike-down DELETING, child-changed DELETING DELETED';

async function upBy(two: TwoCharons): Promise<string> {
  two.moon.charon.initiate('net-net', 'net');
  await two.run(1_000);
  return two.moon.charon.sas[0]?.id ?? '';
}

describe('events are those of a real charon', () => {
  const recorded = recordedSequences();

  it('call, terminate', async () => {
    const two = new TwoCharons();
    two.moon.charon.terminate(await upBy(two));
    await two.run(1_000);
    const texts = eventTexts(two.moon.events).join(', ');
    expect(texts).toBe(`${UP}, ${DELETED}`);
    expect(recorded).toContain(texts);
    expect(eventTexts(two.sun.events).join(', ')).toBe(texts);
  });

  it('call, IKE rekeying, terminate', async () => {
    const two = new TwoCharons({ rekeyMs: 10_000 });
    await upBy(two);
    await two.run(15_000);
    two.moon.charon.terminate(two.moon.charon.sas[0]?.id ?? '');
    await two.run(1_000);
    const texts = eventTexts(two.moon.events).join(', ');
    expect(recorded).toContain(texts);
    expect(texts).toContain('ike-rekeyed ESTABLISHED 0');
  });

  it('rekeying of a CHILD_SA', async () => {
    const two = new TwoCharons();
    await upBy(two);
    two.moon.charon.rekeyChild('1');
    await two.run(1_000);
    const texts = eventTexts(two.moon.events.slice(2)).join(', ');
    expect(recorded).toContain(texts);
    expect(texts).toBe('child-rekeyed INSTALLED');
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED DELETED INSTALLED']);
    await two.run(5_000);
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED INSTALLED']);
  });

  it('the initiator flag flips when the other end rekeys', async () => {
    const two = new TwoCharons({}, { rekeyMs: 10_000 });
    await upBy(two);
    await two.run(15_000);
    expect(two.moon.charon.sas.map(({ isInitiator }) => isInitiator)).toEqual([false]);
    expect(two.moon.charon.sas.map(({ startedBy }) => startedBy)).toEqual(['moon']);
  });
});

describe('silence', () => {
  it('raises no event: 6 packets, then nothing is left', async () => {
    const two = new TwoCharons();
    two.network.cut('moon', 'sun');
    two.moon.charon.initiate('net-net', 'net');
    await two.run(164_000);
    expect(two.moon.sent).toHaveLength(6);
    expect(two.listed(two.moon)).toEqual(['CONNECTING']);
    await two.run(2_000);
    expect(two.listed(two.moon)).toEqual([]);
    expect(eventTexts(two.moon.events)).toEqual([]);
    expect(eventTexts(two.moon.logged)).toEqual(['call-seen', 'given-up']);
  });

  it('ends an IKE_SA that is up as ESTABLISHED', async () => {
    const two = new TwoCharons({ dpdMs: 10_000 });
    await upBy(two);
    two.network.cut('moon', 'sun');
    await two.run(180_000);
    expect(eventTexts(two.moon.events).slice(2)).toEqual([
      'ike-down ESTABLISHED',
      'child-changed ESTABLISHED DELETED',
    ]);
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED INSTALLED']);
  });

  it('leaves a half-open one at the peer for 30 s', async () => {
    const two = new TwoCharons();
    two.network.cut('sun', 'moon');
    two.moon.charon.initiate('net-net', 'net');
    await two.run(1_000);
    two.moon.charon.terminate('1');
    expect(two.listed(two.sun)).toEqual(['CONNECTING']);
    await two.run(29_500);
    expect(two.listed(two.sun)).toEqual([]);
    expect(eventTexts(two.sun.events)).toEqual([]);
  });
});

describe('terminate', () => {
  it('of an unanswered call sends nothing', async () => {
    const two = new TwoCharons();
    two.moon.charon.initiate('net-net', 'net');
    two.moon.charon.terminate('1');
    await two.run(1_000);
    expect(two.moon.sent).toHaveLength(1);
    expect(eventTexts(two.moon.events)).toEqual([]);
  });

  it('of a call in IKE_AUTH leaves a zombie at the peer', async () => {
    const two = new TwoCharons();
    two.moon.charon.initiate('net-net', 'net');
    await two.run(50);
    two.moon.charon.terminate('1');
    await two.run(1_000);
    expect(two.listed(two.moon)).toEqual([]);
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED INSTALLED']);
  });

  it('of one that is up is DELETING until answered, and gone at once if asked again', async () => {
    const two = new TwoCharons();
    const id = await upBy(two);
    two.network.cut('moon', 'sun');
    two.moon.charon.terminate(id);
    expect(two.listed(two.moon)).toEqual(['DELETING INSTALLED']);
    two.moon.charon.terminate(id);
    expect(two.listed(two.moon)).toEqual([]);
    expect(() => two.moon.charon.terminate(id)).toThrow('no matching SAs to terminate found');
  });
});

describe('initiate', () => {
  it('with keyingtries = 0 asks for the child again when IKE_AUTH was given up', async () => {
    const two = new TwoCharons({ keyingTries: 0 });
    two.moon.charon.initiate('net-net', 'net');
    // IKE_SA_INIT is answered after 40 ms; what comes then is lost until charon gives up, 165 s later.
    await two.run(30);
    two.network.cut('moon', 'sun');
    await two.run(165_000);
    two.network.mend('moon', 'sun');
    await two.run(5_000);
    expect(two.listed(two.moon)).toEqual(['ESTABLISHED INSTALLED']);
  });

  it("uses the peer's IKE_SA and makes nothing if the child is there", async () => {
    const two = new TwoCharons();
    await upBy(two);
    two.sun.charon.initiate('net-net', 'net');
    await two.run(1_000);
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED INSTALLED']);
    expect(two.sun.sent.filter(({ request }) => request)).toEqual([]);
  });

  it.each(['never', 'no', 'keep', 'replace'] as const)(
    'of both ends at once gives two IKE_SAs, with unique=%s too',
    async (unique) => {
      const two = new TwoCharons({}, { unique });
      two.sun.charon.initiate('net-net', 'net');
      await upBy(two);
      expect(two.listed(two.moon)).toEqual(['ESTABLISHED INSTALLED', 'ESTABLISHED INSTALLED']);
      expect(two.listed(two.sun)).toHaveLength(2);
      await two.run(60_000);
      expect(two.listed(two.sun)).toHaveLength(2);
    },
  );

  it('with replace the peer deletes its own 10 s after ours came late, whatever has gone meanwhile', async () => {
    const two = new TwoCharons({}, { unique: 'replace' });
    two.sun.charon.initiate('net-net', 'net');
    await two.run(30);
    const ours = await upBy(two);
    expect(two.listed(two.sun)).toHaveLength(2);
    two.moon.charon.terminate(two.moon.charon.sas.find(({ isInitiator }) => isInitiator)?.id ?? ours);
    await two.run(8_000);
    expect(two.listed(two.sun)).toEqual(['ESTABLISHED INSTALLED']);
    await two.run(2_000);
    expect(two.listed(two.sun)).toEqual([]);
    expect(two.listed(two.moon)).toEqual([]);
  });

  it.each([
    ['no', ['ike-down ESTABLISHED', 'child-changed ESTABLISHED DELETED'], 1],
    ['never', [], 2],
  ] as const)('INITIAL_CONTACT to an end with unique=%s', async (unique, told, left) => {
    const two = new TwoCharons({ unique: 'no' }, { unique });
    await upBy(two);
    const before = two.sun.events.length;
    two.restartMoon();
    await upBy(two);
    expect(eventTexts(two.sun.events).slice(before, -2)).toEqual(told);
    expect(two.listed(two.sun)).toHaveLength(left);
  });
});

describe('half-open ones', () => {
  it('from one address: from the third on a cookie is asked for, from the fifth on nothing is answered', async () => {
    const two = new TwoCharons();
    const answers: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      two.sun.charon.receive({
        from: 'moon',
        to: 'sun',
        initiatorSpi: `spoofed${count}`,
        responderSpi: '0000000000000000',
        isFromInitiator: true,
        id: 0,
        request: { type: 'init', hasCookie: count > 2 },
        answer: null,
      });
      answers.push(two.sun.sent.length);
    }
    expect(answers).toEqual([1, 2, 3, 4, 5, 5]);
    two.moon.charon.initiate('net-net', 'net');
    await two.run(1_000);
    expect(two.listed(two.moon)).toEqual(['CONNECTING']);
  });
});
