/**
 * What can happen next at one moment of a run, and what must hold there.
 */

import type { EndModel, Input } from './end.ts';
import { EndStates, Interned, type Move, type Seen } from './interned.ts';
import { labelOfInput, labelOfMessage } from './labels.ts';
import { type Flight, older, type Place, sorted } from './place.ts';
import type { Plan } from './plan.ts';
import { type Message, SIDES, type Side } from './world.ts';

export interface Next {
  readonly label: string;
  readonly place: Place;
  readonly broken: readonly string[];
}

/** In a prompt end the order of what VICI brings and what charon does; else any. */
const PROMPT_ORDER: readonly Input['type'][] = [
  'news',
  'answer',
  'command',
  'turn',
  'timer',
  'wake',
  'reconcile',
];

export class Successors {
  private readonly plan: Plan;
  private readonly messages = new Interned<Message>();
  private readonly ends: readonly [EndStates, EndStates];

  constructor(plan: Plan, models: readonly [EndModel, EndModel]) {
    this.plan = plan;
    this.ends = [new EndStates(models[0], this.messages), new EndStates(models[1], this.messages)];
  }

  begin(): Place {
    const [left, right] = [this.ends[0].begin(), this.ends[1].begin()];
    const { losses, lags, restartsMax, rekeyingsMax } = this.plan;
    return {
      left: left.after,
      right: right.after,
      net: sorted([...left.sent, ...right.sent].map((message) => ({ message, ageMs: 0 }))),
      elapsedMs: 0,
      troubleMs: 0,
      isArmed: false,
      losses,
      lags,
      restarts: restartsMax,
      rekeyings: rekeyingsMax,
    };
  }

  counts(): [number, number] {
    return [this.ends[0].count, this.ends[1].count];
  }

  of(place: Place): Next[] {
    const [left, right] = this.seen(place);
    if (this.isEnd(place, left, right)) return [];
    const local = this.ofEnds(place);
    if (this.plan.isPrompt && local.length > 0) return [...local.slice(0, 1), ...this.ofMishaps(place)];
    const next = [...local, ...this.ofNetwork(place), ...this.ofMishaps(place), ...this.ofDelay(place)];
    return [...next, ...(local.length === 0 ? this.ofTime(place) : [])];
  }

  /** What is wrong here, or null. */
  violation(place: Place): string | null {
    const [left, right] = this.seen(place);
    const isEmptyWrong = place.isArmed && !this.plan.mayBeEmpty;
    if (isEmptyWrong && this.shared(left, right).length === 0) return 'no tunnel any more';
    if (place.elapsedMs - place.troubleMs > this.plan.boundMs) {
      return `not one tunnel ${this.plan.boundMs} ms after the last trouble`;
    }
    return null;
  }

  /** Who started the IKE_SA that is left, and whether the other had called, too. */
  outcomeOf(place: Place): string {
    const [left, right] = this.seen(place);
    const isOfLeft = left.tunnels[0]?.startsWith(this.plan.ends[0].spiPrefix) ?? false;
    const collided = [left, right].some(({ end }) => (end.policy?.counters.collisions ?? 0) > 0);
    return `${isOfLeft ? 'left' : 'right'}${collided ? ' after a collision' : ''}`;
  }

  private seen(place: Place): [Seen, Seen] {
    return [this.ends[0].get(place.left), this.ends[1].get(place.right)];
  }

  private shared(left: Seen, right: Seen): string[] {
    return left.tunnels.filter((tunnel) => right.tunnels.includes(tunnel));
  }

  /** One and the same IKE_SA at both ends, both call it up, and nothing is under way. */
  private isEnd(place: Place, left: Seen, right: Seen): boolean {
    if (place.net.length > 0 || !left.isCalm || !right.isCalm) return false;
    const [ofLeft, ofRight] = [left.end.charon.sas, right.end.charon.sas];
    const isOne = ofLeft.length === 1 && ofRight.length === 1 && ofLeft[0]?.spi === ofRight[0]?.spi;
    return isOne && [left, right].every(({ end }) => (end.policy?.name ?? 'up') === 'up');
  }

  private ofEnds(place: Place): Next[] {
    const next: Next[] = [];
    const seen = this.seen(place);
    for (const side of SIDES) {
      const { inputs } = seen[side];
      const order = this.plan.isPrompt ? PROMPT_ORDER : [];
      for (const input of [...inputs].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))) {
        next.push(this.move(place, side, input, labelOfInput(side, input, seen[side].end)));
      }
    }
    return next;
  }

  private ofNetwork(place: Place): Next[] {
    const next: Next[] = [];
    place.net.forEach(({ message: number, ageMs }, index) => {
      const before = place.net[index - 1];
      if (before?.message === number && before.ageMs === ageMs) return;
      const message = this.messages.get(number);
      const without = { ...place, net: place.net.filter((_, other) => other !== index) };
      const label = labelOfMessage(message);
      const input = { type: 'message', message } as const;
      next.push(this.move(without, message.to, input, `${label} arrives`, number));
      if (place.losses > 0) {
        const lost = { ...without, losses: place.losses - 1, troubleMs: place.elapsedMs };
        next.push({ label: `${label} is LOST`, place: lost, broken: [] });
      }
    });
    return next;
  }

  /** Restarts and rekeyings. */
  private ofMishaps(place: Place): Next[] {
    const next: Next[] = [];
    const { elapsedMs } = place;
    for (const { side, restart } of place.restarts > 0 ? this.plan.restarts : []) {
      const isOfCharon = restart.startsWith('charon');
      const isArmed = place.isArmed && !isOfCharon;
      const begun = { ...place, restarts: place.restarts - 1, troubleMs: elapsedMs, isArmed };
      const input = { type: 'restart', restart } as const;
      next.push(this.move(begun, side, input, `${nameOf(side)}: ${restart} RESTARTS`));
    }
    for (const side of place.rekeyings > 0 ? this.plan.rekeyers : []) {
      for (const { id, state } of this.seen(place)[side].end.charon.sas) {
        if (state !== 'ESTABLISHED') continue;
        const begun = { ...place, rekeyings: place.rekeyings - 1, troubleMs: elapsedMs };
        next.push(
          this.move(begun, side, { type: 'rekey-ike', id }, `${nameOf(side)}: charon REKEYS IKE_SA ${id}`),
        );
      }
    }
    return next;
  }

  /** Time passes to the next timer, if nothing that is on its way gets too old. */
  private ofTime(place: Place): Next[] {
    const [left, right] = this.seen(place);
    const byMs = Math.min(left.untilTimerMs, right.untilTimerMs);
    if (byMs === Infinity) {
      if (place.net.length > 0) return [];
      return [{ label: 'nothing', place, broken: ['nothing can happen any more, and it is not one tunnel'] }];
    }
    return this.isTooLong(place, byMs) ? [] : [this.after(place, byMs)];
  }

  /** Time passes while something waits on the network or at an end. */
  private ofDelay(place: Place): Next[] {
    const { lagMs } = this.plan;
    const [left, right] = this.seen(place);
    const isWaiting = place.net.length > 0 || left.inputs.length + right.inputs.length > 0;
    if (place.lags === 0 || !isWaiting || this.isTooLong(place, lagMs)) return [];
    const untilMs = Math.min(...[left, right].map((one) => one.untilTimerMs).filter((ms) => ms > 0));
    return [this.after({ ...place, lags: place.lags - 1 }, Math.min(lagMs, untilMs))];
  }

  private isTooLong(place: Place, byMs: number): boolean {
    return place.net.some(({ ageMs }) => ageMs + byMs > this.plan.flightMs);
  }

  private after(place: Place, byMs: number): Next {
    const elapsedMs = place.elapsedMs + byMs;
    const later = {
      ...place,
      elapsedMs,
      left: this.ends[0].later(place.left, byMs),
      right: this.ends[1].later(place.right, byMs),
      net: older(place.net, byMs),
    };
    return { label: `-- ${(elapsedMs / 1000).toFixed(3)} s`, place: later, broken: [] };
  }

  private move(place: Place, side: Side, input: Input, label: string, message?: number): Next {
    const before = side === 0 ? place.left : place.right;
    const move: Move = this.ends[side].happen(before, input, message);
    const sent: Flight[] = move.sent.map((number) => ({ message: number, ageMs: 0 }));
    const after: Place = {
      ...place,
      ...(side === 0 ? { left: move.after } : { right: move.after }),
      net: sent.length === 0 ? place.net : sorted([...place.net, ...sent]),
    };
    const [left, right] = this.seen(after);
    const isArmed = place.isArmed || this.shared(left, right).length > 0;
    return { label, place: isArmed === after.isArmed ? after : { ...after, isArmed }, broken: move.broken };
  }
}

function nameOf(side: Side): string {
  return side === 0 ? 'left' : 'right';
}
