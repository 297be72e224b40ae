/**
 * One gateway: a charon that can die and come back, perhaps a sidecar beside it, and who is told what happens.
 */

import type { ListedIkeSa, News } from '../../src/daemon/charon.ts';
import type { CharonTraits, CharonWatcher, ConnectionConfig, Numbers } from './charon-core.ts';
import { CharonModel } from './charon-model.ts';
import type { Dice } from './dice.ts';
import type { Address } from './ike-message.ts';
import type { Network } from './network.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sidecar } from './sidecar.ts';
import { ViciLink, type ViciTraits } from './vici-link.ts';

/** Whoever looks at hosts from outside. */
export interface HostWatcher extends Omit<CharonWatcher, 'onNews' | 'trace'> {
  trace(text: string): void;
  onListed(listed: readonly ListedIkeSa[], connection: string | undefined): void;
  onTerminate(id: string, wasCall: boolean): void;
  onStarted(): void;
}

export interface HostOptions {
  readonly address: Address;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly numbers: Numbers;
  readonly dice: Dice;
  readonly charon: CharonTraits;
  readonly vici: ViciTraits;
  readonly connections: readonly ConnectionConfig[];
  /** Connections are loaded up to so long after charon has begun to answer. */
  readonly loadMs: number;
}

export class Host {
  readonly options: HostOptions;
  #watcher: HostWatcher | null = null;
  #charon: CharonModel | null = null;
  #link: ViciLink | null = null;
  #lives = 0;
  sidecar: Sidecar | null = null;

  constructor(options: HostOptions) {
    this.options = options;
    options.network.connect(options.address, (message) => this.#charon?.receive(message));
  }

  get address(): Address {
    return this.options.address;
  }

  get charon(): CharonModel | null {
    return this.#charon;
  }

  watch(watcher: HostWatcher): void {
    this.#watcher = watcher;
  }

  startCharon(): void {
    if (this.#charon) return;
    const { address, charon: traits, scheduler, network, dice, numbers, connections, loadMs } = this.options;
    this.#lives += 1;
    const shared = { scheduler, numbers, dice: dice.fork(`charon ${this.#lives}`) };
    const charon = new CharonModel(address, traits, shared, this.#charonWatcher(), (message) =>
      network.send(message),
    );
    this.#charon = charon;
    this.trace('charon starts');
    for (const connection of connections) {
      charon.core.after(dice.next() * loadMs, () => charon.load(connection));
    }
    charon.core.after(loadMs, () => this.#watcher?.onStarted());
    this.sidecar?.connect(this.connect);
  }

  stopCharon(isOrderly: boolean): void {
    const charon = this.#charon;
    if (!charon) return;
    this.trace(isOrderly ? 'charon is stopped' : 'charon is killed');
    charon.die(isOrderly);
    this.#charon = null;
    this.#link?.close();
  }

  startSidecar(sidecar: Sidecar): void {
    this.sidecar = sidecar;
    sidecar.start(this.connect);
  }

  /** A new attachment of the sidecar; null while there is no charon. */
  readonly connect = (): ViciLink | null => {
    const charon = this.#charon;
    const { scheduler, vici, dice } = this.options;
    if (!charon) return null;
    const link: ViciLink = new ViciLink(charon, scheduler, dice.fork(`vici ${scheduler.fired}`), vici, {
      onNews: (news: News) => this.#link === link && this.sidecar?.onNews(news),
      onClosed: () => {
        if (this.#link !== link) return;
        this.#link = null;
        this.sidecar?.detached();
        this.sidecar?.connect(this.connect);
      },
      onListed: (listed, connection) => this.#watcher?.onListed(listed, connection),
      onTerminate: (id, wasCall) => this.#watcher?.onTerminate(id, wasCall),
    });
    this.#link = link;
    return link;
  };

  trace(text: string): void {
    this.#watcher?.trace(text);
  }

  #charonWatcher(): CharonWatcher {
    return {
      onNews: (news, isLog) => this.#link?.push(news, isLog),
      onChanged: (remote) => this.#watcher?.onChanged(remote),
      onChildInstalled: (remote, child) => this.#watcher?.onChildInstalled(remote, child),
      onCall: (remote) => this.#watcher?.onCall(remote),
      onLost: (sa, loss) => this.#watcher?.onLost(sa, loss),
      trace: (text) => this.#watcher?.trace(text),
    };
  }
}
