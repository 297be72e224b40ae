/**
 * What goes wrong, and what people do: at random moments one of the faults that are on.
 *
 * A fault that can end a tunnel by itself is told to the pair's watch; one that must not is not.
 */

import { MOON } from './connections.ts';
import type { Dice } from './dice.ts';
import type { Host } from './host.ts';
import { isLive } from './ike-sa.ts';
import type { FaultKind } from './options.ts';
import type { Pair, World } from './world.ts';

/** By then a DELETE has arrived, if it isn't lost. */
const AFTER_DELETE_MS = 2_000;

/** By then a charon that was frozen has taken in what came meanwhile: an IKE_AUTH of a call, say, that its sender has given up. */
const TAKEN_IN_MS = 1;

const RESUME_MS = 10_000;

const SPOOFED_SPI_COUNT_MAX = 100_000;

export class Faults {
  readonly #world: World;
  readonly #dice: Dice;
  #isOver = false;
  /** Undo what lasts, at the end of the faults. */
  readonly #lasting = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
    this.#dice = world.dice.fork('faults');
  }

  start(): void {
    for (const pair of this.#world.pairs) this.#spoof(pair, SPOOFED_SPI_COUNT_MAX);
    this.#next();
  }

  /** From now on nothing goes wrong any more; spoofed packets go on. */
  stop(): void {
    const world = this.#world;
    this.#isOver = true;
    for (const undo of this.#lasting) undo();
    this.#lasting.clear();
    world.network.becomePerfect();
    for (const host of [world.moon, ...world.pairs.map((pair) => pair.host)]) {
      if (host.charon) host.charon.core.frozenUntilMs = world.nowMs;
    }
    world.moon.sidecar?.reload(world.ourPeers());
    // By then sidecars that are just starting know their peers.
    world.scheduler.callIn(RESUME_MS, () => {
      for (const pair of world.pairs) {
        world.moon.sidecar?.operate(pair.connection, 'resume');
        pair.host.sidecar?.operate(pair.connection, 'resume');
      }
    });
  }

  #next(): void {
    const { options, scheduler } = this.#world;
    const [first, ...others] = options.faults;
    if (first === undefined) return;
    scheduler.callIn(this.#dice.exponential(options.meanFaultMs), () => {
      if (this.#isOver) return;
      this.#cause(this.#dice.pick([first, ...others]));
      this.#next();
    });
  }

  /** `undo` is called after `forMs`, or when faults end. */
  #last(forMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#lasting.delete(once)) undo();
    };
    this.#lasting.add(once);
    this.#world.scheduler.callIn(forMs, once);
  }

  #cause(fault: FaultKind): void {
    const world = this.#world;
    const dice = this.#dice;
    const [first, ...others] = world.pairs;
    if (!first) return;
    const pair = dice.pick([first, ...others]);
    const host = dice.chance(0.5) ? world.moon : pair.host;
    const affected = host === world.moon ? world.pairs : [pair];
    world.trace(`-- ${fault} (${host.address}, ${pair.connection})`);
    switch (fault) {
      case 'charon-killed':
      case 'charon-stopped':
        this.#restartCharon(host, affected, fault === 'charon-stopped');
        return;
      case 'sidecar-killed':
        this.#restartSidecar(host);
        return;
      case 'partition':
        this.#partition(pair);
        return;
      case 'loss-burst':
        for (const { watch } of world.pairs) watch.begin();
        world.network.setExtraLoss(dice.between(0.2, 0.9));
        this.#last(dice.exponential(15_000), () => {
          world.network.setExtraLoss(0);
          for (const { watch } of world.pairs) watch.end();
        });
        return;
      case 'freeze': {
        const forMs = dice.pick([500, 3_000, 8_000, 20_000]);
        if (!host.charon) return;
        for (const { watch } of affected) watch.begin();
        host.charon.freeze(forMs);
        this.#last(forMs, () => {
          world.scheduler.callIn(TAKEN_IN_MS, () => {
            for (const { watch } of affected) watch.end();
          });
        });
        return;
      }
      case 'paused':
        host.sidecar?.operate(pair.connection, 'pause');
        this.#last(dice.exponential(60_000), () => host.sidecar?.operate(pair.connection, 'resume'));
        return;
      case 'operator-initiates':
        host.sidecar?.operate(pair.connection, 'initiate');
        return;
      case 'reload': {
        const { settings } = pair.options;
        const responderModeMs = dice.pick([settings.responderModeMs, 5_000, 30_000]);
        const policy = dice.pick([settings.policy, 'windowed' as const, 'responder-only' as const]);
        // Without a change some of the peers are taken out of the file for a while.
        const peers = world.ourPeers({ responderModeMs, policy });
        world.moon.sidecar?.reload(dice.chance(0.7) ? peers : peers.slice(1));
        this.#last(dice.exponential(60_000), () => world.moon.sidecar?.reload(world.ourPeers()));
        return;
      }
      case 'peer-deletes':
      case 'we-delete':
        this.#delete(fault === 'peer-deletes' ? pair.host : world.moon, pair);
        return;
      case 'crossing':
        this.#crossing(pair);
        return;
      case 'someone-initiates':
        if (host.charon?.core.connections.has(pair.connection)) host.charon.initiateAll(pair.connection);
        return;
    }
  }

  #restartCharon(host: Host, affected: readonly Pair[], isOrderly: boolean): void {
    if (!host.charon) return;
    for (const { watch } of affected) watch.begin();
    host.stopCharon(isOrderly);
    this.#last(this.#dice.pick([100, 2_000, 40_000]) * this.#dice.next(), () => {
      host.startCharon();
      for (const { watch } of affected) watch.end();
    });
  }

  #restartSidecar(host: Host): void {
    const { sidecar } = host;
    if (!sidecar?.fleet) return;
    sidecar.kill();
    this.#last(this.#dice.pick([50, 2_000, 30_000]) * this.#dice.next(), () => sidecar.start(host.connect));
  }

  #partition({ host, watch }: Pair): void {
    const { network } = this.#world;
    const there: readonly [string, string] = [MOON, host.address];
    const back: readonly [string, string] = [host.address, MOON];
    const directions = this.#dice.pick([[there], [back], [there, back]]);
    watch.begin();
    for (const [from, to] of directions) network.cut(from, to);
    this.#last(this.#dice.pick([3_000, 30_000, 300_000]) * this.#dice.next(), () => {
      for (const [from, to] of directions) network.mend(from, to);
      watch.end();
    });
  }

  /** `swanctl --terminate`: of everything, or of one. */
  #delete(host: Host, { connection }: Pair): void {
    const sas = host.charon?.sas.filter((sa) => sa.connection === connection && isLive(sa)) ?? [];
    const isAll = this.#dice.chance(0.7);
    for (const sa of isAll ? sas : sas.slice(-1)) host.charon?.terminate(sa.id, 'operator');
  }

  /** Both lose what they have and call at once, or the one when the other's call is just coming in. */
  #crossing(pair: Pair): void {
    const world = this.#world;
    const mostMs = 2 * world.options.network.delayMs + 5;
    const offsetMs = this.#dice.between(-mostMs, mostMs);
    this.#delete(world.moon, pair);
    const call = (inMs: number, act: () => void): void => {
      world.scheduler.callIn(AFTER_DELETE_MS + inMs, () => {
        if (!this.#isOver) act();
      });
    };
    call(Math.max(0, offsetMs), () => world.moon.sidecar?.operate(pair.connection, 'initiate'));
    call(Math.max(0, -offsetMs), () => {
      if (pair.host.sidecar) pair.host.sidecar.operate(pair.connection, 'initiate');
      else if (pair.options.kind !== 'responder') pair.plain.call();
    });
  }

  /** Valid first packets from the peer's address, for ever. */
  #spoof(pair: Pair, left: number): void {
    const { spoofedPerSecond } = pair.options;
    if (spoofedPerSecond === 0 || left === 0) return;
    const world = this.#world;
    world.scheduler.callIn(this.#dice.exponential(1000 / spoofedPerSecond), () => {
      world.network.send({
        from: pair.host.address,
        to: MOON,
        initiatorSpi: this.#dice.spi(),
        responderSpi: '0000000000000000',
        isFromInitiator: true,
        id: 0,
        request: { type: 'init', hasCookie: false },
        answer: null,
      });
      this.#spoof(pair, left - 1);
    });
  }
}
