/**
 * Packets through CHILD_SAs: the first that gets through a new one proves it at the other end (`packets-in`).
 *
 * Only that first one matters to anybody, so only it is simulated.
 */

import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { ModelChild } from './ike-sa.ts';
import type { Network } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** After so many packets in vain nobody sends any more. */
const PACKETS_MAX = 20;

export class Traffic {
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  readonly #network: Network;

  constructor(scheduler: Scheduler, dice: Dice, network: Network) {
    this.#scheduler = scheduler;
    this.#dice = dice;
    this.#network = network;
  }

  /** `from` has installed a CHILD_SA towards `to`; packets for it come `meanMs` apart. */
  begin(from: Host, to: Host, child: ModelChild, meanMs: number): void {
    this.#send(from, to, child, meanMs, PACKETS_MAX);
  }

  #send(from: Host, to: Host, child: ModelChild, meanMs: number, left: number): void {
    this.#scheduler.callIn(this.#dice.exponential(meanMs), () => {
      const newest = from.charon?.core.outbound(to.address, child.name);
      if (newest?.key !== child.key) return;
      const received = this.#network.passes(from.address, to.address)
        ? to.charon?.core.findChild(({ key }) => key === child.key)
        : undefined;
      if (received) received.child.packetsIn += 1;
      else if (left > 1) this.#send(from, to, child, meanMs, left - 1);
    });
  }
}
