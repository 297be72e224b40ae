/**
 * Numbers in place of data: each different state of an end, and each different message, has one, and what happens
 * to a state is worked out once, however often it is met beside other states of the other end.
 */

import { later, untilTimerMs } from './clock.ts';
import type { EndModel, Input, Outcome } from './end.ts';
import { type End, isUp, type Message } from './world.ts';

/** What the search wants to know of a state of an end. */
export interface Seen {
  readonly end: End;
  readonly inputs: readonly Input[];
  readonly untilTimerMs: number;
  /** Tunnels that are up here. */
  readonly tunnels: readonly string[];
  /** Nothing is under way: only dead peer detection goes on. */
  readonly isCalm: boolean;
}

/** What comes of an input: the number of the end after it, and those of what it sends. */
export interface Move {
  readonly after: number;
  readonly sent: readonly number[];
  readonly broken: readonly string[];
}

export class Interned<T> {
  private readonly numbers = new Map<string, number>();
  readonly values: T[] = [];

  of(value: T): number {
    const text = JSON.stringify(value);
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }

  /** @throws Error if there is no such number */
  get(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new Error(`no ${number}`);
    return value;
  }
}

/** All states of one end that are met. */
export class EndStates {
  private readonly model: EndModel;
  private readonly messages: Interned<Message>;
  private readonly states = new Interned<End>();
  private readonly seen: Seen[] = [];
  private readonly moves = new Map<string, Move>();
  private readonly laters = new Map<string, number>();

  constructor(model: EndModel, messages: Interned<Message>) {
    this.model = model;
    this.messages = messages;
  }

  get count(): number {
    return this.states.values.length;
  }

  begin(): Move {
    return this.moveOf(this.model.begin());
  }

  get(number: number): Seen {
    const known = this.seen[number];
    if (known) return known;
    const look = this.look(this.states.get(number));
    this.seen[number] = look;
    return look;
  }

  happen(number: number, input: Input, message?: number): Move {
    const key = `${number} ${message ?? JSON.stringify(input)}`;
    let move = this.moves.get(key);
    if (!move) {
      move = this.moveOf(this.model.happen(this.states.get(number), input));
      this.moves.set(key, move);
    }
    return move;
  }

  later(number: number, byMs: number): number {
    if (byMs === 0) return number;
    const key = `${number} ${byMs}`;
    let after = this.laters.get(key);
    if (after === undefined) {
      after = this.states.of(later(this.states.get(number), byMs));
      this.laters.set(key, after);
    }
    return after;
  }

  private moveOf({ end, sent, broken }: Outcome): Move {
    return { after: this.states.of(end), sent: sent.map((message) => this.messages.of(message)), broken };
  }

  private look(end: End): Seen {
    const { sas } = end.charon;
    const inputs = this.model.inputs(end);
    const isQuiet = sas.every((sa) => sa.state === 'ESTABLISHED' && !sa.request && sa.deleteMs === null);
    return {
      end,
      inputs,
      untilTimerMs: untilTimerMs(end),
      tunnels: sas.filter(isUp).map((sa) => sa.tunnel),
      isCalm: isQuiet && inputs.length === 0 && (end.policy?.wakeMs ?? null) === null,
    };
  }
}
