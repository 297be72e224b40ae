/** The keys that a service and a single peer share: who starts, and when. Each by itself, over the texts of the file. */
import * as z from 'zod';
import { DEFAULT_SETTINGS } from '../policy/settings.ts';
import {
  BACK_OFF_FACTOR,
  BACK_OFF_MAX,
  DURATION_KEYS,
  type DurationName,
  defaultSeconds,
  effectiveRange,
} from './keys.ts';
import { flag, number, seconds, word } from './scalars.ts';

type Durations = Record<DurationName, z.ZodOptional<ReturnType<typeof seconds>>>;

/** The keys that a service and a peer share. A peer has no defaults of its own: it inherits the service's. */
export function settingKeys(laboratory: boolean, of: 'service' | 'peer') {
  const byDefault = <Value extends string | number | boolean>(value: Value) =>
    of === 'service' ? { default: value } : {};
  const durations = Object.fromEntries(
    Object.entries(DURATION_KEYS).map(([name, { min, max, whole, description }]) => [
      name,
      seconds(effectiveRange({ min, max, whole }, laboratory), {
        description: `${description} Seconds.`,
        ...byDefault(defaultSeconds(name as DurationName)),
      }).optional(),
    ]),
  ) as Durations;
  return {
    policy: word(['windowed', 'responder-only', 'initiator-only', 'paused'], {
      description: 'Who starts: wait then call, never we, always we, or nobody.',
      ...byDefault(DEFAULT_SETTINGS.policy),
    }).optional(),
    collision: word(['settle', 'immediate'], {
      description:
        'When both ends call: keep both and choose later, or drop our call at the first sight of the other.',
      ...byDefault(DEFAULT_SETTINGS.collision),
    }).optional(),
    ...durations,
    'back-off': z
      .strictObject({
        factor: number(BACK_OFF_FACTOR, {
          description: 'Responder mode grows by this factor after each cycle without a tunnel; 1 = off.',
          ...byDefault(DEFAULT_SETTINGS.backOffFactor),
        }).optional(),
        max: seconds(effectiveRange(BACK_OFF_MAX, laboratory), {
          description: 'The longest responder mode that back-off makes. Seconds.',
          ...byDefault(DEFAULT_SETTINGS.backOffMaxMs / 1000),
        }).optional(),
      })
      .meta({ description: 'Lengthens responder mode for a peer that stays away.' })
      .optional(),
    'no-rekey': flag({
      description:
        'With policy responder-only: the connection must not rekey from our side (checked and reported).',
      ...byDefault(DEFAULT_SETTINGS.noRekey),
    }).optional(),
    enforce: flag({
      description: 'With policy responder-only: terminate what charon starts by itself, not only report it.',
      ...byDefault(DEFAULT_SETTINGS.enforce),
    }).optional(),
  };
}
