/**
 * The VICI library against a real charon: what the fake one can't prove. Each sentence of docs/vici.md about
 * charon's own behaviour is seen here.
 */
import { connect } from 'node:net';
import { expect } from 'vitest';
import * as vici from '../../src/vici/index.ts';
import type { Charon } from './lab/charon.ts';
import type { Lab } from './lab/lab.ts';
import { scenario } from './lab/scenario.ts';
import { within } from './lab/wait.ts';

/** A connection of moon's to sun, where nobody answers. */
function toSilence(lab: Lab): vici.ConnectionSettings {
  return {
    version: 2,
    local_addrs: [lab.moon.ipv4.outer],
    remote_addrs: [lab.sun.ipv4.outer],
    proposals: ['aes128-sha256-x25519'],
    unique: 'never',
    keyingtries: 1,
    dpd_delay: '30s',
    rekey_time: 0,
    local: { auth: 'psk', id: 'moon' },
    remote: { auth: 'psk', id: 'sun' },
    children: {
      net: {
        local_ts: [lab.moon.ipv4.subnet],
        remote_ts: [lab.sun.ipv4.subnet],
        esp_proposals: ['aes128-sha256'],
        start_action: 'none',
        dpd_action: 'none',
        close_action: 'none',
      },
    },
  };
}

async function attached(charon: Charon, options?: vici.SessionOptions): Promise<vici.Session> {
  return await vici.Session.connect(charon.viciSocket, options);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

scenario('vici-daemon', 'version, stats, algorithms and counters say what charon is and has', async (lab) => {
  const session = await attached(await lab.charon(lab.moon));
  expect(await vici.version(session)).toMatchObject({ daemon: 'charon-systemd', sysname: 'Linux' });
  const stats = await vici.stats(session);
  expect(stats.workers.total).toBe(16);
  expect(stats.plugins).toContain('vici');
  expect((await vici.getAlgorithms(session)).get('encryption')?.has('AES_CBC')).toBe(true);
  // charon names the section of the global counters with the empty string.
  const counters = await vici.getCounters(session);
  expect([...counters.keys()]).toEqual(['']);
  expect(counters.get('')?.get('ike-init-in-req')).toBe(0);
  await expect(vici.getCounters(session, { name: 'nope' })).rejects.toMatchObject({
    code: 'VICI_COMMAND_FAILED',
  });
  await vici.reloadSettings(session);
  session.close();
});

scenario('vici-load', 'a connection, a secret and a pool are loaded, listed and unloaded', async (lab) => {
  const session = await attached(await lab.charon(lab.moon));
  await vici.loadConn(session, 'silent', toSilence(lab));
  await vici.loadShared(session, {
    id: 'psk',
    type: 'IKE',
    data: 'only in the lab',
    owners: ['moon', 'sun'],
  });
  await vici.loadPool(session, 'road', { addrs: '10.3.0.0/24' });
  expect(await vici.getConns(session)).toEqual(['silent']);
  expect(await vici.getShared(session)).toEqual(['psk']);
  expect(await vici.getPools(session)).toMatchObject([{ name: 'road', online: 0, offline: 0 }]);
  expect(await vici.listConnFacts(session)).toEqual([
    {
      name: 'silent',
      authentication: expect.stringMatching(/^local-1 \{.*remote-1 \{/),
      version: 'IKEv2',
      localAddresses: [lab.moon.ipv4.outer],
      remoteAddresses: [lab.sun.ipv4.outer],
      unique: 'UNIQUE_NEVER',
      dpdDelaySeconds: 30,
      rekeySeconds: 0,
      reauthSeconds: 0,
      children: [
        {
          name: 'net',
          mode: 'TUNNEL',
          startAction: null,
          dpdAction: 'none',
          closeAction: 'none',
          rekeySeconds: 3600,
        },
      ],
    },
  ]);
  const [conn] = await collect(vici.listConns(session, { ike: 'silent' }));
  expect(conn?.local).toMatchObject([{ class: 'pre-shared key', id: 'moon' }]);
  expect(conn?.remote).toMatchObject([{ class: 'pre-shared key', id: 'sun' }]);
  await expect(vici.loadConn(session, 'bad', { frob: 1 })).rejects.toMatchObject({
    code: 'VICI_COMMAND_FAILED',
    errmsg: 'unknown option: frob, config discarded',
  });
  await vici.unloadPool(session, 'road');
  await vici.unloadShared(session, 'psk');
  await vici.unloadConn(session, 'silent');
  expect(await collect(vici.listConns(session))).toEqual([]);
  await expect(vici.unloadConn(session, 'silent')).rejects.toMatchObject({ code: 'VICI_COMMAND_FAILED' });
  session.close();
});

scenario(
  'vici-sas',
  'initiations of a silent peer return at once; both SAs of one name are listed; each goes by its id',
  async (lab) => {
    // Otherwise the second initiate joins the first SA.
    const session = await attached(
      await lab.charon(lab.moon, { settings: { reuse_ikesa: false, retransmit_tries: 30 } }),
    );
    await vici.loadConn(session, 'silent', toSilence(lab));
    await vici.loadShared(session, { type: 'IKE', data: 'only in the lab', owners: ['moon', 'sun'] });
    const log: vici.LogFacts[] = [];
    await session.subscribe(['log'], (_, body) => log.push(vici.readLog(body)));
    await vici.initiate(session, { ike: 'silent', child: 'net' });
    await vici.initiate(session, { ike: 'silent', child: 'net' });
    const facts = await vici.listSaFacts(session);
    expect(facts).toHaveLength(2);
    for (const sa of facts) {
      expect(sa).toMatchObject({
        name: 'silent',
        state: 'CONNECTING',
        isInitiator: true,
        remoteHost: lab.sun.ipv4.outer,
        responderSpi: '0000000000000000',
        children: [],
      });
      expect(sa.initiatorSpi).toMatch(/^[0-9a-f]{16}$/);
    }
    const [first, second] = facts.map((sa) => sa.uniqueid);
    if (first === undefined || second === undefined) throw new Error('two SAs were listed');
    const byId = await collect(vici.listSas(session, { ikeId: first }));
    expect(byId).toMatchObject([
      { name: 'silent', uniqueid: first, tasksActive: expect.arrayContaining(['IKE_INIT']) },
    ]);
    expect(await vici.terminate(session, { ikeId: first })).toEqual({ matches: 1, terminated: 1 });
    expect((await vici.listSaFacts(session)).map((sa) => sa.uniqueid)).toEqual([second]);
    await expect(vici.terminate(session, { ikeId: first })).rejects.toMatchObject({
      code: 'VICI_COMMAND_FAILED',
      errmsg: 'no matching SAs to terminate found',
      matches: 0,
    });
    await expect(vici.initiate(session, { ike: 'silent', child: 'nope' })).rejects.toMatchObject({
      errmsg: "CHILD_SA config 'nope' not found",
    });
    await within(10_000, 'charon logs the initiation', () =>
      log.find((line) => line.ikesaUniqueid === first && line.message.startsWith('initiating IKE_SA silent')),
    );
    session.close();
  },
);

scenario(
  'vici-blocking',
  'an initiate that waits streams its log, and fails with what charon says when the time is over',
  async (lab) => {
    const session = await attached(await lab.charon(lab.moon));
    await vici.loadConn(session, 'silent', toSilence(lab));
    await vici.loadShared(session, { type: 'IKE', data: 'only in the lab', owners: ['moon', 'sun'] });
    const lines: string[] = [];
    const reading = (async () => {
      const target = { ike: 'silent', child: 'net' };
      for await (const line of vici.initiateWithLog(session, target, { waitMs: 300 }))
        lines.push(line.message);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'VICI_COMMAND_FAILED',
      errmsg: "CHILD_SA 'net' not established after 300ms",
    });
    expect(lines.some((line) => line.startsWith('initiating IKE_SA silent'))).toBe(true);
    expect(await vici.listSaFacts(session)).toHaveLength(1);
    session.close();
  },
);

scenario('vici-unknown', 'unknown commands and events are errors that the session survives', async (lab) => {
  const session = await attached(await lab.charon(lab.moon));
  await expect(session.request('frobnicate')).rejects.toMatchObject({ code: 'VICI_UNKNOWN_COMMAND' });
  await expect(session.subscribe(['log', 'frobnicated'], () => undefined)).rejects.toMatchObject({
    code: 'VICI_UNKNOWN_EVENT',
  });
  expect((await vici.version(session)).daemon).toBe('charon-systemd');
  session.close();
});

scenario(
  'vici-limits',
  'charon answers a packet of 524,288 bytes and hangs up at one more, which our encoder refuses',
  async (lab) => {
    const charon = await lab.charon(lab.moon);
    // Asking for a version may carry anything; 8 values make it as large as wanted.
    const message = (bytes: number): vici.MessageInput => {
      const whole = Object.fromEntries(
        Array.from({ length: 7 }, (_, n) => [`k${n}`, Buffer.alloc(65_535, 'x')]),
      );
      const around = 1 + 1 + 'version'.length;
      const rest = bytes - around - 7 * (65_535 + 6) - 6;
      return { ...whole, kr: Buffer.alloc(rest, 'x') };
    };
    const session = await attached(charon);
    expect((await session.request('version', message(524_288))).get('daemon')).toBe('charon-systemd');
    await expect(session.request('version', message(524_289))).rejects.toMatchObject({ code: 'VICI_ENCODE' });
    session.close();

    const socket = connect(charon.viciSocket);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(524_289);
    socket.resume();
    socket.write(prefix);
    await closed;
  },
);

scenario(
  'vici-hang',
  'a stopped charon takes connections and answers nothing; when it goes on, late answers do no harm',
  async (lab) => {
    const charon = await lab.charon(lab.moon);
    const session = await attached(charon, { timeoutMs: 200 });
    await charon.pause();
    await expect(session.request('version')).rejects.toMatchObject({ code: 'VICI_TIMEOUT' });
    const other = await attached(charon);
    other.close();
    charon.resume();
    expect((await vici.stats(session, { timeoutMs: 5_000 })).workers.total).toBe(16);
    session.close();
  },
);

scenario(
  'vici-restart',
  'the reconnecting session is told of the end and the new beginning, and its events come again',
  async (lab) => {
    const charon = await lab.charon(lab.moon);
    const happened: string[] = [];
    const link = new vici.ReconnectingSession({
      address: charon.viciSocket,
      events: ['log', 'ike-updown'],
      optionalEvents: ['alert'],
      onEvent: (name) => void (happened.at(-1) === name || happened.push(name)),
      onAttached: () => void happened.push('attached'),
      onDetached: (reason) => happened.push(`detached ${reason.code}`),
    });
    link.start();
    await within(10_000, 'attached', () => happened.includes('attached'));
    await charon.kill();
    await within(10_000, 'detached', () => happened.includes('detached VICI_CLOSED'));
    happened.length = 0;
    await charon.start();
    await within(10_000, 'attached again', () => happened.includes('attached'));
    if (link.session === undefined) throw new Error('an attached link has a session');
    await vici.reloadSettings(link.session);
    await vici.loadConn(link.session, 'silent', toSilence(lab));
    await within(10_000, 'an event after the restart', () => happened.includes('log'));
    await link.stop();
    expect(happened.at(-1)).toBe('detached VICI_CLOSED');
  },
);
