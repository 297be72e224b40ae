/**
 * What the two charons of a world do: the exchanges of IKE, retransmission, dead peer detection.
 *
 * Modelled after what was seen on strongSwan 5.9.8: an own call that dies in silence, or is terminated while
 * CONNECTING, raises no event and sends nothing; one in IKE_AUTH that is dropped lives on at the peer; a
 * deleted IKE_SA is DELETING until answered; `initiate` uses an IKE_SA that is there already.
 */

import type { IkeSaFacts } from '../../../src/policy/facts.ts';
import type { News } from './fuzz.ts';
import {
  childOf,
  type EndIndex,
  factsOf,
  type Kind,
  type Message,
  type ModelSa,
  otherEnd,
  type Traits,
  type World,
} from './ike-world.ts';

/** charon's `half_open_timeout`. */
const HALF_OPEN_MS = 30_000;

/** The two ends' functions, for one set of traits. */
export class IkeModel {
  private readonly traits: Traits;

  constructor(traits: Traits) {
    this.traits = traits;
  }

  /** `initiate`, asynchronously: nothing new if an IKE_SA of the connection is there. */
  initiate(world: World, end: EndIndex): void {
    const charon = world.charons[end];
    if (charon.sas.some((sa) => sa.isNamed && sa.state !== 'DELETING')) return;
    const id = String(charon.lastId + 1);
    const spi = `${this.traits.spiPrefix[end]}${id.padStart(4, '0')}`;
    this.add(world, end, { id, spi, rspi: '', isInitiator: true, isNamed: true, dueMs: null });
    this.tell(world, end, { type: 'call-seen', id });
    this.request(world, end, id, 'init');
  }

  /** `terminate` by `ike-id`. @returns charon's error, or null */
  terminate(world: World, end: EndIndex, id: string, isSame: (facts: IkeSaFacts) => boolean): string | null {
    const sa = world.charons[end].sas.find((one) => one.id === id);
    if (!sa) return 'no matching SAs to terminate found';
    if (!isSame(factsOf(sa))) return `IKE_SA ${id} has changed since it was listed`;
    if (sa.state === 'CONNECTING') this.remove(world, end, id);
    else if (sa.state === 'ESTABLISHED') this.delete(world, end, id);
    return null;
  }

  /** The other end, or its operator, deletes an IKE_SA that is up. */
  delete(world: World, end: EndIndex, id: string): void {
    this.change(world, end, id, { state: 'DELETING' });
    this.tell(world, end, { type: 'ike-down', id, state: 'DELETING' });
    this.request(world, end, id, 'delete');
  }

  /** `rekey` of a CHILD_SA. */
  rekeyChild(world: World, end: EndIndex, childId: string): void {
    const sa = world.charons[end].sas.find((one) => childOf(one).id === childId);
    if (sa?.state !== 'ESTABLISHED') return;
    if (sa.request) this.change(world, end, sa.id, { isRekeyQueued: true });
    else this.request(world, end, sa.id, 'rekey');
  }

  /** Everything is forgotten without a word to the peer (killed). */
  restart(world: World, end: EndIndex): void {
    world.charons[end] = { ...world.charons[end], sas: [] };
  }

  /** One message arrives. `refuses`: the connection isn't accepted. */
  deliver(world: World, message: Message, refuses = false): void {
    const end = message.to;
    const sa = world.charons[end].sas.find((one) => one.spi === message.spi);
    const reply = (kind: Message['kind']) => this.send(world, otherEnd(end), kind, message.spi, message.rspi);
    switch (message.kind) {
      case 'init':
        this.receiveInit(world, end, message, sa, refuses);
        return;
      case 'auth':
        if (!sa || sa.isInitiator || sa.state === 'DELETING') return;
        if (sa.state === 'CONNECTING') this.establish(world, end, sa);
        reply('auth-answer');
        return;
      case 'delete':
        if (!sa) return;
        this.remove(world, end, sa.id);
        this.tell(world, end, { type: 'ike-down', id: sa.id, state: sa.state });
        reply('delete-answer');
        return;
      case 'probe':
        if (sa?.state !== 'ESTABLISHED') return;
        this.tell(world, end, { type: 'proven', id: sa.id });
        reply('probe-answer');
        return;
      case 'rekey':
        // One that is on its way out answers TEMPORARY_FAILURE (RFC 7296, 2.25.2).
        if (!sa || sa.state === 'CONNECTING') return;
        this.receiveRekey(world, end, message, sa);
        return;
      default:
        if (sa) this.receiveAnswer(world, end, message, sa);
    }
  }

  /** Retransmissions, probes and expiries that are due now. */
  tick(world: World, end: EndIndex): void {
    const { traits } = this;
    for (const sa of world.charons[end].sas) {
      if (sa.request && sa.request.againMs <= world.nowMs) {
        if (sa.request.tries >= traits.triesMax) this.giveUp(world, end, sa);
        else this.request(world, end, sa.id, sa.request.kind, sa.request.tries + 1);
      } else if (sa.dueMs !== null && sa.dueMs <= world.nowMs) {
        if (sa.state === 'CONNECTING') this.remove(world, end, sa.id);
        else if (!sa.request) this.probe(world, end, sa);
      }
    }
  }

  /** When `tick` has something to do next; Infinity if never. */
  nextMs(world: World, end: EndIndex): number {
    const times = world.charons[end].sas.map((sa) => sa.request?.againMs ?? sa.dueMs ?? Infinity);
    return Math.min(...times, Infinity);
  }

  private receiveInit(
    world: World,
    end: EndIndex,
    message: Message,
    sa: ModelSa | undefined,
    refuses: boolean,
  ): void {
    const { spi } = message;
    if (refuses) {
      this.send(world, otherEnd(end), 'refusal', spi, '');
      return;
    }
    const rspi = sa?.rspi ?? `${spi}ff`;
    if (!sa) {
      const id = String(world.charons[end].lastId + 1);
      const dueMs = world.nowMs + HALF_OPEN_MS;
      this.add(world, end, { id, spi, rspi, isInitiator: false, isNamed: false, dueMs });
      this.tell(world, end, { type: 'peer-calls', id });
    }
    if (!sa || sa.state === 'CONNECTING') this.send(world, otherEnd(end), 'init-answer', spi, rspi);
  }

  private receiveAnswer(world: World, end: EndIndex, message: Message, sa: ModelSa): void {
    const asked = sa.request?.kind;
    if (message.kind === 'refusal' && asked === 'init') {
      this.remove(world, end, sa.id);
      this.tell(world, end, { type: 'ike-down', id: sa.id, state: 'CONNECTING' });
    } else if (message.kind === 'init-answer' && asked === 'init') {
      this.change(world, end, sa.id, { rspi: message.rspi });
      this.request(world, end, sa.id, 'auth');
    } else if (message.kind === 'auth-answer' && asked === 'auth') {
      this.establish(world, end, sa);
    } else if (message.kind === 'delete-answer' && asked === 'delete') {
      this.remove(world, end, sa.id);
    } else if (message.kind === 'probe-answer' && asked === 'probe') {
      this.change(world, end, sa.id, { dueMs: this.probeDueMs(world, sa.probes) });
      this.tell(world, end, { type: 'proven', id: sa.id });
      this.finish(world, end, sa);
    } else if (message.kind === 'rekey-answer' && asked === 'rekey') {
      this.rekeyed(world, end, sa);
      this.finish(world, end, sa);
    } else if (message.kind === 'rekey-refusal' && asked === 'rekey') {
      this.tell(world, end, { type: 'proven', id: sa.id });
      this.finish(world, end, sa);
    }
  }

  private receiveRekey(world: World, end: EndIndex, message: Message, sa: ModelSa): void {
    const isAnswered = message.rekeys < sa.rekeys;
    if (!isAnswered && sa.state === 'ESTABLISHED') this.rekeyed(world, end, sa);
    // A retransmitted request gets the answer that it got before, also from one that is DELETING by now.
    const kind = isAnswered || sa.state === 'ESTABLISHED' ? 'rekey-answer' : 'rekey-refusal';
    this.send(world, otherEnd(end), kind, sa.spi, sa.rspi);
  }

  private rekeyed(world: World, end: EndIndex, sa: ModelSa): void {
    const rekeys = sa.rekeys + 1;
    this.change(world, end, sa.id, { rekeys });
    this.tell(world, end, { type: 'proven', id: sa.id });
    const child = childOf({ ...sa, rekeys });
    this.tell(world, end, { type: 'child-rekeyed', ikeSaId: sa.id, oldChildId: childOf(sa).id, child });
  }

  /** The request is answered; the next one goes out. */
  private finish(world: World, end: EndIndex, sa: ModelSa): void {
    this.change(world, end, sa.id, { request: null, isRekeyQueued: false });
    if (sa.isRekeyQueued) this.request(world, end, sa.id, 'rekey');
  }

  private establish(world: World, end: EndIndex, sa: ModelSa): void {
    const dueMs = this.probeDueMs(world, 0);
    const up: ModelSa = { ...sa, state: 'ESTABLISHED', isNamed: true, request: null, dueMs };
    this.change(world, end, sa.id, up);
    // The updown event of the IKE_SA names no children; that of the CHILD_SA comes a moment later.
    this.tell(world, end, { type: 'ike-up', ikeSa: { ...factsOf(up), children: [] } });
    this.tell(world, end, { type: 'child-changed', ikeSa: factsOf(up) });
  }

  private probe(world: World, end: EndIndex, sa: ModelSa): void {
    this.change(world, end, sa.id, { probes: sa.probes + 1, dueMs: null });
    this.request(world, end, sa.id, 'probe');
  }

  private probeDueMs(world: World, probes: number): number | null {
    return probes < this.traits.probesMax ? world.nowMs + this.traits.probeMs : null;
  }

  private giveUp(world: World, end: EndIndex, sa: ModelSa): void {
    this.remove(world, end, sa.id);
    // Only an IKE_SA that was up is missed aloud.
    if (sa.state === 'ESTABLISHED')
      this.tell(world, end, { type: 'ike-down', id: sa.id, state: 'ESTABLISHED' });
    else this.tell(world, end, { type: 'given-up', id: sa.id, text: 'giving up after 5 retransmits' });
  }

  private request(world: World, end: EndIndex, id: string, kind: Kind, tries = 1): void {
    const againMs = world.nowMs + Math.round(this.traits.retransmitMs * 1.8 ** (tries - 1));
    this.change(world, end, id, { request: { kind, tries, againMs } });
    const sa = world.charons[end].sas.find((one) => one.id === id);
    if (sa) this.send(world, otherEnd(end), kind, sa.spi, sa.rspi);
  }

  private send(world: World, to: EndIndex, kind: Message['kind'], spi: string, rspi: string): void {
    const sender = world.charons[otherEnd(to)].sas.find((sa) => sa.spi === spi);
    world.net = [...world.net, { to, kind, spi, rspi, rekeys: sender?.rekeys ?? 0, sentMs: world.nowMs }];
  }

  private tell(world: World, end: EndIndex, news: News): void {
    const [left, right] = world.news;
    world.news = end === 0 ? [[...left, news], right] : [left, [...right, news]];
  }

  private add(
    world: World,
    end: EndIndex,
    sa: Pick<ModelSa, 'id' | 'spi' | 'rspi' | 'isInitiator' | 'isNamed' | 'dueMs'>,
  ): void {
    const charon = world.charons[end];
    const added: ModelSa = {
      ...sa,
      state: 'CONNECTING',
      rekeys: 0,
      isRekeyQueued: false,
      request: null,
      probes: 0,
    };
    world.charons[end] = { lastId: Number(sa.id), sas: [...charon.sas, added] };
  }

  private change(world: World, end: EndIndex, id: string, change: Partial<ModelSa>): void {
    const charon = world.charons[end];
    world.charons[end] = {
      ...charon,
      sas: charon.sas.map((sa) => (sa.id === id ? { ...sa, ...change } : sa)),
    };
  }

  private remove(world: World, end: EndIndex, id: string): void {
    const charon = world.charons[end];
    world.charons[end] = { ...charon, sas: charon.sas.filter((sa) => sa.id !== id) };
  }
}
