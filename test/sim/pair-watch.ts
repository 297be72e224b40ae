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
  /** Both ends send through each CHILD_SA. */
  readonly hasTraffic: boolean;
  /** Packets can be lost without a fault that is told to `fault`. */
  readonly isLossy: boolean;
  /** `unique=replace` at the peer. */
  readonly isReplacing: boolean;
  /** `collision: immediate` somewhere: it may leave an IKE_SA at one end only, as documented. */
  readonly isImmediate: boolean;
  /** Also what is known and written down as not prevented counts as a failure. */
  readonly isStrict: boolean;
  /** How long a child may be missing that only the IKE_SA had which a `replace` peer deletes; Infinity: no promise. */
  readonly tornMsMax: () => number;
  /** The longest that an end may send into nothing without loss: a round trip and some work. */
  readonly blackholeMsMax: number;
}

/** A replace peer deletes its duplicate 10 s after it came up. */
const REPLACED_MS = 11_000;

/** charon has asked so many times when 50 s have passed, after which R9 counts on it that an answer has come through. */
const TRIES_BY_THEN = 5;

/** By then an IKE_AUTH whose sender has dropped its IKE_SA has come in at the other end. */
const RACED_MS = 5_000;

/** By then a terminate has reached charon, or is too old to be sent (R8: half of settle-grace). */
const DECIDED_MS = 2_000;

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
    const isKnown = loss === 'raced' || loss === 'replaced-late';
    const isBlamed = loss === 'put-off' || (loss === 'replaced' && !isLossy) || (isKnown && isStrict);
    if (isBlamed) return;
    this.fault();
    // What a replace peer has planned comes later, whatever has gone meanwhile.
    if (this.#traits.isReplacing) this.#lasts(REPLACED_MS);
    // The other end doesn't have it yet.
    else if (loss === 'raced') this.#lasts(RACED_MS);
    // A terminate that was decided before may be on its way to charon.
    else if (loss === 'operator') this.#lasts(DECIDED_MS);
  }

  #lasts(ms: number): void {
    this.begin();
    this.#scheduler.callIn(ms, () => this.end());
  }

  /** To be called after every change of what is established or installed at either end. */
  look(): void {
    const left = this.#live(this.left, this.right);
    const right = this.#live(this.right, this.left);
    const hasTunnel = this.#hasTunnel(left, right);
    if (this.#isTainted) {
      const isSettled = this.#ongoing === 0 && hasTunnel && isSame(left, right, true);
      if (isSettled && this.#isQuiet()) this.#isTainted = false;
    } else if (this.#hadTunnel && !hasTunnel) {
      this.#gap(this.#lapseMsMax(left.length > 0 && right.length > 0));
    }
    this.#hadTunnel = hasTunnel;
    this.#watchBlackhole();
  }

  /** What is wrong with the final state; empty if there is exactly one tunnel, the same at both ends. */
  unsettled(): string[] {
    const { isImmediate, isStrict } = this.#traits;
    const [atLeft, atRight] = [this.#live(this.left, this.right), this.#live(this.right, this.left)];
    // What `collision: immediate` leaves at one end goes by dead peer detection.
    const isLeft = (sa: ModelIkeSa, others: readonly ModelIkeSa[]): boolean =>
      isImmediate && !isStrict && !others.some((one) => nameOf(one) === nameOf(sa));
    const left = atLeft.filter((sa) => !isLeft(sa, atRight));
    const right = atRight.filter((sa) => !isLeft(sa, atLeft));
    const calls = [...this.#calls(this.left, this.right), ...this.#calls(this.right, this.left)];
    const { children } = this.#traits;
    return [
      ...(left.length === 1 && right.length === 1
        ? []
        : [`${left.length} IKE_SAs at ${this.left.address}, ${right.length} at ${this.right.address}`]),
      ...(isSame(left, right, children.length === 1) ? [] : ['not the same at both ends']),
      ...(this.#hasTunnel(left, right) ? [] : ['children are missing']),
      ...(left.every((sa) => this.#isOneOfEach(sa)) ? [] : [`not ${children.length} CHILD_SA`]),
      ...(calls.length > 0 ? [`${calls.length} calls under way`] : []),
    ];
  }

  /** Of two that do the same one goes if the peer sends through the other one (R9), which it need not. */
  #isOneOfEach(sa: ModelIkeSa): boolean {
    const { children, hasTraffic, isStrict } = this.#traits;
    const count = sa.children.filter(isPassing).length;
    return isStrict && hasTraffic ? count === children.length : count >= children.length;
  }

  #gap(lapseMs: number): void {
    if (lapseMs === Number.POSITIVE_INFINITY) return;
    const tell = (): void => {
      this.#fail(
        'safety',
        `gap: no tunnel between ${this.left.address} and ${this.right.address}, nobody failed`,
      );
    };
    if (lapseMs === 0) tell();
    else {
      this.#scheduler.callIn(lapseMs, () => {
        const isMissing = !this.#isTainted && !this.#hadTunnel;
        if (isMissing && this.#lapseMsMax(true) !== Number.POSITIVE_INFINITY) tell();
      });
    }
  }

  /**
   * Where no rule prevents a moment without: `collision: immediate`; and several children, when a `replace` peer deletes
   * the IKE_SA that had some of them alone. The one that is left is completed at once (R11). And when the answer to the request
   * for a CHILD_SA has been lost so many times in a row that R9 no longer waits for it.
   */
  #lapseMsMax(isUp: boolean): number {
    const { children, isLossy, isReplacing, isImmediate, isStrict, tornMsMax } = this.#traits;
    if (isImmediate) return isStrict ? 0 : Number.POSITIVE_INFINITY;
    if (isLossy && !isStrict && this.#isAskingInVain()) return Number.POSITIVE_INFINITY;
    if (!isUp || children.length < 2 || !isReplacing) return 0;
    if (isLossy) return isStrict ? 0 : Number.POSITIVE_INFINITY;
    return tornMsMax();
  }

  #isAskingInVain(): boolean {
    return [...this.#live(this.left, this.right), ...this.#live(this.right, this.left)].some(
      ({ open }) => open?.request.type === 'create-child' && open.tries >= TRIES_BY_THEN,
    );
  }

  #live(at: Host, towards: Host): ModelIkeSa[] {
    return at.charon?.core.liveWith(towards.address) ?? [];
  }

  #calls(at: Host, towards: Host): ModelIkeSa[] {
    const sas = at.charon?.sas ?? [];
    return sas.filter((sa) => sa.remote === towards.address && sa.state === 'CONNECTING' && sa.isInitiator);
  }

  /**
   * Nothing comes up or goes at either end, and nothing that was sent got lost: a DELETE or an answer on its way would be a
   * consequence of the fault.
   */
  #isQuiet(): boolean {
    const isMoving = (at: Host, towards: Host): boolean =>
      at.charon?.sas.some(
        (sa) =>
          sa.remote === towards.address &&
          sa.connection !== null &&
          (!isLive(sa) || (sa.open?.tries ?? 0) > 1),
      ) ?? false;
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
    const { isLossy, isImmediate, isStrict } = this.#traits;
    if (isLossy || (!isStrict && isImmediate)) return;
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
