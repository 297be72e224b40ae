/** The families of ipsec_exporter: its names, its labels, its numbers. */
import { expect, test } from 'vitest';
import { charonViewer } from '../../../src/daemon/view-charon.ts';
import { ipsecExporterText } from '../../../src/metrics/ipsec-families.ts';
import { FakeCharon } from '../../helpers/fake-charon.ts';

const CHILD = {
  name: 'net',
  uniqueid: '3',
  reqid: '1',
  state: 'INSTALLED',
  mode: 'TUNNEL',
  protocol: 'ESP',
  'bytes-in': '84',
  'bytes-out': '168',
  'packets-in': '1',
  'packets-out': '2',
  'install-time': '60',
  'local-ts': ['10.1.0.0/16'],
  'remote-ts': ['10.2.0.0/16', '10.3.0.0/16'],
};

const IKE_SA = {
  uniqueid: '7',
  version: '2',
  state: 'ESTABLISHED',
  'local-host': '192.0.2.1',
  'local-id': 'gw',
  'remote-host': '192.0.2.2',
  'remote-id': 'far',
  established: '61',
  'child-sas': { 'net-3': CHILD },
};

function withCharon(charon: FakeCharon): FakeCharon {
  return charon
    .on('stats', () => ({
      uptime: { running: '5 minutes', since: new Date(Date.now() - 300_000).toString() },
      workers: { total: '16', idle: '11', active: { critical: '4', high: '0', medium: '1', low: '0' } },
      queues: { critical: '0', high: '0', medium: '0', low: '2' },
      scheduled: '3',
      ikesas: { total: '1', 'half-open': '0' },
    }))
    .on('get-pools', () => ({ road: { base: '10.9.0.0', size: '254', online: '3', offline: '1' } }))
    .onStream('list-sas', 'list-sa', () => [{ 'gw-far': IKE_SA }]);
}

const IKE_LABELS =
  'name="gw-far",uid="7",version="2",local_host="192.0.2.1",local_id="gw",remote_host="192.0.2.2",remote_id="far",remote_identity="",vips=""';

test('what charon has, as that exporter tells it', async () => {
  await using charon = withCharon(await FakeCharon.start());
  const view = await charonViewer(charon.address)();
  const lines = (await ipsecExporterText(view)).split('\n');
  const childLabels = `${IKE_LABELS.replaceAll(/(\w+)=/g, 'ike_sa_$1=')},name="net",uid="3",reqid="1",mode="TUNNEL",protocol="ESP",local_ts="10.1.0.0/16",remote_ts="10.2.0.0/16, 10.3.0.0/16"`;
  for (const line of [
    'ipsec_up 1',
    'ipsec_workers_total 16',
    'ipsec_idle_workers 11',
    'ipsec_active_workers{priority="critical"} 4',
    'ipsec_queues{priority="low"} 2',
    'ipsec_ike_sas 1',
    'ipsec_half_open_ike_sas 0',
    'ipsec_pool_ips_total{name="road",address="10.9.0.0"} 254',
    'ipsec_online_pool_ips{name="road",address="10.9.0.0"} 3',
    'ipsec_offline_pool_ips{name="road",address="10.9.0.0"} 1',
    `ipsec_ike_sa_state{${IKE_LABELS}} 2`,
    `ipsec_ike_sa_established_seconds{${IKE_LABELS}} 61`,
    `ipsec_child_sa_state{${childLabels}} 3`,
    `ipsec_child_sa_bytes_in{${childLabels}} 84`,
    `ipsec_child_sa_packets_out{${childLabels}} 2`,
    `ipsec_child_sa_installed_seconds{${childLabels}} 60`,
  ]) {
    expect(lines).toContain(line);
  }
  const uptime = Number(lines.find((line) => line.startsWith('ipsec_uptime_seconds '))?.split(' ')[1]);
  expect(uptime).toBeGreaterThanOrEqual(299);
  expect(uptime).toBeLessThan(330);
});

test('a charon that cannot be read is down, and nothing else is told', async () => {
  const charon = await FakeCharon.start();
  const view = charonViewer(charon.address);
  await charon.stop();
  const text = await ipsecExporterText(await view());
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['ipsec_up 0']);
});

test('whoever asks while charon is being read gets the same answer', async () => {
  await using charon = withCharon(await FakeCharon.start());
  const view = charonViewer(charon.address);
  const [one, other] = await Promise.all([view(), view()]);
  expect(other).toBe(one);
  expect(charon.seen('stats')).toHaveLength(1);
  await view();
  expect(charon.seen('stats')).toHaveLength(2);
});
