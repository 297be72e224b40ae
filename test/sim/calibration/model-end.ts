/**
 * One charon of the model, through its lives, and what it tells, in the words of the calibration.
 */

import type { News } from '../../../src/daemon/charon.ts';
import { CHARON_DEFAULTS, type CharonTraits, type ConnectionConfig } from '../charon-core.ts';
import { CharonModel } from '../charon-model.ts';
import { Dice } from '../dice.ts';
import { type ModelIkeSa, NO_SPI } from '../ike-sa.ts';
import type { Scheduler } from '../scheduler.ts';
import { HINT } from './hints.ts';
import type { EventView, IkeSaView, LogView } from './names.ts';
import { type EndName, type EndSetup, HALF_OPEN_MS, otherEnd, RETRANSMISSION } from './script.ts';
import type { Wire } from './wire.ts';

/** What both ends have in common. */
export interface Shared {
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  readonly numbers: { next: number };
  /** What chance decides is drawn from it. */
  readonly seed: string;
}

export class ModelEnd {
  readonly #name: EndName;
  readonly #setup: EndSetup;
  readonly #shared: Shared;
  /** Keys of CHILD_SAs by id: an event may come when one is no longer there. */
  readonly #keys = new Map<string, string>();
  readonly #events: EventView[] = [];
  readonly #log: LogView[] = [];
  #lives = 0;
  charon: CharonModel;

  constructor(name: EndName, setup: EndSetup, shared: Shared) {
    this.#name = name;
    this.#setup = setup;
    this.#shared = shared;
    this.charon = this.start();
  }

  /** Another charon with nothing but its connection. */
  start(): CharonModel {
    const { scheduler, wire, numbers, seed } = this.#shared;
    this.#lives += 1;
    const charon = new CharonModel(
      this.#name,
      traits(this.#setup),
      { scheduler, numbers, dice: new Dice(`${seed} ${this.#name} ${this.#lives}`) },
      {
        onNews: (news, isLog) => this.#onNews(news, isLog),
        onChanged: () => this.#rememberKeys(),
        onChildInstalled: () => this.#rememberKeys(),
        onCall: () => undefined,
        onLost: () => undefined,
        trace: () => undefined,
      },
      (message) => wire.send(message),
    );
    this.charon = charon;
    if (this.#setup.refuses !== 'connection') charon.load(connection(this.#name, this.#setup));
    wire.connect(this.#name, (message) => charon.receive(message));
    return charon;
  }

  list(): IkeSaView[] {
    return this.charon.sas.map(view);
  }

  takeEvents(): EventView[] {
    return this.#events.splice(0);
  }

  takeLog(): LogView[] {
    return this.#log.splice(0);
  }

  /** A packet for the network behind the other end: a trap calls if there is no CHILD_SA. */
  ping(): void {
    const peer = otherEnd(this.#name);
    if (this.#setup.hasTraps === true && !this.charon.core.outbound(peer, 'net')) {
      this.charon.initiate(peer, 'net');
    }
  }

  #rememberKeys(): void {
    for (const { children } of this.charon.sas) for (const { id, key } of children) this.#keys.set(id, key);
  }

  #onNews(one: News, isLog: boolean): void {
    if (one.type !== 'peer') return;
    const { news } = one;
    if (isLog) this.#log.push({ from: HINT, id: 'id' in news ? news.id : '', text: news.type });
    else this.#events.push(this.#event(news));
  }

  #event(news: (News & { type: 'peer' })['news']): EventView {
    const keyed = <Child extends { readonly id: string }>(child: Child): Child & { key: string } => {
      return { ...child, key: this.#keys.get(child.id) ?? '' };
    };
    switch (news.type) {
      case 'ike-up':
        return { name: 'ike-updown', isUp: true, sa: this.#about(news.ikeSa.id) };
      case 'ike-down':
        return { name: 'ike-updown', isUp: false, sa: { ...this.#about(news.id), state: news.state } };
      case 'child-changed': {
        const { id, state } = news.ikeSa;
        const children = news.ikeSa.children.map(keyed);
        const isUp = children.every((child) => child.state !== 'DELETED');
        return { name: 'child-updown', isUp, sa: { ...this.#about(id), state, children } };
      }
      case 'ike-rekeyed':
        return {
          name: 'ike-rekey',
          sa: this.#about(news.ikeSa.id),
          former: this.#about(news.oldId).spi,
        };
      case 'child-rekeyed': {
        const sa = { ...this.#about(news.ikeSaId), children: [keyed(news.child)] };
        return { name: 'child-rekey', sa, former: this.#keys.get(news.oldChildId) ?? '' };
      }
      default:
        throw new Error(`${news.type} is no event`);
    }
  }

  #about(id: string): IkeSaView {
    const sa = this.charon.core.sas.get(id);
    if (!sa) throw new Error(`an event about IKE_SA ${id}, which isn't there`);
    return view(sa);
  }
}

function view(sa: ModelIkeSa): IkeSaView {
  const { id, initiatorSpi, responderSpi, connection: name, state, isInitiator, children } = sa;
  return {
    id,
    spi: initiatorSpi,
    isUnanswered: responderSpi === NO_SPI,
    connection: name,
    state,
    isInitiator,
    children: children.map((child) => ({ ...child })),
  };
}

function traits({ reusesIkeSa = true }: EndSetup): CharonTraits {
  return {
    ...CHARON_DEFAULTS,
    retransmitMs: RETRANSMISSION.timeoutMs,
    retransmitBase: RETRANSMISSION.base,
    retransmitTries: RETRANSMISSION.tries,
    halfOpenMs: HALF_OPEN_MS,
    reusesIkeSa,
  };
}

function connection(end: EndName, setup: EndSetup): ConnectionConfig {
  const { children = ['net'], unique = 'never', dpdMs = 0, keyingTries = 1 } = setup;
  const { makesBeforeBreak = false, restartsOnLoss = false, refuses } = setup;
  return {
    name: otherEnd(end),
    remote: otherEnd(end),
    children,
    unique,
    dpdMs,
    rekeyMs: 0,
    childRekeyMs: 0,
    reauthMs: 0,
    makesBeforeBreak,
    keyingTries,
    restartsOnLoss,
    ...(refuses !== undefined && refuses !== 'connection' && { refuses }),
  };
}
