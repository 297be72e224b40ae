/**
 * One charon while something happens to it: the copy that is written to, what it sends and what it tells.
 *
 * Knows how exchanges follow each other on an IKE_SA (one at a time, numbered); not what they mean.
 */

import {
  type AnswerKind,
  type Charon,
  type EndTraits,
  isUp,
  type Kind,
  type Message,
  type News,
  NOW_MS,
  otherSide,
  type Request,
  type Sa,
  type Side,
} from './world.ts';

const RETRANSMIT_BASE = 1.8;

export class CharonDraft {
  readonly side: Side;
  readonly traits: EndTraits;
  readonly sent: Message[] = [];
  readonly told: News[] = [];
  epoch: number;
  sas: Sa[];
  private lastId: number;

  constructor(side: Side, traits: EndTraits, charon: Charon) {
    this.side = side;
    this.traits = traits;
    this.epoch = charon.epoch;
    this.lastId = charon.lastId;
    this.sas = [...charon.sas];
  }

  get charon(): Charon {
    return { epoch: this.epoch, lastId: this.lastId, sas: this.sas };
  }

  nextId(): string {
    this.lastId += 1;
    return String(this.lastId);
  }

  find(id: string): Sa | undefined {
    return this.sas.find((sa) => sa.id === id);
  }

  /** @throws Error if it isn't there: a mistake of the model */
  get(id: string): Sa {
    const sa = this.find(id);
    if (!sa) throw new Error(`no IKE_SA ${id}`);
    return sa;
  }

  add(sa: Pick<Sa, 'id' | 'spi' | 'tunnel' | 'isInitiator' | 'isNamed'> & Partial<Sa>): void {
    this.sas.push({
      rspi: '',
      state: 'CONNECTING',
      isReplaced: false,
      rekeys: 0,
      request: null,
      queue: [],
      asked: 0,
      heard: 0,
      answered: null,
      dueMs: null,
      deleteMs: null,
      ...sa,
    });
  }

  change(id: string, change: Partial<Sa>): void {
    this.sas = this.sas.map((sa) => (sa.id === id ? { ...sa, ...change } : sa));
  }

  remove(id: string): void {
    this.sas = this.sas.filter((sa) => sa.id !== id);
  }

  /** It is gone, and that is told, unless it never was up or was replaced by rekeying. */
  end(id: string, state: Sa['state']): void {
    const sa = this.get(id);
    this.remove(id);
    if (sa.state !== 'CONNECTING' && !sa.isReplaced) this.tell({ type: 'ike-down', id, state });
  }

  tell(news: News): void {
    this.told.push(news);
  }

  /** Begins an exchange, or queues it behind the one under way. */
  ask(id: string, kind: Kind): void {
    const sa = this.get(id);
    if (sa.state === 'DELETING') return;
    if (sa.request) this.change(id, { queue: [...sa.queue, kind] });
    else this.request(id, kind);
  }

  /** Sends a request, for the first time or (`again`) once more. */
  request(id: string, kind: Kind, again?: Request): void {
    const sa = this.get(id);
    const number = again?.number ?? sa.asked + 1;
    const tries = (again?.tries ?? 0) + 1;
    const againMs = NOW_MS + Math.round(this.traits.retransmitMs * RETRANSMIT_BASE ** (tries - 1));
    const newSpi = again?.newSpi ?? (kind === 'ike-rekey' ? this.newSpi(sa) : '');
    const states: Partial<Record<Kind, Sa['state']>> = { delete: 'DELETING', 'ike-rekey': 'REKEYING' };
    const state = states[kind] ?? sa.state;
    const timers = kind === 'delete' ? { dueMs: null, deleteMs: null } : {};
    this.change(id, { state, ...timers, asked: number, request: { kind, number, tries, againMs, newSpi } });
    // INITIAL_CONTACT: nothing is up with that peer.
    const isFirst = kind === 'auth' && this.traits.unique !== 'never' && !this.sas.some(isUp);
    const { spi, rspi } = sa;
    const to = otherSide(this.side);
    this.sent.push({ to, kind, spi, rspi, number, asker: this.side, newSpi, isFirst });
  }

  /** The exchange under way is over: the next one begins. */
  next(id: string): void {
    const [kind, ...queue] = this.get(id).queue;
    this.change(id, { request: null, queue });
    if (kind) this.request(id, kind);
  }

  /** Answers a request for the first time. */
  replyTo(message: Message, id: string, kind: AnswerKind): void {
    this.change(id, { heard: message.number, answered: kind });
    this.reply(message, this.get(id), kind);
  }

  reply(message: Message, { spi, rspi }: Sa, kind: AnswerKind): void {
    this.sent.push({ ...message, to: otherSide(this.side), kind, spi, rspi, isFirst: false });
  }

  planProbe(id: string): void {
    const { probeMs } = this.traits;
    this.change(id, { dueMs: probeMs === null ? null : NOW_MS + probeMs });
  }

  /** A new process: it knows nothing of the one before. */
  restart(): void {
    this.epoch += 1;
    this.lastId = 0;
    this.sas = [];
    this.told.length = 0;
  }

  private newSpi(sa: Sa): string {
    return `${this.traits.rekeyPrefix}${sa.spi.slice(0, 1)}${sa.spi.slice(2)}`;
  }
}
