/** All families, as Prometheus reads them. */
import { describe, expect, test } from 'vitest';
import type { PeerStatus, StatusReport } from '../../../src/control/api.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { UP } from '../control/fake-daemon.ts';

const STATUS: StatusReport = {
  schema: 1,
  version: '1.2.3',
  mode: 'active',
  charon: { socket: '/s', attached: true, since: '', version: '5.9.8', error: null },
  config: { file: null, loadedAt: '2026-05-01T12:00:00.500Z', error: null },
  peers: [UP],
  health: [],
};

const peer = (name: string, change: Partial<PeerStatus> = {}): PeerStatus => ({
  ...UP,
  peer: name,
  ...change,
});

const textOf = (change: Partial<StatusReport> = {}, exposition = new Exposition()) =>
  exposition.text({ ...STATUS, ...change }, false);

/** Lines that begin with `name`, comments left out. */
const series = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('what is true now', () => {
  test('versions, charon and the configuration', async () => {
    const text = await textOf();
    expect(series(text, 'afteryou_build_info')).toEqual([
      `afteryou_build_info{version="1.2.3",node="${process.versions.node}",strongswan="5.9.8"} 1`,
    ]);
    expect(series(text, 'afteryou_vici_connected')).toEqual(['afteryou_vici_connected 1']);
    expect(series(text, 'afteryou_observe_mode')).toEqual(['afteryou_observe_mode 0']);
    expect(series(text, 'afteryou_config_last_reload_successful')).toEqual([
      'afteryou_config_last_reload_successful 1',
    ]);
    expect(series(text, 'afteryou_config_last_reload_success_timestamp_seconds')).toEqual([
      'afteryou_config_last_reload_success_timestamp_seconds 1777636800.5',
    ]);
  });

  test('the opposite of it', async () => {
    const text = await textOf({
      mode: 'observe',
      charon: { ...STATUS.charon, attached: false, version: null },
      config: { ...STATUS.config, error: 'wrong' },
    });
    expect(series(text, 'afteryou_vici_connected')).toEqual(['afteryou_vici_connected 0']);
    expect(series(text, 'afteryou_observe_mode')).toEqual(['afteryou_observe_mode 1']);
    expect(series(text, 'afteryou_config_last_reload_successful')).toEqual([
      'afteryou_config_last_reload_successful 0',
    ]);
  });

  test('a peer: what it is, its state as a set, since when, its role', async () => {
    const text = await textOf();
    expect(series(text, 'afteryou_peer_info')).toEqual([
      'afteryou_peer_info{peer="wsg1/192.0.2.10",service="wsg1",family="ipv4",connection="wsg1-a",remote_host="192.0.2.10",policy="windowed"} 1',
    ]);
    expect(series(text, 'afteryou_peer_state')).toEqual(
      [
        'responder-mode',
        'initiator-mode',
        'settling',
        'up',
        'degraded',
        'passive',
        'paused',
        'unconfigured',
      ].map(
        (state) => `afteryou_peer_state{peer="wsg1/192.0.2.10",state="${state}"} ${state === 'up' ? 1 : 0}`,
      ),
    );
    expect(series(text, 'afteryou_peer_up')).toEqual(['afteryou_peer_up{peer="wsg1/192.0.2.10"} 1']);
    expect(series(text, 'afteryou_peer_role')).toEqual([
      'afteryou_peer_role{peer="wsg1/192.0.2.10",role="responder"} 1',
    ]);
    expect(series(text, 'afteryou_peer_deadline_timestamp_seconds')).toEqual([]);
  });

  test('the same name in two services is two peers', async () => {
    const text = await textOf({ peers: [UP, { ...UP, service: 'wsg2', state: 'paused', ike_sas: [] }] });
    expect(series(text, 'afteryou_peer_up')).toEqual([
      'afteryou_peer_up{peer="wsg1/192.0.2.10"} 1',
      'afteryou_peer_up{peer="wsg2/192.0.2.10"} 0',
    ]);
    expect(series(text, 'afteryou_peers')).toEqual([
      'afteryou_peers{service="wsg1",state="up"} 1',
      'afteryou_peers{service="wsg2",state="paused"} 1',
    ]);
  });

  test('of a paused peer the IKE_SAs tell whether it is up: all children, and established', async () => {
    const [sa] = UP.ike_sas;
    if (sa === undefined) throw new Error('the fixture has no IKE_SA');
    const text = await textOf({
      peers: [
        peer('a', { state: 'paused' }),
        peer('b', { state: 'paused', ike_sas: [{ ...sa, state: 'CONNECTING' }] }),
        peer('c', { state: 'passive', ike_sas: [{ ...sa, children: sa.children.slice(1) }] }),
        peer('d', { state: 'degraded' }),
        peer('e', { state: 'settling' }),
      ],
    });
    expect(series(text, 'afteryou_peer_up').map((line) => line.slice(-4))).toEqual([
      '"} 1',
      '"} 0',
      '"} 0',
      '"} 0',
      '"} 1',
    ]);
  });

  test('what is gone leaves no series behind', async () => {
    const exposition = new Exposition();
    exposition.recorder.callEnded('wsg1/192.0.2.10', 'timeout');
    exposition.recorder.collisionEnded('wsg1/192.0.2.10', 'kept_own');
    exposition.recorder.callEnded('wsg1/b', 'timeout');
    const before = await textOf({ peers: [UP, peer('b')] }, exposition);
    expect(before.match(/192\.0\.2\.10/g)?.length).toBeGreaterThan(10);
    const after = await textOf({ peers: [peer('b', { address: '192.0.2.11' })] }, exposition);
    expect(after).not.toContain('192.0.2.10');
    expect(series(after, 'afteryou_initiations_total')).toEqual([
      'afteryou_initiations_total{peer="wsg1/b",result="timeout"} 1',
    ]);
  });
});

describe('what was counted', () => {
  test('calls, collisions, terminations, requests, times', async () => {
    const exposition = new Exposition();
    const { recorder } = exposition;
    recorder.callEnded('wsg1/192.0.2.10', 'refused');
    recorder.callEnded('wsg1/192.0.2.10', 'refused');
    recorder.collisionEnded('wsg1/192.0.2.10', 'kept_peer');
    recorder.terminated('collision');
    recorder.establishedAfter(12_000, 'initiator');
    recorder.requestAnswered('list-sas', 3, null);
    recorder.requestAnswered('list-sas', 5_000, 'VICI_TIMEOUT');
    recorder.timerLag(-1);
    recorder.reconnected();
    recorder.lineSuppressed();
    const text = await textOf({}, exposition);
    for (const line of [
      'afteryou_initiations_total{peer="wsg1/192.0.2.10",result="refused"} 2',
      'afteryou_collisions_total{peer="wsg1/192.0.2.10",resolution="kept_peer"} 1',
      'afteryou_sas_terminated_total{reason="collision"} 1',
      'afteryou_time_to_established_seconds_bucket{le="10",role="initiator"} 0',
      'afteryou_time_to_established_seconds_bucket{le="20",role="initiator"} 1',
      'afteryou_vici_request_duration_seconds_bucket{le="0.005",command="list-sas"} 1',
      'afteryou_vici_request_duration_seconds_count{command="list-sas"} 2',
      'afteryou_vici_errors_total{command="list-sas",reason="VICI_TIMEOUT"} 1',
      'afteryou_timer_lag_seconds_bucket{le="0.001"} 1',
      'afteryou_vici_reconnects_total 1',
      'afteryou_log_lines_suppressed_total 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });
});

test('names from charon cannot make a line or a label of their own', async () => {
  const text = await textOf({ peers: [peer('a"} 1\nforged{x="\\', { connection: 'c\n' })] });
  expect(text.split('\n').filter((line) => line.startsWith('forged'))).toEqual([]);
  expect(text).toContain(String.raw`peer="wsg1/a\"} 1\nforged{x=\"\\"`);
});

test('families about the process are told on demand', async () => {
  const exposition = new Exposition();
  expect(await exposition.text(STATUS, false)).not.toMatch(/^(?:process|nodejs)_/m);
  const all = await exposition.text(STATUS, true);
  expect(all).toMatch(/^process_resident_memory_bytes /m);
  expect(all).toMatch(/^nodejs_eventloop_lag_seconds /m);
});
