/** Two charons of the model with a perfect network and no sidecars: for tests of the model itself. */

import type { News } from '../../src/daemon/charon.ts';
import { CHARON_DEFAULTS, type CharonTraits, type ConnectionConfig } from './charon-core.ts';
import { CharonModel } from './charon-model.ts';
import { Dice } from './dice.ts';
import type { IkeMessage } from './ike-message.ts';
import { Network } from './network.ts';
import { Scheduler } from './scheduler.ts';

const CONNECTION: ConnectionConfig = {
  name: 'net-net',
  remote: '',
  children: ['net'],
  unique: 'never',
  dpdMs: 0,
  rekeyMs: 0,
  childRekeyMs: 0,
  reauthMs: 0,
  makesBeforeBreak: false,
  keyingTries: 1,
  restartsOnLoss: false,
};

const NETWORK = { delayMs: 20, jitterMs: 0, loss: 0, duplication: 0, reordering: 0 };

/** What one charon told, and what it sent. */
export interface Heard {
  readonly charon: CharonModel;
  readonly events: News[];
  readonly logged: News[];
  readonly sent: IkeMessage[];
}

export class TwoCharons {
  readonly scheduler = new Scheduler();
  readonly network = new Network(this.scheduler, new Dice('two'), NETWORK);
  moon: Heard;
  readonly sun: Heard;
  readonly #numbers = { next: 0 };

  constructor(
    moon: Partial<ConnectionConfig> = {},
    sun: Partial<ConnectionConfig> = {},
    traits: CharonTraits = CHARON_DEFAULTS,
  ) {
    this.moon = this.#start('moon', traits, { ...CONNECTION, ...moon, remote: 'sun' });
    this.sun = this.#start('sun', traits, { ...CONNECTION, ...sun, remote: 'moon' });
  }

  async run(forMs: number): Promise<void> {
    await this.scheduler.run(this.scheduler.nowMs() + forMs, () => false);
  }

  /** Killed, and there again with nothing but its connection. */
  restartMoon(): void {
    const { core } = this.moon.charon;
    core.die();
    this.moon = this.#start('moon', core.traits, core.connections.get(CONNECTION.name) ?? CONNECTION);
  }

  /** States of the IKE_SAs of one end with those of their CHILD_SAs, as `ESTABLISHED INSTALLED`. */
  listed({ charon }: Heard): string[] {
    return charon
      .list()
      .map(({ facts }) => [facts.state, ...facts.children.map(({ state }) => state)].join(' '));
  }

  #start(address: string, traits: CharonTraits, connection: ConnectionConfig): Heard {
    const [events, logged, sent]: [News[], News[], IkeMessage[]] = [[], [], []];
    const charon = new CharonModel(
      address,
      traits,
      {
        scheduler: this.scheduler,
        dice: new Dice(`${address} ${this.#numbers.next}`),
        numbers: this.#numbers,
      },
      {
        onNews: (news, isLog) => (isLog ? logged : events).push(news),
        onChanged: () => undefined,
        onChildInstalled: () => undefined,
        onCall: () => undefined,
        onLost: () => undefined,
        trace: () => undefined,
      },
      (message) => {
        sent.push(message);
        this.network.send(message);
      },
    );
    charon.load(connection);
    this.network.connect(address, (message) => charon.receive(message));
    return { charon, events, logged, sent };
  }
}

/** One line for an event: what the policy would look at, without ids. */
export function eventText({ news }: News & { type: 'peer' }): string {
  switch (news.type) {
    case 'ike-up':
    case 'child-changed':
      return `${news.type} ${news.ikeSa.state} ${news.ikeSa.children.map(({ state }) => state).join(' ')}`.trim();
    case 'ike-down':
      return `${news.type} ${news.state}`;
    case 'ike-rekeyed':
      return `${news.type} ${news.ikeSa.state} ${news.ikeSa.children.length}`;
    case 'child-rekeyed':
      return `${news.type} ${news.child.state}`;
    default:
      return news.type;
  }
}

export function eventTexts(news: readonly News[]): string[] {
  return news.flatMap((one) => (one.type === 'peer' ? [eventText(one)] : []));
}
