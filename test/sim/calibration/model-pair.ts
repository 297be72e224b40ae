/**
 * Two charons of the model, with a wire between them, as a pair that can be put through a scenario.
 */

import { Scheduler } from '../scheduler.ts';
import { ModelEnd } from './model-end.ts';
import type { EventView, IkeSaView, LogView } from './names.ts';
import type { Pair } from './play.ts';
import {
  type Action,
  type EndName,
  type Exchange,
  type MessageKind,
  otherEnd,
  type Scenario,
} from './script.ts';
import { Wire } from './wire.ts';

type Target = { readonly ikeId: string } | { readonly childId: string };

export class ModelPair implements Pair {
  readonly #scheduler = new Scheduler();
  readonly #wire = new Wire(this.#scheduler);
  readonly #ends: Readonly<Record<EndName, ModelEnd>>;

  /** `seed`: what chance decides is drawn from it. */
  constructor({ name, moon, sun }: Scenario, seed = '') {
    const shared = {
      scheduler: this.#scheduler,
      wire: this.#wire,
      numbers: { next: 0 },
      seed: `${name} ${seed}`,
    };
    this.#ends = { moon: new ModelEnd('moon', moon, shared), sun: new ModelEnd('sun', sun, shared) };
  }

  perform(action: Action, target: string): Promise<string | null> {
    try {
      this.#perform(action, target);
      return Promise.resolve(null);
    } catch (error) {
      return Promise.resolve(error instanceof Error ? error.message : String(error));
    }
  }

  async run(forMs: number): Promise<void> {
    await this.#scheduler.run(this.#scheduler.nowMs() + forMs, () => false);
  }

  list(end: EndName): Promise<readonly IkeSaView[]> {
    return Promise.resolve(this.#ends[end].list());
  }

  takeEvents(end: EndName): readonly EventView[] {
    return this.#ends[end].takeEvents();
  }

  takeLog(end: EndName): readonly LogView[] {
    return this.#ends[end].takeLog();
  }

  #perform({ end, verb, words }: Action, target: string): void {
    const { charon } = this.#ends[end];
    const [first = '', second = ''] = words;
    const found = this.#find(end, target);
    switch (verb) {
      case 'initiates':
        charon.initiate(otherEnd(end), first);
        break;
      case 'terminates':
        if ('childId' in found) charon.terminateChild(found.childId);
        else charon.terminate(found.ikeId);
        break;
      case 'rekeys':
        if ('childId' in found) charon.rekeyChild(found.childId);
        else charon.rekeyIke(found.ikeId);
        break;
      case 'reauthenticates':
        if ('ikeId' in found) charon.reauthenticate(found.ikeId);
        break;
      case 'dies':
      case 'stops':
        charon.die(verb === 'stops');
        break;
      case 'starts':
        this.#ends[end].start();
        break;
      case 'pings':
        this.#ends[end].ping();
        break;
      case 'loses':
      case 'passes':
        this.#wire.lose(end, verb === 'loses');
        break;
      case 'holds':
        this.#wire.hold(end, first as Exchange, second as MessageKind);
        break;
      case 'releases':
        this.#wire.release(end, first as Exchange, second as MessageKind);
        break;
      default:
        throw new Error(`nobody knows how to "${verb}"`);
    }
  }

  #find(end: EndName, target: string): Target {
    for (const { id, spi, children } of this.#ends[end].list()) {
      if (spi === target) return { ikeId: id };
      const child = children.find(({ key }) => key === target);
      if (child) return { childId: child.id };
    }
    return { ikeId: target };
  }
}
