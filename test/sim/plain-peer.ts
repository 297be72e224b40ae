/**
 * How a gateway without afteryou comes to call: what its swanctl.conf says, traffic, and chance.
 */

import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { Address } from './ike-message.ts';
import type { PeerKind } from './options.ts';
import type { Scheduler } from './scheduler.ts';

/** A packet that finds no tunnel calls; the next one comes so much later. */
const ACQUIRE_MS = 3_000;

export class PlainPeer {
  readonly #host: Host;
  readonly #kind: PeerKind;
  readonly #connection: string;
  readonly #remote: Address;
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  #isArmed = false;

  constructor(
    host: Host,
    kind: PeerKind,
    connection: string,
    remote: Address,
    shared: { scheduler: Scheduler; dice: Dice },
  ) {
    this.#host = host;
    this.#kind = kind;
    this.#connection = connection;
    this.#remote = remote;
    this.#scheduler = shared.scheduler;
    this.#dice = shared.dice;
  }

  /** charon has its connections. */
  onStarted(): void {
    if (this.#kind === 'trap') this.look();
    else if (this.#kind !== 'responder' && this.#kind !== 'afteryou') this.call();
  }

  /** As `swanctl --initiate` would. */
  call(): void {
    const charon = this.#host.charon;
    if (charon?.core.connections.has(this.#connection)) charon.initiateAll(this.#connection);
  }

  /** A trap waits for packets as long as there is no tunnel. */
  look(): void {
    if (this.#kind !== 'trap' || this.#isArmed || !this.#lacksTunnel()) return;
    this.#isArmed = true;
    this.#scheduler.callIn(this.#dice.exponential(ACQUIRE_MS), () => {
      this.#isArmed = false;
      if (!this.#lacksTunnel()) return;
      this.call();
      this.look();
    });
  }

  #lacksTunnel(): boolean {
    const core = this.#host.charon?.core;
    const children = core?.connections.get(this.#connection)?.children ?? [];
    return core !== undefined && children.some((name) => core.outbound(this.#remote, name) === undefined);
  }
}
