import { describe, expect, test } from 'vitest';
import type { PeerStatus } from '../../../src/control/api.ts';
import { AfteryouError } from '../../../src/errors.ts';
import { entryWith } from '../control/fake-daemon.ts';
import { eventually } from '../control/places.ts';
import { withDaemon } from './terminal.ts';

describe('what commands print', () => {
  test.each([
    ['status', ['status']],
    ['status-json', ['status', '-o', 'json']],
    ['status-one', ['status', 'branch-7']],
    ['explain-up', ['explain', '192.0.2.10']],
    ['explain-calling', ['explain', 'branch-7']],
    ['explain-passive', ['explain', '198.51.100.0/24']],
    ['explain-json', ['explain', 'branch-7', '-o', 'json']],
    ['events', ['events']],
    ['events-json', ['events', '-o', 'json', '-n', '1']],
    ['pause', ['pause', '192.0.2.10']],
    ['reload', ['reload']],
    ['reload-json', ['reload', '-o', 'json']],
  ])('%s', async (name, args) => {
    const { ask } = await withDaemon();
    const { code, out, err } = await ask(args);
    await expect(out).toMatchFileSnapshot(`golden/${name}.txt`);
    expect(err).toBe('');
    expect(code).toBe(0);
  });

  test('JSON is the report of the daemon', async () => {
    const { ask, api } = await withDaemon();
    expect(JSON.parse((await ask(['status', '-o', 'json'])).out)).toEqual(api.status());
    expect(JSON.parse((await ask(['explain', 'branch-7', '-o', 'json'])).out)).toEqual(
      api.explain('branch-7'),
    );
  });

  test('an empty daemon has something to say as well', async () => {
    const { ask, api } = await withDaemon();
    api.peers = [];
    api.health = [];
    api.entries = [];
    api.attached = false;
    await expect((await ask(['status'])).out).toMatchFileSnapshot('golden/status-empty.txt');
    expect((await ask(['events'])).out).toBe('');
    expect((await ask(['pause', '--all'])).out).toBe('no peers\n');
  });

  test('children: those that are up, of those that the connection has', async () => {
    const { ask, api } = await withDaemon();
    const [up] = api.peers as [PeerStatus];
    const child = (id: string, name: string, state: string) => ({ id, name, state });
    const shown = async (change: Partial<PeerStatus>, ...children: ReturnType<typeof child>[]) => {
      api.peers = [{ ...up, ...change, ike_sas: up.ike_sas.map((sa) => ({ ...sa, children })) }];
      const [, line = ''] = (await ask(['status'])).out.split('\n');
      return line.split(/ {2,}/).at(-1);
    };
    expect(await shown({}, child('1', 'net', 'INSTALLED'))).toBe('1/2');
    // One that is being rekeyed is there twice for a moment.
    const rekeyed = [child('1', 'net', 'REKEYING'), child('2', 'net', 'INSTALLED')];
    expect(await shown({}, ...rekeyed, child('3', 'voice', 'UPDATING'))).toBe('2/2');
    expect(await shown({}, child('1', 'net', 'INSTALLING'))).toBe('0/2');
    expect(await shown({ children_configured: [] })).toBe('0/0');
    expect(await shown({ connection: null, children_configured: [] }, ...rekeyed)).toBe('1/?');
  });

  test('states are coloured only where colour is wanted, and columns stay where they are', async () => {
    const { ask } = await withDaemon();
    const plain = (await ask(['status'])).out;
    const { out } = await ask(['status'], { isColoured: true });
    expect(out).toContain('\u001b[32mup\u001b[0m');
    expect(out.replaceAll(/\p{Cc}\[\d+m/gu, '')).toBe(plain);
    expect(plain).not.toContain('\u001b');
  });

  test('events -f prints the latest, then each new one, until it is interrupted', async () => {
    const { ask, api } = await withDaemon();
    const interrupt = new AbortController();
    let lines = 0;
    let text = '';
    const running = ask(['events', '-f', '-n', '1'], {
      interrupted: () => interrupt.signal,
      out: (line) => {
        text += line;
        lines += 1;
        if (lines === 2) interrupt.abort();
      },
    });
    await eventually(() => api.listeners.size === 1);
    api.emit(entryWith('new'));
    expect((await running).code).toBe(0);
    await expect(text).toMatchFileSnapshot('golden/events-follow.txt');
    await eventually(() => api.listeners.size === 0);
  });
});

describe('operations', () => {
  test('name a peer, a service or all', async () => {
    const { ask, api } = await withDaemon();
    await ask(['pause', '192.0.2.10']);
    await ask(['resume', '--service', 'wsg1']);
    await ask(['initiate', '--all']);
    expect(api.calls).toEqual([
      'pause {"peer":"192.0.2.10"}',
      'resume {"service":"wsg1"}',
      'initiate {"all":true}',
    ]);
  });

  test('exit with 1 when one of the peers is not done', async () => {
    const { ask } = await withDaemon();
    const { code, out } = await ask(['initiate', '--all']);
    await expect(out).toMatchFileSnapshot('golden/initiate-all.txt');
    expect(code).toBe(1);
  });

  test.each([
    [['pause'], 'pause whom?'],
    [['pause', 'a', '--all'], 'pause takes one of PEER, --service and --all'],
    [['initiate', '--service', 'a', '--all'], 'initiate takes one of PEER, --service and --all'],
  ])('%j is a wrong command line', async (args, message) => {
    const { ask, api } = await withDaemon();
    const { code, err } = await ask(args);
    expect(err).toContain(`afteryou: ${message} (USAGE)\n`);
    expect(code).toBe(2);
    expect(api.calls).toEqual([]);
  });
});

describe('wait', () => {
  const states = { up: '192.0.2.10', calling: 'branch-7', passive: '198.51.100.0/24' };

  test.each([
    [states.up, '--up', 0],
    [states.up, '--down', 1],
    [states.calling, '--up', 1],
    [states.calling, '--down', 0],
    [states.passive, '--up', 1],
  ])('%s %s, asked once, exits with %i', async (peer, condition, expected) => {
    const { ask, api } = await withDaemon();
    const { code, out } = await ask(['wait', peer, condition, '--timeout', '0']);
    expect(code).toBe(expected);
    expect(out).toBe('');
    expect(api.calls).toEqual([`explain ${peer}`]);
  });

  test('asks again until the condition is true', async () => {
    const { ask, api } = await withDaemon();
    const pauses: number[] = [];
    const { code, err } = await ask(['wait', 'wsg1-a', '--down', '--timeout', '5'], {
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 3) api.peers = api.peers.map((peer) => ({ ...peer, ike_sas: [] }));
      },
    });
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(pauses).toEqual([200, 200, 200]);
  });

  test('gives up when the time is over, and says what it saw', async () => {
    const { ask } = await withDaemon();
    let nowMs = 0;
    const { code, err } = await ask(['wait', 'branch-7', '--up', '--timeout', '1'], {
      now: () => new Date(nowMs),
      pause: async (milliseconds) => {
        nowMs += milliseconds;
      },
    });
    expect(code).toBe(1);
    expect(nowMs).toBe(1_000);
    expect(err).toBe("afteryou: 2001:db8::beef isn't up after 1 s: its state is initiator-mode\n");
  });

  test('ends when it is interrupted', async () => {
    const { ask } = await withDaemon();
    const { code } = await ask(['wait', 'branch-7', '--up'], { interrupted: () => AbortSignal.abort() });
    expect(code).toBe(1);
  });

  test('says as JSON whether it was met', async () => {
    const { ask } = await withDaemon();
    const { out, err } = await ask(['wait', 'branch-7', '--up', '--timeout', '0', '-o', 'json']);
    expect(JSON.parse(out)).toEqual({
      schema: 1,
      peer: '2001:db8::beef',
      service: 'branches',
      condition: 'up',
      met: false,
      state: 'initiator-mode',
    });
    expect(err).toBe('');
  });

  test('a paused peer with a tunnel is up, one with some children is not', async () => {
    const { ask, api } = await withDaemon();
    const up = api.peers;
    const code = async () => (await ask(['wait', 'wsg1-a', '--up', '--timeout', '0'])).code;
    api.peers = up.map((peer) => ({ ...peer, state: 'paused' }));
    expect(await code()).toBe(0);
    api.peers = up.map((peer) => ({ ...peer, state: 'degraded' }));
    expect(await code()).toBe(1);
    api.peers = up.map((peer) => ({ ...peer, state: 'settling' }));
    expect(await code()).toBe(0);
  });

  test('up means all children of the connection, also where the state does not tell', async () => {
    const { ask, api } = await withDaemon();
    const [up] = api.peers as [PeerStatus];
    const code = async (change: Partial<PeerStatus>) => {
      api.peers = [{ ...up, state: 'paused', ...change }];
      return (await ask(['wait', up.peer, '--up', '--timeout', '0'])).code;
    };
    const withChildren = (...states: string[]) => ({
      ike_sas: up.ike_sas.map((sa) => ({
        ...sa,
        children: states.map((state, index) => ({
          id: `${index}`,
          name: ['net', 'voice'][index] ?? '',
          state,
        })),
      })),
    });
    expect(await code({})).toBe(0);
    expect(await code(withChildren('INSTALLED', 'REKEYING'))).toBe(0);
    expect(await code(withChildren('INSTALLED', 'INSTALLING'))).toBe(1);
    expect(await code(withChildren('INSTALLED'))).toBe(1);
    expect(await code({ ...withChildren(), children_configured: [] })).toBe(0);
    expect(await code({ ...withChildren('INSTALLED'), connection: null, children_configured: [] })).toBe(0);
    expect(await code({ ...withChildren(), connection: null, children_configured: [] })).toBe(1);
  });

  test.each([
    [[]],
    [['--up', '--down']],
    [['--up', '--timeout', '86401']],
    [['--up', '--timeout', '-1']],
    [['--up', '--timeout', '1.5']],
  ])('%j is a wrong command line', async (options) => {
    const { ask, api } = await withDaemon();
    expect((await ask(['wait', 'branch-7', ...options])).code).toBe(2);
    expect(api.calls).toEqual([]);
  });
});

test("errors of the daemon are printed with code and next step, with a peer's escape sequences made harmless", async () => {
  const { ask, api } = await withDaemon();
  api.onCall = () => {
    throw new AfteryouError('CONTROL_REFUSED', 'not \u001b[31mnow', { nextStep: 'Later.' });
  };
  const { code, err, out } = await ask(['status']);
  expect(err).toBe('afteryou: not \\x1b[31mnow (CONTROL_REFUSED)\nLater.\n');
  expect(out).toBe('');
  expect(code).toBe(1);
});
