/**
 * Every order in which things can happen when both ends call at once: two ends that run the policy, every
 * interleaving of the messages between them and of what their charons tell them.
 *
 * Messages and news take less than any timer of the policy: time passes when nothing is under way, or, at most
 * `lags` times in a run, by `lagMs` while something is. At most `losses` messages of a run are lost, in every
 * choice of which; charon retransmits them.
 */

import { createHash } from 'node:crypto';
import type { PeerSettings } from '../../../src/policy/settings.ts';
import { DEFAULT_SETTINGS } from '../../../src/policy/settings.ts';
import { initialPeerState } from '../../../src/policy/state.ts';
import { act, type Gateway, takeAnswer, takeNews, takeTurn } from './gateway.ts';
import { IkeModel } from './ike-model.ts';
import { type EndIndex, newWorld, type Traits, type World } from './ike-world.ts';

export interface Plan {
  readonly settings?: Partial<PeerSettings>;
  readonly traits: Traits;
  readonly lagMs: number;
  readonly lags: number;
  readonly losses: number;
  /** Whether an answer can be what is lost, or requests only. */
  readonly areAnswersLost: boolean;
  /** The policies read all news before the next message arrives: fewer orders, so that more lags can be had. */
  readonly isPrompt: boolean;
}

interface Place {
  readonly world: World;
  readonly gateways: readonly [Gateway, Gateway];
  /** An IKE_SA was up at both ends at the same time. */
  readonly wasUp: boolean;
  readonly lagsLeft: number;
  readonly lossesLeft: number;
}

export interface Findings {
  readonly states: number;
  readonly ends: number;
  /** How runs ended: `<survivor>` by which end started it. */
  readonly survivors: Readonly<Record<string, number>>;
  readonly collisions: number;
}

const ENDS: readonly EndIndex[] = [0, 1];
const HORIZON_MS = 300_000;

/** @throws Error with what went wrong and where */
export function explore(plan: Plan, statesMax: number): Findings {
  const model = new IkeModel(plan.traits);
  const seen = new Set<string>();
  const stack: Place[] = [begin(model, plan)];
  const survivors: Record<string, number> = {};
  let [ends, collisions] = [0, 0];
  for (let place = stack.pop(); place; place = stack.pop()) {
    const key = createHash('md5').update(JSON.stringify(place)).digest('base64');
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > statesMax) throw new Error(`more than ${statesMax} states`);
    const next = successors(model, plan, place);
    stack.push(...next);
    if (next.length > 0) continue;
    ends += 1;
    const survivor = checkEnd(place);
    survivors[survivor] = (survivors[survivor] ?? 0) + 1;
    if (place.gateways.some(({ state }) => state.counters.collisions > 0)) collisions += 1;
  }
  return { states: seen.size, ends, survivors, collisions };
}

/** Responder mode has run out at both ends, and both have asked for their turn. */
function begin(model: IkeModel, plan: Plan): Place {
  const world = newWorld(0);
  const settings = { ...DEFAULT_SETTINGS, ...plan.settings };
  const setup = { settings, children: ['net'], isConfigured: true, isCallable: true };
  const born = (end: EndIndex): Gateway => {
    const gateway = { state: initialPeerState(setup, 0), answers: [], hasTurn: false };
    return act(model, world, end, gateway, { type: 'attached', ikeSas: [] });
  };
  const gateways = [born(0), born(1)] as const;
  world.nowMs = settings.responderModeMs;
  const ready = [
    act(model, world, 0, gateways[0], { type: 'tick' }),
    act(model, world, 1, gateways[1], { type: 'tick' }),
  ] as const;
  return { world, gateways: ready, wasUp: false, lagsLeft: plan.lags, lossesLeft: plan.losses };
}

function successors(model: IkeModel, plan: Plan, place: Place): Place[] {
  const { world } = place;
  const next: Place[] = [];
  for (const end of ENDS) {
    const gateway = place.gateways[end];
    const take = (how: typeof takeNews) => {
      const changed = copyOf(world);
      const after = how(model, changed, end, gateway);
      next.push(placeAt(place, changed, end === 0 ? [after, place.gateways[1]] : [place.gateways[0], after]));
    };
    if (world.news[end].length > 0) take(takeNews);
    if (gateway.answers.length > 0) take(takeAnswer);
    if (gateway.hasTurn) take(takeTurn);
  }
  if (plan.isPrompt && next.length > 0) return next.slice(0, 1);
  for (const message of world.net) {
    const changed = copyOf(world);
    changed.net = world.net.filter((one) => one !== message);
    const mayBeLost = plan.areAnswersLost || !message.kind.includes('-');
    if (place.lossesLeft > 0 && mayBeLost)
      next.push({ ...place, world: changed, lossesLeft: place.lossesLeft - 1 });
    const delivered = copyOf(changed);
    model.deliver(delivered, message);
    next.push(placeAt(place, delivered, place.gateways));
  }
  if (next.length === 0) return later(model, place, nextTime(model, place));
  const isAllNew = world.net.every((message) => message.sentMs === world.nowMs);
  if (place.lagsLeft > 0 && isAllNew && world.net.length > 0) {
    next.push(...later(model, { ...place, lagsLeft: place.lagsLeft - 1 }, world.nowMs + plan.lagMs));
  }
  return next;
}

function nextTime(model: IkeModel, { world, gateways }: Place): number {
  const wakes = gateways.map(({ state }) => state.wakeMs ?? Infinity);
  return Math.min(model.nextMs(world, 0), model.nextMs(world, 1), ...wakes);
}

/** The same at a later time, with all that is due by then. */
function later(model: IkeModel, place: Place, nowMs: number): Place[] {
  if (nowMs > HORIZON_MS) return [];
  const world = copyOf(place.world);
  world.nowMs = nowMs;
  for (const end of ENDS) model.tick(world, end);
  const [left, right] = place.gateways.map((gateway, index) => {
    const isDue = gateway.state.wakeMs !== null && gateway.state.wakeMs <= nowMs;
    return isDue ? act(model, world, index === 0 ? 0 : 1, gateway, { type: 'tick' }) : gateway;
  });
  return left && right ? [placeAt(place, world, [left, right])] : [];
}

function copyOf(world: World): World {
  return { ...world, charons: [...world.charons], news: [...world.news] };
}

/** IKE_SAs that are up at both ends, by initiator SPI. */
function upAtBoth(world: World): string[] {
  const [left, right] = world.charons.map(({ sas }) => sas.filter((sa) => sa.state === 'ESTABLISHED'));
  return (left ?? []).flatMap(({ spi }) => (right?.some((sa) => sa.spi === spi) ? [spi] : []));
}

function placeAt(before: Place, world: World, gateways: Place['gateways']): Place {
  const isUp = upAtBoth(world).length > 0;
  if (before.wasUp && !isUp) {
    throw new Error(`no tunnel any more: ${JSON.stringify({ world, before: before.world })}`);
  }
  return { ...before, world, gateways, wasUp: before.wasUp || isUp };
}

/** Nothing can happen any more: exactly one IKE_SA, the same at both ends, and both call it up. */
function checkEnd({ world, gateways }: Place): string {
  const up = upAtBoth(world);
  const isSingle = up.length === 1 && world.charons.every(({ sas }) => sas.length === 1);
  const areBothUp = gateways.every(({ state }) => state.name === 'up');
  if (!isSingle || !areBothUp) throw new Error(`not one tunnel at the end: ${JSON.stringify(world)}`);
  const isOfLeft = world.charons[0].sas.some((sa) => sa.isInitiator);
  return isOfLeft ? 'left' : 'right';
}
