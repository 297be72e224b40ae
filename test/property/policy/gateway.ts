/**
 * One end that runs the policy: `step`, its charon in the model, and the two VICI connections between them.
 *
 * Commands reach charon at once; their answers, and charon's events, wait in two queues of their own until
 * someone takes them, so each can overtake the other.
 */

import type { Effect } from '../../../src/policy/effects.ts';
import type { PeerEvent } from '../../../src/policy/events.ts';
import { brokenInvariants } from '../../../src/policy/invariants.ts';
import type { PeerState } from '../../../src/policy/state.ts';
import { step } from '../../../src/policy/step.ts';
import type { News } from './fuzz.ts';
import type { IkeModel } from './ike-model.ts';
import { type EndIndex, factsOf, type World } from './ike-world.ts';

export interface Gateway {
  readonly state: PeerState;
  /** Answers on the command connection, oldest first. */
  readonly answers: readonly News[];
  /** A turn has been asked for (R15). */
  readonly hasTurn: boolean;
}

/** One step of this end. Effects go to `world`. @returns the end after it */
export function act(model: IkeModel, world: World, end: EndIndex, gateway: Gateway, news: News): Gateway {
  const event: PeerEvent = { ...news, nowMs: world.nowMs, random: 0 };
  const after = step(gateway.state, event);
  const broken = brokenInvariants(gateway.state, event, after);
  if (broken.length > 0) throw new Error(`${broken.join('; ')} by ${JSON.stringify(event)}`);
  let next: Gateway = { ...gateway, state: after.state };
  for (const effect of after.effects) next = carryOut(model, world, end, next, effect);
  return next;
}

function carryOut(model: IkeModel, world: World, end: EndIndex, gateway: Gateway, effect: Effect): Gateway {
  switch (effect.type) {
    case 'ask-turn':
      return { ...gateway, hasTurn: true };
    case 'drop-turn':
      return { ...gateway, hasTurn: false };
    case 'initiate':
      model.initiate(world, end);
      return gateway;
    case 'rekey-child':
      model.rekeyChild(world, end, effect.childId);
      return gateway;
    case 'list': {
      const ikeSas = world.charons[end].sas.map(factsOf);
      const listing = {
        type: 'listing',
        askedMs: world.nowMs,
        isFresh: true,
        hasHalfOpen: true,
        ikeSas,
      } as const;
      return { ...gateway, answers: [...gateway.answers, listing] };
    }
    case 'terminate': {
      const error = model.terminate(
        world,
        end,
        effect.id,
        (facts) => facts.initiatorSpi === effect.initiatorSpi && facts.responderSpi === effect.responderSpi,
      );
      return {
        ...gateway,
        answers: [...gateway.answers, { type: 'terminate-answered', id: effect.id, error }],
      };
    }
    default:
      return gateway;
  }
}

/** Takes the oldest event of charon. */
export function takeNews(model: IkeModel, world: World, end: EndIndex, gateway: Gateway): Gateway {
  const [first, ...rest] = world.news[end];
  if (!first) return gateway;
  world.news = end === 0 ? [rest, world.news[1]] : [world.news[0], rest];
  return act(model, world, end, gateway, first);
}

/** Takes the oldest answer of charon. */
export function takeAnswer(model: IkeModel, world: World, end: EndIndex, gateway: Gateway): Gateway {
  const [first, ...answers] = gateway.answers;
  return first ? act(model, world, end, { ...gateway, answers }, first) : gateway;
}

export function takeTurn(model: IkeModel, world: World, end: EndIndex, gateway: Gateway): Gateway {
  return act(model, world, end, { ...gateway, hasTurn: false }, { type: 'turn' });
}
