/**
 * What is read off the daemon's status at the moment of asking: peers and their states, charon, the configuration.
 *
 * Knows the shape of a status and nothing of how it comes about. The label `peer` is `SERVICE/NAME`, which alone is unique;
 * all else about a peer is in `afteryou_peer_info`.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PeerStatus, StatusReport } from '../control/api.ts';
import type { PeerStateName } from '../policy/state.ts';

/** All states, also those that no peer is in: a state set has a series for each. */
const STATES = Object.keys({
  'responder-mode': 0,
  'initiator-mode': 0,
  settling: 0,
  up: 0,
  degraded: 0,
  passive: 0,
  paused: 0,
  unconfigured: 0,
} satisfies Record<PeerStateName, 0>);

/** The label by which a peer's series are known. */
export function peerLabel({ service, peer }: Pick<PeerStatus, 'service' | 'peer'>): string {
  return `${service}/${peer}`;
}

export class StatusGauges {
  readonly #build;
  readonly #connected;
  readonly #observing;
  readonly #reloadOk;
  readonly #reloadAt;
  readonly #peers;
  readonly #info;
  readonly #up;
  readonly #state;
  readonly #entered;
  readonly #deadline;
  readonly #role;
  readonly #cycles;
  readonly #violations;

  constructor(registry: Registry) {
    const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
      new Gauge({ name: `afteryou_${name}`, help, labelNames: [...labelNames], registers: [registry] });
    const counter = (name: string, help: string) =>
      new Counter({ name: `afteryou_${name}`, help, labelNames: ['peer'], registers: [registry] });
    this.#build = gauge('build_info', 'Versions, always 1.', ['version', 'node', 'strongswan']);
    this.#connected = gauge('vici_connected', 'Whether charon is attached.');
    this.#observing = gauge('observe_mode', 'Whether afteryou only observes.');
    this.#reloadOk = gauge(
      'config_last_reload_successful',
      'Whether the configuration was right when last read.',
    );
    this.#reloadAt = gauge(
      'config_last_reload_success_timestamp_seconds',
      'When the configuration in force was read.',
    );
    this.#peers = gauge('peers', 'Peers, by service and state.', ['service', 'state']);
    this.#info = gauge('peer_info', 'What a peer is, always 1.', [
      'peer',
      'service',
      'family',
      'connection',
      'remote_host',
      'policy',
    ]);
    this.#up = gauge('peer_up', 'Whether an IKE_SA with all children is there.', ['peer']);
    this.#state = gauge('peer_state', 'Whether the peer is in this state.', ['peer', 'state']);
    this.#entered = gauge('peer_state_entered_timestamp_seconds', 'When the peer came into its state.', [
      'peer',
    ]);
    this.#deadline = gauge('peer_deadline_timestamp_seconds', 'When the mode of the peer ends.', ['peer']);
    this.#role = gauge('peer_role', 'Who started the live IKE_SA, seen from here, always 1.', [
      'peer',
      'role',
    ]);
    this.#cycles = counter('peer_cycles_total', 'Responder and initiator modes passed without a tunnel.');
    this.#violations = counter(
      'peer_violations_total',
      'IKE_SAs that charon started to a responder-only peer.',
    );
  }

  /** Takes over what is true now; whatever was there before is gone. */
  set({ version, charon, config, mode, peers }: StatusReport): void {
    this.#build.reset();
    this.#build.set({ version, node: process.versions.node, strongswan: charon.version ?? '' }, 1);
    this.#connected.set(Number(charon.attached));
    this.#observing.set(Number(mode === 'observe'));
    this.#reloadOk.set(Number(config.error === null));
    this.#reloadAt.set(secondsOf(config.loadedAt));
    const perPeer = [this.#info, this.#up, this.#state, this.#entered, this.#deadline, this.#role];
    for (const family of [this.#peers, this.#cycles, this.#violations, ...perPeer]) family.reset();
    for (const one of peers) this.#setPeer(one);
  }

  #setPeer(one: PeerStatus): void {
    const peer = peerLabel(one);
    const { service, state, address, connection, policy } = one;
    this.#peers.inc({ service, state });
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    this.#info.set({ peer, service, family, connection: connection ?? '', remote_host: address, policy }, 1);
    this.#up.set({ peer }, Number(isUp(one)));
    for (const name of STATES) this.#state.set({ peer, state: name }, Number(name === state));
    this.#entered.set({ peer }, secondsOf(one.since));
    if (one.deadline !== null) this.#deadline.set({ peer }, secondsOf(one.deadline));
    if (one.role !== null) this.#role.set({ peer, role: one.role }, 1);
    this.#cycles.inc({ peer }, one.counters.cycles);
    this.#violations.inc({ peer }, one.counters.violations);
  }
}

/** Of paused and passive peers the IKE_SAs alone tell: an IKE_SA with every child that the connection has. */
function isUp({ state, ike_sas: ikeSas, children_configured: configured }: PeerStatus): boolean {
  if (state === 'up' || state === 'settling') return true;
  if (state !== 'paused' && state !== 'passive') return false;
  return ikeSas.some(
    (sa) =>
      (sa.state === 'ESTABLISHED' || sa.state === 'REKEYING') &&
      configured.every((name) =>
        sa.children.some((child) => child.name === name && child.state === 'INSTALLED'),
      ),
  );
}

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1000;
}
