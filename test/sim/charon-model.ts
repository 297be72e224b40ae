/**
 * A charon as its VICI clients, its operator and the network meet it: one life, from start to death.
 *
 * Knows what each command does (VICI README, "Client-initiated commands"; measured on 5.9.8); the exchanges are
 * in charon-asking.ts and charon-answering.ts.
 */

import type { ListedIkeSa } from '../../src/daemon/charon.ts';
import type { ConnectionFacts } from '../../src/vici/index.ts';
import { receiveAnswer } from './charon-answered.ts';
import { receiveInit, receiveRequest } from './charon-answering.ts';
import { call, queue } from './charon-asking.ts';
import { CharonCore, type ConnectionConfig } from './charon-core.ts';
import { reauthenticate } from './charon-life.ts';
import type { Address, IkeMessage } from './ike-message.ts';
import { ikeSaFacts, isLive, type Loss, type ModelIkeSa, NO_SPI } from './ike-sa.ts';

export class CharonModel {
  readonly core: CharonCore;

  constructor(...args: ConstructorParameters<typeof CharonCore>) {
    this.core = new CharonCore(...args);
  }

  get address(): Address {
    return this.core.address;
  }

  get sas(): readonly ModelIkeSa[] {
    return [...this.core.sas.values()];
  }

  load(connection: ConnectionConfig): void {
    this.core.connections.set(connection.name, connection);
    this.core.watcher.onNews({ type: 'connections' }, true);
  }

  unload(name: string): void {
    this.core.connections.delete(name);
    this.core.watcher.onNews({ type: 'connections' }, true);
  }

  /** Nothing of what is sent to it is processed for so long (a stopped or starved process). */
  freeze(forMs: number): void {
    this.core.frozenUntilMs = Math.max(this.core.frozenUntilMs, this.core.nowMs + forMs);
  }

  /** SIGTERM: one DELETE for each IKE_SA, once. SIGKILL: not a word. */
  die(isOrderly: boolean): void {
    if (isOrderly) {
      for (const sa of this.sas) {
        if (isLive(sa)) queue(this.core, sa, { type: 'delete-ike' });
        this.core.tellDeleted(sa);
      }
    }
    this.core.die();
  }

  receive(message: IkeMessage): void {
    const { core } = this;
    if (core.isDead) return;
    if (core.nowMs < core.frozenUntilMs) {
      core.scheduler.callAt(core.frozenUntilMs, () => this.receive(message));
      return;
    }
    const { request, answer } = message;
    if (request?.type === 'init') {
      receiveInit(core, message, request);
      return;
    }
    const sa = this.#addressed(message);
    if (!sa) return;
    if (request) receiveRequest(core, sa, message, request);
    else if (answer) receiveAnswer(core, sa, message, answer);
  }

  #addressed({ from, isFromInitiator, initiatorSpi, responderSpi }: IkeMessage): ModelIkeSa | undefined {
    for (const sa of this.core.sas.values()) {
      if (sa.initiatorSpi !== initiatorSpi || sa.isInitiator === isFromInitiator || sa.remote !== from)
        continue;
      if (sa.responderSpi === responderSpi || sa.responderSpi === NO_SPI) return sa;
    }
    return undefined;
  }

  // ---- commands ----

  list(connection?: string): ListedIkeSa[] {
    return this.sas
      .filter((sa) => connection === undefined || sa.connection === connection)
      .map((sa) => ({
        connection: sa.connection,
        remoteHost: sa.remote,
        facts: { ...ikeSaFacts(sa), isBusy: sa.open !== null },
      }));
  }

  listConnections(): ConnectionFacts[] {
    return [...this.core.connections.values()].map(connectionFacts);
  }

  /** Uses any IKE_SA of the connection that is there (`reuse_ikesa`). @throws Error if there is no such connection */
  initiate(name: string, child: string | null): void {
    const config = this.core.connections.get(name);
    if (!config || (child !== null && !config.children.includes(child))) {
      throw new Error(`CHILD_SA config '${child}' not found`);
    }
    const { reusesIkeSa = true } = this.core.traits;
    const reusable = this.sas.find(
      (sa) =>
        reusesIkeSa &&
        sa.connection === name &&
        (isLive(sa) || (sa.state === 'CONNECTING' && sa.isInitiator)),
    );
    if (!reusable) {
      call(this.core, config, child);
    } else if (child !== null) {
      queueOnce(this.core, reusable, child);
    }
  }

  initiateAll(name: string): void {
    const children = this.core.connections.get(name)?.children ?? [];
    for (const child of children.length > 0 ? children : [null]) this.initiate(name, child);
  }

  /** @throws Error if there is none */
  rekeyChild(id: string): void {
    const found = this.core.findChild((child) => child.id === id);
    if (!found) throw new Error('no matching SAs to rekey found');
    if (isLive(found.sa)) queue(this.core, found.sa, { type: 'rekey-child', key: found.child.key });
  }

  /** @throws Error if there is none */
  rekeyIke(id: string): void {
    queue(this.core, this.#live(id, 'rekey'), { type: 'rekey-ike' });
  }

  /** `rekey` with `reauth`. @throws Error if there is none */
  reauthenticate(id: string): void {
    reauthenticate(this.core, this.#live(id, 'rekey'));
  }

  /** @throws Error if there is none */
  terminateChild(id: string): void {
    const found = this.core.findChild((child) => child.id === id);
    if (!found) throw new Error('no matching SAs to terminate found');
    if (isLive(found.sa)) queue(this.core, found.sa, { type: 'delete-child', key: found.child.key });
  }

  #live(id: string, command: string): ModelIkeSa {
    const sa = this.core.sas.get(id);
    if (!sa || !isLive(sa)) throw new Error(`no matching SAs to ${command} found`);
    return sa;
  }

  /** Without `force`; `why` if not a sidecar asks. @throws Error if there is none */
  terminate(id: string, why?: Loss): void {
    const sa = this.core.sas.get(id);
    if (!sa) throw new Error('no matching SAs to terminate found');
    if (isLive(sa)) {
      queue(this.core, sa, { type: 'delete-ike', askedMs: this.core.nowMs, ...(why && { why }) });
    } else {
      // Not yet established ones are destroyed without notification, and a second terminate doesn't wait.
      this.core.watcher.trace(`destroys IKE_SA ${id} ${sa.initiatorSpi} in ${sa.state} without notification`);
      this.core.tellDeleted(sa);
      this.core.destroy(sa);
    }
  }
}

function queueOnce(core: CharonCore, sa: ModelIkeSa, name: string): void {
  const isQueued = sa.tasks.some((task) => task.type === 'create-child' && task.name === name);
  const isAsked = sa.open?.request.type === 'auth' && sa.open.request.child?.name === name;
  if (!isQueued && !isAsked) queue(core, sa, { type: 'create-child', name });
}

function connectionFacts(config: ConnectionConfig): ConnectionFacts {
  return {
    name: config.name,
    version: 'IKEv2',
    localAddresses: ['%any'],
    remoteAddresses: [config.remote],
    unique: `UNIQUE_${config.unique.toUpperCase()}`,
    dpdDelaySeconds: config.dpdMs / 1000,
    rekeySeconds: config.rekeyMs / 1000,
    reauthSeconds: config.reauthMs / 1000,
    children: config.children.map((name) => ({
      name,
      mode: 'TUNNEL',
      startAction: null,
      dpdAction: 'none',
      closeAction: 'none',
      rekeySeconds: config.childRekeyMs / 1000,
    })),
  };
}
