/**
 * The families of ipsec_exporter, with its names, labels and numbers, for boards that were made for it.
 *
 * Off unless `metrics.ipsec-exporter` is true: two programs of one host must not give series of the same name. Names and
 * numbers as in github.com/sergeymakinen/ipsec_exporter. Knows charon's lists, nothing of peers.
 */
import { Gauge, Registry } from 'prom-client';
import type { ChildSa, IkeSa, Pool, Stats } from '../vici/index.ts';

/** What charon has, read for one scrape. */
export interface CharonView {
  readonly stats: Stats;
  readonly ikeSas: readonly IkeSa[];
  readonly pools: readonly Pool[];
  /** Seconds since charon started; null if it can't be told. */
  readonly uptimeSeconds: number | null;
}

const IKE_STATES = [
  'CREATED',
  'CONNECTING',
  'ESTABLISHED',
  'PASSIVE',
  'REKEYING',
  'REKEYED',
  'DELETING',
  'DESTROYING',
];

const CHILD_STATES = [
  'CREATED',
  'ROUTED',
  'INSTALLING',
  'INSTALLED',
  'UPDATING',
  'REKEYING',
  'REKEYED',
  'RETRYING',
  'DELETING',
  'DELETED',
  'DESTROYING',
];

const IKE_LABELS = [
  'name',
  'uid',
  'version',
  'local_host',
  'local_id',
  'remote_host',
  'remote_id',
  'remote_identity',
  'vips',
] as const;

const CHILD_LABELS = [
  ...IKE_LABELS.map((label) => `ike_sa_${label}` as const),
  'name',
  'uid',
  'reqid',
  'mode',
  'protocol',
  'local_ts',
  'remote_ts',
] as const;

/** The families as text; `view` null: charon couldn't be read, and `ipsec_up` is 0. */
export async function ipsecExporterText(view: CharonView | null): Promise<string> {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `ipsec_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  gauge('up', 'Whether charon could be read.').set(Number(view !== null));
  if (view === null) return await registry.metrics();
  const { stats, ikeSas, pools, uptimeSeconds } = view;
  if (uptimeSeconds !== null) gauge('uptime_seconds', 'Seconds since charon started.').set(uptimeSeconds);
  gauge('workers_total', 'Threads of charon.').set(stats.workers.total);
  gauge('idle_workers', 'Threads without work.').set(stats.workers.idle);
  const active = gauge('active_workers', 'Threads at work, by priority.', ['priority']);
  const queues = gauge('queues', 'Jobs that wait, by priority.', ['priority']);
  for (const priority of ['critical', 'high', 'medium', 'low'] as const) {
    active.set({ priority }, stats.workers.active[priority]);
    queues.set({ priority }, stats.queues[priority]);
  }
  gauge('ike_sas', 'IKE_SAs.').set(stats.ikeSas.total);
  gauge('half_open_ike_sas', 'IKE_SAs that are half open.').set(stats.ikeSas.halfOpen);
  const sizes = gauge('pool_ips_total', 'Addresses of a pool.', ['name', 'address']);
  const online = gauge('online_pool_ips', 'Addresses of a pool in use.', ['name', 'address']);
  const offline = gauge('offline_pool_ips', 'Addresses of a pool that are kept for their last user.', [
    'name',
    'address',
  ]);
  for (const { name, base, size, online: used, offline: kept } of pools) {
    sizes.set({ name, address: base }, size);
    online.set({ name, address: base }, used);
    offline.set({ name, address: base }, kept);
  }
  const state = gauge('ike_sa_state', 'State of an IKE_SA: CREATED 0 to DESTROYING 7.', IKE_LABELS);
  const established = gauge('ike_sa_established_seconds', 'Age of an IKE_SA.', IKE_LABELS);
  const children = childGauges(gauge);
  for (const ikeSa of ikeSas) {
    const labels = ikeLabels(ikeSa);
    state.set(labels, IKE_STATES.indexOf(ikeSa.state));
    if (ikeSa.establishedSeconds !== undefined) established.set(labels, ikeSa.establishedSeconds);
    for (const child of ikeSa.childSas) children(ikeSa, child);
  }
  return await registry.metrics();
}

type MakeGauge = (
  name: string,
  help: string,
  labels: typeof CHILD_LABELS,
) => Gauge<(typeof CHILD_LABELS)[number]>;

function childGauges(gauge: MakeGauge): (ikeSa: IkeSa, child: ChildSa) => void {
  const state = gauge('child_sa_state', 'State of a CHILD_SA: CREATED 0 to DESTROYING 10.', CHILD_LABELS);
  const bytesIn = gauge('child_sa_bytes_in', 'Bytes received.', CHILD_LABELS);
  const bytesOut = gauge('child_sa_bytes_out', 'Bytes sent.', CHILD_LABELS);
  const packetsIn = gauge('child_sa_packets_in', 'Packets received.', CHILD_LABELS);
  const packetsOut = gauge('child_sa_packets_out', 'Packets sent.', CHILD_LABELS);
  const installed = gauge('child_sa_installed_seconds', 'Age of a CHILD_SA.', CHILD_LABELS);
  return (ikeSa, child) => {
    const ofIkeSa = Object.entries(ikeLabels(ikeSa)).map(([label, value]) => [`ike_sa_${label}`, value]);
    const labels = {
      ...Object.fromEntries(ofIkeSa),
      name: child.name,
      uid: child.uniqueid,
      reqid: child.reqid ?? '',
      mode: child.mode ?? '',
      protocol: child.protocol ?? '',
      local_ts: child.localTrafficSelectors.join(', '),
      remote_ts: child.remoteTrafficSelectors.join(', '),
    };
    state.set(labels, CHILD_STATES.indexOf(child.state));
    bytesIn.set(labels, child.inbound.bytes);
    bytesOut.set(labels, child.outbound.bytes);
    packetsIn.set(labels, child.inbound.packets);
    packetsOut.set(labels, child.outbound.packets);
    if (child.installedSeconds !== undefined) installed.set(labels, child.installedSeconds);
  };
}

function ikeLabels(ikeSa: IkeSa): Record<(typeof IKE_LABELS)[number], string> {
  return {
    name: ikeSa.name,
    uid: ikeSa.uniqueid,
    version: String(ikeSa.version),
    local_host: ikeSa.localHost ?? '',
    local_id: ikeSa.localId ?? '',
    remote_host: ikeSa.remoteHost ?? '',
    remote_id: ikeSa.remoteId ?? '',
    remote_identity: ikeSa.remoteEapId ?? ikeSa.remoteXauthId ?? '',
    vips: ikeSa.remoteVirtualAddresses.join(', '),
  };
}
