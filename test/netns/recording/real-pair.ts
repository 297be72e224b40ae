/**
 * Two real charons in a lab, with a relay between them, as a pair that can be put through a scenario.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { ViciError } from '../../../src/vici/errors.ts';
import type { EventView, IkeSaView, LogView } from '../../sim/calibration/names.ts';
import type { Pair } from '../../sim/calibration/play.ts';
import {
  type Action,
  type EndName,
  type EndSetup,
  HALF_OPEN_MS,
  otherEnd,
  RETRANSMISSION,
  type Scenario,
} from '../../sim/calibration/script.ts';
import type { Charon } from '../lab/charon.ts';
import { type Connection, connectionBetween } from '../lab/connection.ts';
import type { IkeExchange } from '../lab/ike-exchange.ts';
import type { Lab } from '../lab/lab.ts';
import type { RelayRule } from '../lab/relay.ts';
import { merge, type Settings } from '../lab/settings-text.ts';
import { streamSas, withSession } from '../lab/vici-calls.ts';
import { EventTap } from './event-tap.ts';
import { readIkeSa } from './read-sas.ts';

interface End {
  readonly charon: Charon;
  readonly connections: readonly Connection[];
  tap: EventTap | null;
}

const SECOND_PORT = 5_000;
/** By number: a small root tree may not know the name. */
const UDP = 17;

export class RealPair implements Pair {
  readonly #lab: Lab;
  readonly #ends: Readonly<Record<EndName, End>>;
  readonly #rules = new Map<string, RelayRule>();
  #beganMs = performance.now();

  private constructor(lab: Lab, ends: Readonly<Record<EndName, End>>) {
    this.#lab = lab;
    this.#ends = ends;
  }

  /** Starts both, in a lab with a relay. `root`: the tree that both are taken from. */
  static async start(lab: Lab, scenario: Scenario, root: string | null): Promise<RealPair> {
    const begin = async (name: EndName): Promise<End> => {
      const setup = scenario[name];
      const charon = await lab.charon(lab[name], { settings: charonSettings(setup), root });
      const connections = setup.refuses === 'connection' ? [] : [connection(lab, name, setup)];
      await charon.load(connections);
      return { charon, connections, tap: await EventTap.start(charon.viciSocket, name) };
    };
    const [moon, sun] = await Promise.all([begin('moon'), begin('sun')]);
    return new RealPair(lab, { moon, sun });
  }

  /** Where the charon of moon speaks VICI. */
  get socket(): string {
    return this.#ends.moon.charon.viciSocket;
  }

  /** From now on time counts. */
  begin(): void {
    this.#beganMs = performance.now();
  }

  async perform({ end, verb, words }: Action, target: string): Promise<string | null> {
    const { charon, connections } = this.#ends[end];
    const [first = '', second = ''] = words;
    const { relay } = this.#lab;
    switch (verb) {
      case 'initiates':
        return this.#command(charon, 'initiate', { ike: otherEnd(end), child: first, timeout: -1 });
      case 'terminates':
        return this.#command(charon, 'terminate', { ...(await this.#select(end, target)), timeout: -1 });
      case 'rekeys':
        return this.#command(charon, 'rekey', await this.#select(end, target));
      case 'reauthenticates':
        return this.#command(charon, 'rekey', { ...(await this.#select(end, target)), reauth: true });
      case 'dies':
      case 'stops':
        await charon.stop(verb === 'dies' ? 'SIGKILL' : 'SIGTERM');
        return null;
      case 'starts': {
        const before = this.#ends[end].tap;
        await charon.start();
        await charon.load(connections);
        this.#ends[end].tap = await EventTap.start(charon.viciSocket, end, before);
        return null;
      }
      case 'pings':
        await this.#ping(end);
        return null;
      case 'loses':
      case 'passes':
        await relay.loss(end, verb === 'loses' ? 100 : 0);
        return null;
      case 'holds':
        this.#rules.set(
          `${end} ${first} ${second}`,
          await relay.hold({ from: end, exchange: first as IkeExchange, message: second as 'request' }),
        );
        return null;
      case 'releases':
        await this.#rules.get(`${end} ${first} ${second}`)?.release();
        return null;
      default:
        throw new Error(`nobody knows how to "${verb}"`);
    }
  }

  async run(forMs: number): Promise<void> {
    await sleep(Math.max(0, this.#beganMs + forMs - performance.now()));
    this.#beganMs = performance.now();
  }

  async list(end: EndName): Promise<IkeSaView[]> {
    const { charon } = this.#ends[end];
    if (!this.#isRunning(end)) return [];
    return (await streamSas(charon.viciSocket)).flatMap((message) =>
      message.sections().map((section) => readIkeSa(end, section)),
    );
  }

  takeEvents(end: EndName): readonly EventView[] {
    return this.#ends[end].tap?.takeEvents() ?? [];
  }

  takeLog(end: EndName): readonly LogView[] {
    return this.#ends[end].tap?.takeLog() ?? [];
  }

  #isRunning(end: EndName): boolean {
    return this.#ends[end].tap?.isOpen ?? false;
  }

  async #command(
    charon: Charon,
    command: string,
    message: Readonly<Record<string, string | number | boolean>>,
  ): Promise<string | null> {
    try {
      await withSession(charon.viciSocket, (session) => session.request(command, message));
      return null;
    } catch (error) {
      if (error instanceof ViciError && error.code === 'VICI_COMMAND_FAILED') return error.message;
      throw error;
    }
  }

  /** The SA with this SPI, key or id at this end, in the words of a command. */
  async #select(end: EndName, target: string): Promise<Readonly<Record<string, string>>> {
    for (const sa of await this.list(end)) {
      if (sa.spi === target) return { 'ike-id': sa.id };
      const child = sa.children.find(({ key }) => key === target);
      if (child) return { 'child-id': child.id };
    }
    return { 'ike-id': target };
  }

  async #ping(end: EndName): Promise<void> {
    const pinger = await this.#lab.ping(this.#lab[end], {
      source: this.#lab[end].ipv4.inner,
      destination: this.#lab[otherEnd(end)].ipv4.inner,
    });
    await sleep(PING_MS);
    await pinger.stop();
  }
}

const PING_MS = 300;

function charonSettings({ makesBeforeBreak = false, reusesIkeSa = true }: EndSetup): Settings {
  return {
    retransmit_timeout: RETRANSMISSION.timeoutMs / 1000,
    retransmit_base: RETRANSMISSION.base,
    retransmit_tries: RETRANSMISSION.tries,
    half_open_timeout: HALF_OPEN_MS / 1000,
    make_before_break: makesBeforeBreak,
    reuse_ikesa: reusesIkeSa,
  };
}

function connection(lab: Lab, end: EndName, setup: EndSetup): Connection {
  const { unique = 'never', children = ['net'], dpdMs = 0, keyingTries = 1, refuses } = setup;
  const [local, remote] = [lab[end], lab[otherEnd(end)]];
  const child: Settings = {
    ...(setup.restartsOnLoss === true && { dpd_action: 'restart' }),
    ...(setup.hasTraps === true && { start_action: 'trap' }),
    ...(refuses === 'child' && { esp_proposals: 'aes256-sha512' }),
  };
  // Two children are told apart by their selectors: the first takes everything, each other one a port of UDP.
  const selectors = (index: number): Settings => {
    if (index === 0) return {};
    const port = `[${UDP}/${SECOND_PORT + index}]`;
    return { local_ts: `${local.ipv4.subnet}${port}`, remote_ts: `${remote.ipv4.subnet}${port}` };
  };
  return connectionBetween(local, remote, {
    settings: {
      unique,
      // Or an INFORMATIONAL more may come whenever an interface or a route does.
      mobike: false,
      keyingtries: keyingTries,
      dpd_delay: `${dpdMs / 1000}s`,
      ...(refuses === 'proposal' && { proposals: 'aes256-sha512-x25519' }),
    },
    children: Object.fromEntries(children.map((name, index) => [name, merge(child, selectors(index))])),
    ...(refuses === 'secret' && { secret: 'another one' }),
  });
}
