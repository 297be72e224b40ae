/**
 * The truth about one pair of gateways, seen from above: is there a tunnel at both ends, the same one; was there
 * ever a moment without, although nobody failed; does an end send into nothing.
 *
 * Knows the charons' lists and which faults were made; nothing of what any sidecar believes.
 */

import type { FailureClass } from './failure.ts';
import type { Host } from './host.ts';
import { isLive, isPassing, type Loss, type ModelIkeSa } from './ike-sa.ts';
import type { Scheduler } from './scheduler.ts';

export interface PairTraits {
  readonly children: readonly string[];
  /** Packets can be lost without a fault that is told to `fault`. */
  readonly isLossy: boolean;
  /** `unique=replace` at the peer. */
  readonly isReplacing: boolean;
  /** `collision: immediate` somewhere: it may leave an IKE_SA at one end only, as documented. */
  readonly isImmediate: boolean;
  /** Also what is known and written down as not prevented counts as a failure. */
  readonly isStrict: boolean;
  /** No hold: CHILD_SAs are rekeyed that aren't up at the peer yet. */
  readonly isHeld: boolean;
  /** The longest that an end may send into nothing without loss: a round trip and some work. */
  readonly blackholeMsMax: number;
}

/** A replace peer deletes its duplicate 10 s after it came up. */
const REPLACED_MS = 11_000;

export type Fail = (failureClass: FailureClass, what: string) => void;

export class PairWatch {
  readonly left: Host;
  readonly right: Host;
  readonly #traits: PairTraits;
  readonly #scheduler: Scheduler;
  readonly #fail: Fail;
  /** A fault lasts, so many times. */
  #ongoing = 0;
  /** A fault was made and its consequences aren't over. */
  #isTainted = true;
  #hadTunnel = false;
  #blackholeTimer: (() => void) | null = null;

  constructor(left: Host, right: Host, traits: PairTraits, scheduler: Scheduler, fail: Fail) {
    this.left = left;
    this.right = right;
    this.#traits = traits;
    this.#scheduler = scheduler;
    this.#fail = fail;
  }

  /** Something was done to one of them, or to the network between them, that no rule can make good. */
  fault(): void {
    this.#isTainted = true;
    this.#calm();
  }

  begin(): void {
    this.#ongoing += 1;
    this.fault();
  }

  end(): void {
    this.#ongoing -= 1;
    this.look();
  }

  lost(loss: Loss): void {
    const { isLossy, isStrict } = this.#traits;
    // A replace peer that loses packets may end its own while the answer to the other one is still being lost.
    const isBlameless = loss === 'replaced' ? !isLossy : (loss === 'put-off' || loss === 'raced') && isStrict;
    if (isBlameless) return;
    this.fault();
    if (!this.#traits.isReplacing) return;
    // What a replace peer has planned comes later, whatever has gone meanwhile.
    this.begin();
    this.#scheduler.callIn(REPLACED_MS, () => this.end());
  }

  /** To be called after every change of what is established or installed at either end. */
  look(): void {
    const left = this.#live(this.left, this.right);
    const right = this.#live(this.right, this.left);
    const hasTunnel = this.#hasTunnel(left, right);
    if (this.#isTainted) {
      const isSettled = this.#ongoing === 0 && hasTunnel && isSame(left, right, true);
      if (isSettled && this.#isQuiet()) this.#isTainted = false;
    } else if (this.#hadTunnel && !hasTunnel && !this.#mayLapse) {
      this.#fail(
        'safety',
        `gap: no tunnel between ${this.left.address} and ${this.right.address}, nobody failed`,
      );
    }
    this.#hadTunnel = hasTunnel;
    this.#watchBlackhole();
  }

  /** What is wrong with the final state; empty if there is exactly one tunnel, the same at both ends. */
  unsettled(): string[] {
    const left = this.#live(this.left, this.right);
    const right = this.#live(this.right, this.left);
    const calls = [...this.#calls(this.left, this.right), ...this.#calls(this.right, this.left)];
    const { children } = this.#traits;
    return [
      ...(left.length === 1 && right.length === 1
        ? []
        : [`${left.length} IKE_SAs at ${this.left.address}, ${right.length} at ${this.right.address}`]),
      ...(isSame(left, right, children.length === 1) ? [] : ['not the same at both ends']),
      ...(this.#hasTunnel(left, right) ? [] : ['children are missing']),
      // Of several children each end may ask for the second while the other does: charon then makes both.
      ...(children.length > 1 || left.every((sa) => sa.children.filter(isPassing).length === children.length)
        ? []
        : [`not ${children.length} CHILD_SA`]),
      ...(calls.length > 0 ? [`${calls.length} calls under way`] : []),
    ];
  }

  /**
   * Where no rule prevents a moment without: `collision: immediate`; and several children, of which some may be missing
   * at one end while packets are lost or right after a crossing, or on the IKE_SA that a `replace` peer leaves over.
   */
  get #mayLapse(): boolean {
    const { children, isLossy, isReplacing, isImmediate, isHeld, isStrict } = this.#traits;
    if (isStrict) return false;
    return isImmediate || (children.length > 1 && (isLossy || isReplacing || !isHeld));
  }

  #live(at: Host, towards: Host): ModelIkeSa[] {
    return at.charon?.core.liveWith(towards.address) ?? [];
  }

  #calls(at: Host, towards: Host): ModelIkeSa[] {
    const sas = at.charon?.sas ?? [];
    return sas.filter((sa) => sa.remote === towards.address && sa.state === 'CONNECTING' && sa.isInitiator);
  }

  /** Nothing comes up or goes at either end; a DELETE or an answer on its way would be a consequence of the fault. */
  #isQuiet(): boolean {
    const isMoving = (at: Host, towards: Host): boolean =>
      at.charon?.sas.some((sa) => sa.remote === towards.address && sa.connection !== null && !isLive(sa)) ??
      false;
    return !isMoving(this.left, this.right) && !isMoving(this.right, this.left);
  }

  #hasTunnel(left: readonly ModelIkeSa[], right: readonly ModelIkeSa[]): boolean {
    const { children } = this.#traits;
    if (left.length === 0 || right.length === 0) return false;
    if (children.length === 0) return left.some((sa) => right.some((one) => nameOf(one) === nameOf(sa)));
    return children.every((name) =>
      left.some((sa) =>
        // A rekeyed one still receives, until it is deleted.
        sa.children.some((child) => child.name === name && right.some((one) => hasKey(one, child.key))),
      ),
    );
  }

  /** An end's packets take a CHILD_SA that the other end doesn't have. */
  #watchBlackhole(): void {
    const { isLossy, isImmediate, isHeld, isStrict, children } = this.#traits;
    if (isLossy || (!isStrict && (isImmediate || (children.length > 1 && !isHeld)))) return;
    const isBad = !this.#isTainted && this.#sendsIntoNothing();
    if (!isBad) this.#calm();
    else {
      this.#blackholeTimer ??= this.#scheduler.callIn(this.#traits.blackholeMsMax, () => {
        this.#blackholeTimer = null;
        if (this.#isTainted || !this.#sendsIntoNothing()) return;
        const { address } = this.left;
        this.#fail(
          'safety',
          `blackhole: ${address} or ${this.right.address} sends into nothing, nobody failed`,
        );
      });
    }
  }

  #sendsIntoNothing(): boolean {
    return this.#traits.children.some((name) => {
      return this.#isUnheard(name, this.left, this.right) || this.#isUnheard(name, this.right, this.left);
    });
  }

  #isUnheard(name: string, from: Host, to: Host): boolean {
    const child = from.charon?.core.outbound(to.address, name);
    return child !== undefined && !this.#live(to, from).some((sa) => hasKey(sa, child.key));
  }

  #calm(): void {
    this.#blackholeTimer?.();
    this.#blackholeTimer = null;
  }
}

function nameOf({ initiatorSpi, responderSpi }: ModelIkeSa): string {
  return initiatorSpi + responderSpi;
}

function hasKey(sa: ModelIkeSa, key: string): boolean {
  return sa.children.some((child) => child.key === key);
}

/** The same IKE_SAs, with the same CHILD_SAs if they are to be looked at. */
function isSame(left: readonly ModelIkeSa[], right: readonly ModelIkeSa[], withChildren: boolean): boolean {
  if (left.length !== right.length) return false;
  return left.every((sa) => {
    const other = right.find((one) => nameOf(one) === nameOf(sa));
    const children = sa.children.filter(isPassing);
    return (
      other !== undefined &&
      (!withChildren ||
        (other.children.filter(isPassing).length === children.length &&
          children.every(({ key }) => hasKey(other, key))))
    );
  });
}
