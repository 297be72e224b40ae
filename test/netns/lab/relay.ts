/**
 * Driver of relay.py: the wire between the hosts with delay, loss, and a hand on single IKE packets.
 */

import { relayScript } from './checkout.ts';
import { run } from './command.ts';
import { type Host, type HostName, WAN } from './hosts.ts';
import { exchangeNumber, type IkeExchange } from './ike-exchange.ts';
import { ManagedProcess } from './managed-process.ts';
import { within } from './wait.ts';

export interface RelayOptions {
  /** One way, both ways the same. */
  readonly delayMs?: number;
  readonly lossPercent?: number;
  /** What chance is drawn from; printed into the evidence. */
  readonly seed?: number;
}

/** Which IKE packets a rule takes. */
export interface PacketChoice {
  readonly from?: HostName;
  readonly exchange?: IkeExchange;
  /** Of IKEv2; an IKEv1 packet is neither. */
  readonly message?: 'request' | 'response';
  /** How many; default all. */
  readonly count?: number;
}

const ANSWER_WITHIN_MS = 15_000;

export class Relay {
  readonly process: ManagedProcess;
  private readonly answers: string[];
  private readonly taken: Map<string, number>;
  private rules = 0;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(process: ManagedProcess, answers: string[], taken: Map<string, number>) {
    this.process = process;
    this.answers = answers;
    this.taken = taken;
  }

  static async start(
    first: Host,
    second: Host,
    options: RelayOptions,
    logFile: string,
    track: (process: ManagedProcess) => void,
  ): Promise<Relay> {
    const answers: string[] = [];
    const taken = new Map<string, number>();
    const seed = String(options.seed ?? 1);
    // The system's Python, as `scripts/install-packages` installs it, not one that a version manager puts first.
    const argv = first.inside(['/usr/bin/python3', relayScript(), first.name, second.name, seed]);
    const child = await ManagedProcess.start(argv, {
      logFile,
      onStdoutLine: (line) => {
        const [word, rule = '', count] = line.split(' ');
        if (word === 'took') taken.set(rule, Number(count));
        else answers.push(line);
      },
    });
    track(child);
    const relay = new Relay(child, answers, taken);
    await relay.answer();
    await run(['ip', '-n', first.netns, 'link', 'set', 'far0', 'netns', second.netns, 'name', WAN]);
    await relay.delay('any', options.delayMs ?? 0);
    await relay.loss('any', options.lossPercent ?? 0);
    return relay;
  }

  /** Delays what `from` sends by `ms`. */
  delay(from: HostName | 'any', ms: number): Promise<void> {
    return this.command(`delay ${from} ${ms}`);
  }

  /** Loses `percent` of what `from` sends; 100 cuts the wire in that direction. */
  loss(from: HostName | 'any', percent: number): Promise<void> {
    return this.command(`loss ${from} ${percent}`);
  }

  /** Keeps back what is chosen, until the rule is released. The oldest rule that fits a packet takes it. */
  hold(choice: PacketChoice): Promise<RelayRule> {
    return this.rule('hold', choice);
  }

  /** Loses what is chosen. */
  drop(choice: PacketChoice): Promise<RelayRule> {
    return this.rule('drop', choice);
  }

  /** How many packets the rule named `id` has taken. */
  takenBy(id: string): number {
    return this.taken.get(id) ?? 0;
  }

  /** Sends one command and waits for its answer; commands take turns. */
  command(line: string): Promise<void> {
    const done = this.turn.then(async () => {
      this.process.write(`${line}\n`);
      const answer = await this.answer();
      if (answer !== 'ok') throw new Error(`relay: ${answer}`);
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async rule(action: 'hold' | 'drop', choice: PacketChoice): Promise<RelayRule> {
    this.rules += 1;
    const id = `${action}${this.rules}`;
    const exchange = choice.exchange === undefined ? 'any' : exchangeNumber(choice.exchange);
    const message = choice.message ?? 'any';
    await this.command(
      `${action} ${id} ${choice.from ?? 'any'} ${exchange} ${message} ${choice.count ?? 'all'}`,
    );
    return new RelayRule(this, id);
  }

  private answer(): Promise<string> {
    return within(
      ANSWER_WITHIN_MS,
      'an answer from the relay',
      () => {
        if (!this.process.isRunning) throw new Error('the relay has ended: see relay.log');
        return this.answers.shift();
      },
      { pollMs: 2 },
    );
  }
}

/** A rule at work in a relay. */
export class RelayRule {
  readonly id: string;
  private readonly relay: Relay;

  constructor(relay: Relay, id: string) {
    this.relay = relay;
    this.id = id;
  }

  /** How many packets it has held or dropped so far. */
  get taken(): number {
    return this.relay.takenBy(this.id);
  }

  /** Waits until it has taken `count` packets. */
  async took(count: number, ms: number): Promise<void> {
    await within(ms, `${this.id} took ${count} packets`, (saw) => saw(this.taken) >= count);
  }

  /** Ends the rule and lets go on, at once and in order, what it held. */
  release(): Promise<void> {
    return this.relay.command(`release ${this.id}`);
  }

  /** Ends the rule; what it held is lost. */
  remove(): Promise<void> {
    return this.relay.command(`remove ${this.id}`);
  }
}
