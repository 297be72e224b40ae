/**
 * The network between hosts: delay, loss, duplication, reordering, and directions that are cut.
 *
 * Knows addresses and messages, nothing of what is in them.
 */

import type { Dice } from './dice.ts';
import type { Address, IkeMessage } from './ike-message.ts';
import type { Scheduler } from './scheduler.ts';

export interface NetworkTraits {
  /** One way. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Shares of all packets, 0..1. */
  readonly loss: number;
  readonly duplication: number;
  /** Share that comes up to `REORDERED_MS` late. */
  readonly reordering: number;
}

const REORDERED_MS = 250;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  readonly #traits: NetworkTraits;
  readonly #hosts = new Map<Address, (message: IkeMessage) => void>();
  readonly #cut = new Map<string, number>();
  #extraLoss = 0;
  #isPerfect = false;

  constructor(scheduler: Scheduler, dice: Dice, traits: NetworkTraits) {
    this.#scheduler = scheduler;
    this.#dice = dice;
    this.#traits = traits;
  }

  connect(address: Address, receive: (message: IkeMessage) => void): void {
    this.#hosts.set(address, receive);
  }

  /** From now on nothing is lost, doubled, late or cut. */
  becomePerfect(): void {
    this.#isPerfect = true;
    this.#cut.clear();
  }

  /** A burst: this share is lost on top of what is lost always. */
  setExtraLoss(share: number): void {
    this.#extraLoss = share;
  }

  /** Cuts one direction. Cutting it twice needs mending twice. */
  cut(from: Address, to: Address): void {
    const direction = `${from}>${to}`;
    this.#cut.set(direction, (this.#cut.get(direction) ?? 0) + 1);
  }

  mend(from: Address, to: Address): void {
    const direction = `${from}>${to}`;
    const left = (this.#cut.get(direction) ?? 0) - 1;
    if (left > 0) this.#cut.set(direction, left);
    else this.#cut.delete(direction);
  }

  /** True if a packet that is sent now gets there; for packets that carry nothing that the simulation looks at. */
  passes(from: Address, to: Address): boolean {
    return !this.#isLost(from, to);
  }

  send(message: IkeMessage): void {
    if (this.#isLost(message.from, message.to)) return;
    this.#deliver(message);
    if (!this.#isPerfect && this.#dice.chance(this.#traits.duplication)) this.#deliver(message);
  }

  #isLost(from: Address, to: Address): boolean {
    if (this.#isPerfect) return false;
    if (this.#cut.size > 0 && this.#cut.has(`${from}>${to}`)) return true;
    const loss = this.#traits.loss + this.#extraLoss;
    return loss > 0 && this.#dice.chance(loss);
  }

  #deliver(message: IkeMessage): void {
    const receive = this.#hosts.get(message.to);
    if (!receive) return;
    const { delayMs, jitterMs, reordering } = this.#traits;
    let inMs = delayMs + jitterMs * this.#dice.next();
    if (!this.#isPerfect && this.#dice.chance(reordering)) inMs += REORDERED_MS * this.#dice.next();
    this.#scheduler.callIn(inMs, () => receive(message));
  }
}
