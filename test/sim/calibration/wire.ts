/**
 * The wire between two charons of the model: a short delay, and a hand on single packets as the relay of the lab has it.
 */

import type { Answer, IkeMessage, Request } from '../ike-message.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Exchange, MessageKind } from './script.ts';

const DELAY_MS = 1;

const EXCHANGES: Readonly<Record<(Request | Answer)['type'], Exchange>> = {
  init: 'IKE_SA_INIT',
  'init-answer': 'IKE_SA_INIT',
  'cookie-wanted': 'IKE_SA_INIT',
  auth: 'IKE_AUTH',
  'auth-answer': 'IKE_AUTH',
  'rekey-ike': 'CREATE_CHILD_SA',
  'rekey-ike-answer': 'CREATE_CHILD_SA',
  'create-child': 'CREATE_CHILD_SA',
  'create-child-answer': 'CREATE_CHILD_SA',
  'temporary-failure': 'CREATE_CHILD_SA',
  'child-not-found': 'CREATE_CHILD_SA',
  'child-refused': 'CREATE_CHILD_SA',
  'delete-child': 'INFORMATIONAL',
  'delete-ike': 'INFORMATIONAL',
  probe: 'INFORMATIONAL',
  'empty-answer': 'INFORMATIONAL',
  refused: 'IKE_SA_INIT',
};

export class Wire {
  readonly #scheduler: Scheduler;
  readonly #receivers = new Map<string, (message: IkeMessage) => void>();
  readonly #losing = new Set<string>();
  readonly #held = new Map<string, IkeMessage[]>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  connect(address: string, receive: (message: IkeMessage) => void): void {
    this.#receivers.set(address, receive);
  }

  send(message: IkeMessage): void {
    const kept = this.#held.get(ruleOf(message.from, exchangeOf(message), kindOf(message)));
    if (kept) kept.push(message);
    else if (!this.#losing.has(message.from)) this.#deliver(message);
  }

  lose(from: string, isLosing: boolean): void {
    if (isLosing) this.#losing.add(from);
    else this.#losing.delete(from);
  }

  hold(from: string, exchange: Exchange, kind: MessageKind): void {
    this.#held.set(ruleOf(from, exchange, kind), []);
  }

  release(from: string, exchange: Exchange, kind: MessageKind): void {
    const rule = ruleOf(from, exchange, kind);
    const kept = this.#held.get(rule) ?? [];
    this.#held.delete(rule);
    for (const message of kept) this.#deliver(message);
  }

  #deliver(message: IkeMessage): void {
    this.#scheduler.callIn(DELAY_MS, () => this.#receivers.get(message.to)?.(message));
  }
}

function ruleOf(from: string, exchange: Exchange, kind: MessageKind): string {
  return `${from} ${exchange} ${kind}`;
}

function kindOf({ request }: IkeMessage): MessageKind {
  return request ? 'request' : 'response';
}

function exchangeOf({ id, request, answer }: IkeMessage): Exchange {
  const type = (request ?? answer)?.type;
  if (type === undefined) throw new Error('a message with neither request nor answer');
  return type === 'refused' && id > 0 ? 'IKE_AUTH' : EXCHANGES[type];
}
