/** IKEv1 policies: what IOS and ASA say alike in them. Knows neither's defaults. */
import { groupKeyword, integrityKeyword } from './algorithms.ts';
import { type Command, checked, type Fact, numberIn } from './commands.ts';

export interface Ikev1Policy extends Fact {
  readonly priority: number;
  encryption: string;
  hash: string;
  group: string;
  authentication: 'psk' | 'certificate';
  lifetimeSeconds: number;
}

export const HASH: Command<Ikev1Policy> = checked(/^hash (?<name>\S+)$/i, (policy, { name = '' }) => {
  const keyword = integrityKeyword(name);
  if (keyword === null) return `the hash ${name} is not known here`;
  policy.hash = keyword;
  return undefined;
});

export const GROUP: Command<Ikev1Policy> = checked(/^group (?<group>\d+)$/i, (policy, { group = '' }) => {
  const keyword = groupKeyword(group);
  if (keyword === null) return `strongSwan has no group ${group}`;
  policy.group = keyword;
  return undefined;
});

export function lifetimeWithin(min: number, max: number): Command<Ikev1Policy> {
  return checked(/^lifetime (?<seconds>\d+)$/i, (policy, { seconds }) => {
    const value = numberIn(seconds, min, max);
    if (value === null) return `the lifetime must be ${min}..${max} s`;
    policy.lifetimeSeconds = value;
    return undefined;
  });
}
