/** Configuration, charon and the fleet kept together; time only moves when told to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadedConfig } from '../../../src/config/model.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { QUIET_MS } from '../../../src/daemon/afterwards.ts';
import { Daemon } from '../../../src/daemon/daemon.ts';
import { createLog } from '../../../src/daemon/log.ts';
import { StateKeeper } from '../../../src/daemon/state-keeper.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import type { CharonView } from '../../../src/metrics/ipsec-families.ts';
import { VirtualClock } from '../../../src/timers/virtual-clock.ts';
import {
  connectionFacts,
  everythingElse,
  FakePolicyCharon,
  ikeSa,
  ownCall,
} from '../../helpers/fake-policy-charon.ts';

const ALL = 'services: { s: { connections: "*" } }';

let directory: string;
let clock: VirtualClock;
let charon: FakePolicyCharon;
let lines: string[];
let file: string;
let daemon: Daemon;
let keeper: StateKeeper;
let exposition: Exposition;
let view: CharonView | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'daemon-'));
  clock = new VirtualClock();
  charon = new FakePolicyCharon();
  charon.connections = [connectionFacts('a', '192.0.2.1'), connectionFacts('b', '192.0.2.2')];
  lines = [];
  view = null;
  start(ALL);
});

afterEach(async () => {
  daemon.stop();
  await keeper.close();
  rmSync(directory, { recursive: true, force: true });
});

function load(text: string): LoadedConfig {
  return parseConfig([{ file: 'afteryou.yaml', text: `version: 1\n${text}\n` }]);
}

/** Starts a daemon with this configuration; `file` is what a reload finds. */
function start(text: string): void {
  file = text;
  const log = createLog({ level: 'debug', format: 'journal', write: (line) => lines.push(line.trimEnd()) });
  const peers = () => daemon.fleet.peers;
  const history = () => daemon.histories;
  keeper = new StateKeeper({ file: join(directory, 'state'), clock, log, peers, history });
  exposition = new Exposition();
  daemon = new Daemon({
    version: '9.9.9',
    clock,
    random: () => 0,
    log,
    loaded: load(text),
    keeper,
    exposition,
    viewCharon: () => Promise.resolve(view),
    reread: () => load(file),
    listInFull: async () => ({ ikeSas: [], authentications: new Map() }),
  });
}

async function pass(ms: number): Promise<void> {
  const untilMs = clock.nowMs() + ms;
  while (clock.nowMs() < untilMs) {
    clock.advanceTo(Math.min(clock.nowMs() + 500, untilMs));
    await everythingElse();
  }
}

const states = (): Record<string, string> =>
  Object.fromEntries(daemon.status().peers.map(({ peer, state }) => [peer, state]));

describe('attaching', () => {
  test('lists connections, then IKE_SAs, and adopts what is there', async () => {
    charon.put('b', ikeSa('7'), '192.0.2.2');
    await daemon.onAttached(charon, '5.9.8');
    expect(charon.asked).toEqual(['conns', 'list']);
    expect(states()).toEqual({ a: 'responder-mode', b: 'up' });
    expect(daemon.status().charon).toMatchObject({ attached: true, version: '5.9.8', error: null });
    expect(lines).toContain('<5>attached to charon version=5.9.8 peers=2 ike_sas=1');
  });

  test('a listing that fails is the attaching that failed', async () => {
    charon.refusals.set('list', new Error('gone'));
    await expect(daemon.onAttached(charon, '5.9.8')).rejects.toThrow('gone');
    expect(daemon.status().charon.attached).toBe(false);
    daemon.onDetached('gone');
    charon.refusals.clear();
    await daemon.onAttached(charon, '5.9.8');
    expect(states()).toEqual({ a: 'responder-mode', b: 'responder-mode' });
  });

  test('while charon is away nothing is decided; then all begins afresh', async () => {
    await daemon.onAttached(charon, '5.9.8');
    await pass(9_000);
    daemon.onDetached('the connection ended');
    await pass(60_000);
    expect(charon.asked).toEqual(['conns', 'list']);
    expect(daemon.status().charon).toMatchObject({ attached: false, error: 'the connection ended' });
    expect(lines.at(-1)).toBe('<4>charon is away: all windows stand still why="the connection ended"');
    const next = new FakePolicyCharon();
    next.connections = charon.connections;
    await daemon.onAttached(next, '6.0.6');
    await pass(10_020);
    expect(next.askedFor('initiate')).toEqual(['initiate a/net', 'initiate b/net']);
  });

  test('why charon can’t be attached to is told when it changes, not at every try', () => {
    for (const reason of ['ENOENT', 'ENOENT', 'ECONNREFUSED', 'ECONNREFUSED', 'ENOENT'])
      daemon.onRetry(reason);
    expect(lines.map((line) => line.split('why=')[1])).toEqual(['ENOENT', 'ECONNREFUSED', 'ENOENT']);
    expect(daemon.status().charon.error).toBe('ENOENT');
  });

  test('a daemon that was stopped leaves everything as it is', async () => {
    await daemon.onAttached(charon, '5.9.8');
    daemon.stop();
    await pass(120_000);
    expect(charon.asked).toEqual(['conns', 'list']);
  });
});

describe('reconciling', () => {
  test('everything is listed again each interval, also after a listing that failed', async () => {
    start(`charon: { reconcile-interval: 20 }\n${ALL.replace('"*"', '"*", policy: responder-only')}`);
    await daemon.onAttached(charon, '5.9.8');
    await pass(19_999);
    expect(charon.askedFor('conns')).toHaveLength(1);
    await pass(1);
    expect(charon.asked.slice(2)).toEqual(['conns', 'list']);
    charon.refusals.set('conns', new Error('refused'));
    await pass(20_000);
    expect(lines.at(-1)).toBe('<4>could not list what charon has why=refused');
    charon.refusals.clear();
    await pass(20_000);
    expect(charon.askedFor('conns')).toHaveLength(4);
  });

  test('what events missed is put right', async () => {
    charon.put('a', ikeSa('7'));
    await daemon.onAttached(charon, '5.9.8');
    charon.remove('7');
    charon.put('b', ikeSa('8'), '192.0.2.2');
    charon.connections = [...charon.connections, connectionFacts('c', '192.0.2.3')];
    await pass(30_000);
    expect(states()).toEqual({ a: 'up', b: 'up', c: 'responder-mode' });
    // What became of that of `a` an event may still tell.
    await pass(2_000);
    expect(states()).toEqual({ a: 'responder-mode', b: 'up', c: 'responder-mode' });
  });

  test('a list that comes after charon is gone changes nothing', async () => {
    await daemon.onAttached(charon, '5.9.8');
    let answer: () => void = () => undefined;
    charon.onAsked = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    daemon.onNews({ type: 'connections' });
    clock.advanceBy(100);
    charon.connections = [];
    daemon.onDetached('gone');
    charon.onAsked = () => undefined;
    answer();
    await pass(120_000);
    expect(Object.keys(states())).toEqual(['a', 'b']);
    expect(charon.asked).toEqual(['conns', 'list', 'conns', 'list']);
  });
});

describe('news', () => {
  test('of peers go to the fleet', async () => {
    await daemon.onAttached(charon, '5.9.8');
    daemon.onNews({
      type: 'peer',
      connection: 'a',
      address: null,
      news: { type: 'child-changed', ikeSa: ikeSa('7') },
    });
    expect(states()).toEqual({ a: 'up', b: 'responder-mode' });
  });

  test('of connections lead to one listing, when charon has been quiet for a moment', async () => {
    await daemon.onAttached(charon, '5.9.8');
    charon.connections = [...charon.connections, connectionFacts('c', '192.0.2.3')];
    for (let index = 0; index < 5; index += 1) {
      daemon.onNews({ type: 'connections' });
      clock.advanceBy(49);
      await everythingElse();
    }
    expect(charon.asked).toHaveLength(2);
    clock.advanceBy(1);
    await everythingElse();
    expect(charon.asked.slice(2)).toEqual(['conns', 'list']);
    expect(Object.keys(states())).toEqual(['a', 'b', 'c']);
  });

  test('of lines that were missed lead to one as well, which shows what they would have told', async () => {
    await daemon.onAttached(charon, '5.9.8');
    charon.put('a', ikeSa('7'));
    daemon.onNews({ type: 'missed' });
    await pass(50);
    expect(charon.asked.slice(2)).toEqual(['conns', 'list']);
    expect(states()).toEqual({ a: 'up', b: 'responder-mode' });
  });

  test('a connection that goes takes its peer along, and the peer is remembered when it comes back', async () => {
    await daemon.onAttached(charon, '5.9.8');
    await daemon.operate('pause', { peer: 'a' });
    const all = charon.connections;
    charon.connections = [];
    daemon.onNews({ type: 'connections' });
    await pass(100);
    expect(states()).toEqual({});
    charon.connections = all;
    daemon.onNews({ type: 'connections' });
    await pass(100);
    expect(states()).toEqual({ a: 'paused', b: 'responder-mode' });
  });
});

describe('reload', () => {
  test('says what changed, touches no tunnel, and holds at once', async () => {
    charon.put('a', ikeSa('7'));
    await daemon.onAttached(charon, '5.9.8');
    file = 'services: { s: { connections: [a, c], responder-mode-duration: 30 } }';
    charon.connections = [...charon.connections, connectionFacts('c', '192.0.2.3')];
    await expect(daemon.reload()).resolves.toEqual({
      schema: 1,
      added: [],
      removed: ['s/b'],
      changed: ['s/a'],
      unchanged: 0,
      warnings: expect.any(Array),
    });
    expect(states()).toEqual({ a: 'up' });
    expect(charon.askedFor('terminate')).toEqual([]);
    expect(lines.at(-1)).toBe('<5>configuration reloaded added=0 removed=1 changed=1 unchanged=0');
  });

  test('a wrong file keeps the old configuration, and status says so until it is right', async () => {
    await daemon.onAttached(charon, '5.9.8');
    const before = daemon.status();
    file = 'services: { s: { connectoins: "*" } }';
    await expect(daemon.reload()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const after = daemon.status();
    expect(after.config.error).toContain('connectoins');
    expect(after.health.join()).toContain('the old one stays in force');
    expect(after.peers.map(({ peer, state }) => [peer, state])).toEqual(
      before.peers.map(({ peer, state }) => [peer, state]),
    );
    expect(lines.at(-1)).toMatch(/^<3>the new configuration is wrong: the old one stays why=/);
    await pass(10_020);
    expect(charon.askedFor('initiate')).toHaveLength(2);
    file = ALL;
    await daemon.reload();
    expect(daemon.status().config.error).toBeNull();
  });

  test('works without charon: it holds when charon comes', async () => {
    file = 'services: { s: { connections: "a" } }';
    await expect(daemon.reload()).resolves.toMatchObject({ added: [], removed: [], unchanged: 0 });
    await daemon.onAttached(charon, '5.9.8');
    expect(Object.keys(states())).toEqual(['a']);
  });

  test('a charon that can’t list just then: the operator is told, and nothing is applied', async () => {
    await daemon.onAttached(charon, '5.9.8');
    file = 'services: { s: { connections: "a" } }';
    charon.refusals.set('list', new Error('charon did not answer'));
    await expect(daemon.reload()).rejects.toThrow('charon did not answer');
    const before = Object.keys(states());
    charon.refusals.clear();
    await pass(30_000);
    expect(Object.keys(states())).toEqual(before);
    await daemon.reload();
    expect(Object.keys(states())).toEqual(['a']);
  });

  test('a new reconcile-interval holds at once', async () => {
    const quiet = 'services: { s: { connections: "*", policy: responder-only } }';
    start(quiet);
    await daemon.onAttached(charon, '5.9.8');
    file = `charon: { reconcile-interval: 5 }\n${quiet}`;
    await daemon.reload();
    await pass(5_000);
    expect(charon.askedFor('conns')).toHaveLength(2);
  });

  test('new limits hold at once', async () => {
    start(`limits: { max-half-open: 1 }\n${ALL}`);
    await daemon.onAttached(charon, '5.9.8');
    await pass(10_020);
    expect(charon.askedFor('initiate')).toHaveLength(1);
    file = ALL;
    await daemon.reload();
    await pass(20);
    expect(charon.askedFor('initiate')).toHaveLength(2);
  });

  test('from observing to active: from now on peers are called, and back', async () => {
    start(`mode: observe\n${ALL}`);
    await daemon.onAttached(charon, '5.9.8');
    await pass(20_010);
    expect(charon.askedFor('initiate')).toEqual([]);
    expect(daemon.status().mode).toBe('observe');
    file = ALL;
    await daemon.reload();
    expect(daemon.status().mode).toBe('active');
    await pass(20_000);
    const calls = charon.askedFor('initiate').length;
    expect(calls).toBeGreaterThan(0);
    file = `mode: observe\n${ALL}`;
    await daemon.reload();
    await pass(60_000);
    expect(charon.askedFor('initiate')).toHaveLength(calls);
  });
});

describe('observing', () => {
  test('decides and logs, initiates and terminates nothing', async () => {
    start(`mode: observe\n${ALL}`);
    charon.put('a', ownCall('3'));
    await daemon.onAttached(charon, '5.9.8');
    await pass(60_000);
    expect(charon.askedFor('initiate')).toEqual([]);
    expect(charon.askedFor('terminate')).toEqual([]);
    expect(lines).toContain('<6>service=s peer=b rule=R2 why="would initiate now: only observing"');
    expect(daemon.explain('b').status.counters.initiations).toBe(0);
    expect(daemon.status().health[0]).toContain('Observing only');
    expect(daemon.explain('b').explanation.join()).toContain('only observes');
  });
});

describe('initial: paused', () => {
  test('every peer that was not known before starts paused; resume lets go', async () => {
    start(`initial: paused\n${ALL}`);
    await daemon.onAttached(charon, '5.9.8');
    expect(states()).toEqual({ a: 'paused', b: 'paused' });
    await pass(60_000);
    expect(charon.askedFor('initiate')).toEqual([]);
    await daemon.operate('resume', { all: true });
    await pass(10_020);
    expect(charon.askedFor('initiate')).toHaveLength(2);
  });

  test('all is said of peers too that are not there yet: before charon is, and as connections are loaded', async () => {
    start(`initial: paused\n${ALL}`);
    expect((await daemon.operate('resume', { all: true })).results).toEqual([]);
    await daemon.onAttached(charon, '5.9.8');
    expect(states()).toEqual({ a: 'responder-mode', b: 'responder-mode' });
    start(ALL);
    expect((await daemon.operate('pause', { all: true })).results).toEqual([]);
    await daemon.onAttached(charon, '5.9.8');
    expect(states()).toEqual({ a: 'paused', b: 'paused' });
  });

  test('pausing or resuming one, or calling all, says nothing of those that come', async () => {
    start(`initial: paused\n${ALL}`);
    expect((await daemon.operate('initiate', { all: true })).results).toEqual([]);
    await expect(daemon.operate('resume', { peer: 'a' })).rejects.toThrow();
    await daemon.onAttached(charon, '5.9.8');
    expect(states()).toEqual({ a: 'paused', b: 'paused' });
  });
});

describe('what the operator asks', () => {
  test('status: version, mode, charon, configuration, peers', async () => {
    expect(daemon.status()).toMatchObject({
      schema: 1,
      version: '9.9.9',
      mode: 'active',
      charon: { socket: '/run/charon.vici', attached: false, version: null, error: 'not attached yet' },
      config: { file: 'afteryou.yaml', error: null },
      peers: [],
    });
    expect(daemon.status().health[0]).toContain('charon is not attached (not attached yet)');
    await daemon.onAttached(charon, '5.9.8');
    expect(daemon.status().health).toEqual([]);
  });

  test('warnings of the table are logged once and stay in status', async () => {
    start('services: { s: { connections: "*" }, t: { connections: ["a", "x*"] } }');
    await daemon.onAttached(charon, '5.9.8');
    await pass(60_000);
    const warning = 'connection a belongs to service s; service t leaves it alone';
    expect(lines.filter((line) => line.includes(warning))).toEqual([`<4>${warning}`]);
    expect(daemon.status().health).toEqual([warning]);
  });

  test('explain: status, history and sentences of one peer', async () => {
    await daemon.onAttached(charon, '5.9.8');
    await pass(10_020);
    const report = daemon.explain('a');
    expect(report.status).toMatchObject({ peer: 'a', state: 'initiator-mode' });
    expect(report.history.map(({ peer, to, rule }) => [peer, to, rule])).toEqual(
      expect.arrayContaining([
        ['a', 'responder-mode', 'R1'],
        ['a', 'initiator-mode', 'R2'],
      ]),
    );
    expect(report.history.every(({ peer }) => peer === 'a')).toBe(true);
    expect(report.explanation[0]).toContain('We are calling (R2)');
    expect(() => daemon.explain('x')).toThrow(expect.objectContaining({ code: 'PEER_UNKNOWN' }));
  });

  test('operate: on peers that exist, and only while charon is there', async () => {
    await expect(daemon.operate('pause', { peer: 'a' })).rejects.toThrow(
      expect.objectContaining({ code: 'PEER_UNKNOWN' }),
    );
    await daemon.onAttached(charon, '5.9.8');
    expect((await daemon.operate('initiate', { peer: 'a' })).results[0]?.done).toBe(true);
    expect(charon.askedFor('initiate')).toEqual(['initiate a/net']);
    daemon.onDetached('gone');
    expect((await daemon.operate('initiate', { peer: 'b' })).results[0]).toMatchObject({
      done: false,
      detail: 'charon is away',
    });
  });

  test('history and follow: what happens to all peers', async () => {
    const followed: string[] = [];
    const stop = daemon.follow(({ peer, to }) => followed.push(`${peer} ${to}`));
    await daemon.onAttached(charon, '5.9.8');
    await pass(2 * QUIET_MS);
    stop();
    await pass(10_020);
    expect(followed).toEqual(['a responder-mode', 'b responder-mode']);
    expect(daemon.history(2)).toHaveLength(2);
    expect(daemon.history(0)).toEqual([]);
    expect(daemon.history(100).map(({ to }) => to)).toContain('initiator-mode');
  });

  test('each change is logged with its reason, trouble as a warning', async () => {
    await daemon.onAttached(charon, '5.9.8');
    await pass(2 * QUIET_MS);
    expect(lines.find((line) => line.includes('peer=a'))).toMatch(
      /^<6>service=s peer=a from=unconfigured to=responder-mode rule=R1 why="/,
    );
    start('services: { s: { connections: "a", policy: responder-only } }');
    charon.put('a', ikeSa('7', { isInitiator: true }));
    await daemon.onAttached(charon, '5.9.8');
    await pass(2 * QUIET_MS);
    const violation = lines.filter((line) => line.includes('rule=R14'));
    expect(violation).toEqual([expect.stringMatching(/^<4>service=s peer=a rule=R14 why="charon started/)]);
  });
});

describe('charon is served first', () => {
  const told = () => lines.filter((line) => line.includes('peer=a ')).length;

  test('what is told waits for a moment, unless somebody asks', async () => {
    await daemon.onAttached(charon, '5.9.8');
    expect(told()).toBe(0);
    expect(daemon.explain('a').history).toHaveLength(1);
    expect(told()).toBe(1);
  });

  test('the lines of before stand before the line that charon is away', async () => {
    await daemon.onAttached(charon, '5.9.8');
    daemon.onDetached('gone');
    const away = lines.findIndex((line) => line.includes('charon is away'));
    expect(lines.slice(0, away).filter((line) => line.includes('peer=a '))).toHaveLength(1);
  });

  test('a stop loses nothing', async () => {
    await daemon.onAttached(charon, '5.9.8');
    daemon.stop();
    expect(told()).toBe(1);
  });
});

describe('across a restart of the sidecar', () => {
  test('who started an IKE_SA, counters and pauses are remembered', async () => {
    charon.put('a', ikeSa('7', { isInitiator: true }));
    await daemon.onAttached(charon, '5.9.8');
    await daemon.operate('pause', { peer: 'b' });
    daemon.stop();
    start(ALL);
    // The peer has rekeyed meanwhile without a change of SPIs that we know of: charon's flag has turned over.
    charon.put('a', ikeSa('7'));
    await daemon.onAttached(charon, '5.9.8');
    expect(daemon.status().peers.map(({ peer, role, state }) => [peer, role, state])).toEqual([
      ['a', 'initiator', 'up'],
      ['b', null, 'paused'],
    ]);
  });

  test('also if it ends before charon is there', async () => {
    await daemon.onAttached(charon, '5.9.8');
    await daemon.operate('pause', { peer: 'b' });
    daemon.stop();
    start(ALL);
    await keeper.close();
    start(ALL);
    await daemon.onAttached(charon, '5.9.8');
    expect(states()['b']).toBe('paused');
  });
});

describe('metrics', () => {
  const sample = async (name: string) =>
    (await daemon.metrics(false)).text
      .split('\n')
      .find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      ?.split(' ')
      .at(-1);

  test('count what was asked of charon, and how often it was attached', async () => {
    await daemon.onAttached(charon, '5.9.8');
    expect(await sample('afteryou_vici_connected')).toBe('1');
    expect(await sample('afteryou_vici_request_duration_seconds_count{command="list-sas"}')).toBe('1');
    expect(await sample('afteryou_vici_reconnects_total')).toBe('0');
    daemon.onDetached('gone');
    expect(await sample('afteryou_vici_connected')).toBe('0');
    await daemon.onAttached(charon, '5.9.8');
    expect(await sample('afteryou_vici_reconnects_total')).toBe('1');
    charon.refusals.set('list', new Error('no'));
    await pass(30_500);
    expect(
      Number(await sample(`afteryou_vici_errors_total{command="list-sas",reason="OTHER"}`)),
    ).toBeGreaterThan(0);
  });

  test('count calls and lag of timers', async () => {
    await daemon.onAttached(charon, '5.9.8');
    charon.refusals.set('initiate', new Error('no'));
    await pass(10_500);
    expect(await sample('afteryou_initiations_total{peer="s/a",result="error"}')).toBe('1');
    expect(Number(await sample('afteryou_timer_lag_seconds_count'))).toBeGreaterThan(0);
  });

  test('have the families of ipsec_exporter when the configuration says so', async () => {
    expect((await daemon.metrics(false)).text).not.toContain('ipsec_up');
    start(`${ALL}\nmetrics: { ipsec-exporter: true }`);
    expect(await sample('ipsec_up')).toBe('0');
  });
});

test('systemd is told of the link and of peers', async () => {
  expect(daemon.vitals()).toMatchObject({ isReady: false, isAlive: true });
  await daemon.onAttached(charon, '5.9.8');
  expect(daemon.vitals()).toEqual({
    isReady: true,
    isAlive: true,
    text: '2 peers: 2 responder-mode; charon 5.9.8 attached',
  });
  await pass(600_000);
  expect(daemon.vitals().isAlive).toBe(true);
});
