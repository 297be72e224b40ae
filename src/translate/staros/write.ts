/**
 * The way back: peer lists and services of a configuration of afteryou as StarOS text.
 *
 * Only what both know goes back: lists, deployment modes, bind addresses and the two durations. What StarOS can't say is told
 * beside the text; nothing is made up. Syntax and limits as documented in "Security Gateway as Initiator".
 */
import { DURATION_KEYS } from '../../config/keys.ts';
import type { Config, PeerList, PeerListEntry, ServiceConfig } from '../../config/model.ts';
import type { Note } from '../gateway-model.ts';
import type { LineRef } from '../refusals.ts';
import { PEERS_MAX } from './peer-lists.ts';

export interface StarosOutput {
  readonly text: string;
  /** What is not in the text, and why. */
  readonly left: readonly Note[];
}

type Lists = Pick<Config, 'peerLists' | 'services'>;

/** StarOS text for the peer lists and services of a configuration. */
export function writeStaros({ peerLists, services }: Lists): StarosOutput {
  const left: Note[] = [];
  const contexts = new Set<string | null>(services.map(({ context }) => context));
  if (contexts.size === 0) contexts.add(null);
  const [first = null] = contexts;
  const used = new Set(services.map(({ peerListName }) => peerListName));
  const blocks = [...contexts].flatMap((context) => {
    const own = services.filter((service) => service.context === context);
    const names = new Set(own.map(({ peerListName }) => peerListName));
    const lists = [...peerLists.values()].filter(
      ({ name }) => names.has(name) || (context === first && !used.has(name)),
    );
    const lines = [
      ...lists.flatMap((list) => listLines(list, left)),
      ...own.flatMap((service) => serviceLines(service, left)),
    ];
    return context === null ? lines : [`context ${word(context)}`, ...indented(lines), 'exit'];
  });
  return { text: ['configure', ...indented(blocks), 'end'].map((line) => `${line}\n`).join(''), left };
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `   ${line}`);
}

function word(text: string): string {
  return /\s/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
}

function place({ file, line }: { readonly file: string; readonly line: number }): LineRef {
  return { file, number: line };
}

function listLines({ name, family, entries, origin }: PeerList, left: Note[]): readonly string[] {
  const addresses = entries.flatMap((entry) => addressOf(entry) ?? []);
  for (const entry of entries)
    if (addressOf(entry) === null)
      left.push({
        at: place(entry.origin),
        text: `${entry.text}: StarOS has hosts, subnets and wildcards, no ranges.`,
      });
  if (addresses.length > PEERS_MAX)
    left.push({
      at: place(origin),
      text: `Peer list ${name} has ${addresses.length} addresses; StarOS takes ${PEERS_MAX}, so the others are left out.`,
    });
  return [
    `crypto peer-list ${family} ${name}`,
    ...indented(addresses.slice(0, PEERS_MAX).map((address) => `address ${address}`)),
    ...indented(['exit']),
  ];
}

function addressOf({ kind, text, family }: PeerListEntry): string | null {
  if (kind === 'any') return family === 'ipv4' ? '0.0.0.0' : '::';
  return kind === 'range' ? null : text;
}

function serviceLines(service: ServiceConfig, left: Note[]): readonly string[] {
  const { name, deploymentMode, bind, peerListName, settings, overrides, origin } = service;
  const at = place(origin);
  const leave = (text: string): void => void left.push({ at, text: `${name}: ${text}` });
  // With a peer list a wsg-service initiates; one that only answers has none.
  const initiates = settings.policy !== 'responder-only';
  if (settings.policy === 'initiator-only' || settings.policy === 'paused')
    leave(`policy ${settings.policy} has no counterpart; StarOS would wait and then call.`);
  if (!initiates && peerListName !== null)
    leave('it is responder-only, so the text does not set its peer list: with one StarOS would call.');
  if (overrides.size > 0) leave('settings of single peers have no counterpart.');
  return [
    `wsg-service ${name}`,
    ...indented([
      `deployment-mode ${deploymentMode}`,
      ...(bind === null
        ? []
        : ['# complete the next line with: crypto-template NAME', `bind address ${bind}`]),
      ...(peerListName === null || !initiates ? [] : [`peer-list ${peerListName}`]),
      ...durationLine('initiator-mode-duration', settings.initiatorModeMs, leave),
      ...durationLine('responder-mode-duration', settings.responderModeMs, leave),
      'exit',
    ]),
  ];
}

function durationLine(
  key: 'initiator-mode-duration' | 'responder-mode-duration',
  milliseconds: number,
  leave: (text: string) => void,
): readonly string[] {
  const { min, max } = DURATION_KEYS[key];
  const seconds = milliseconds / 1000;
  if (Number.isInteger(seconds) && seconds >= min && seconds <= max) return [`${key} ${seconds}`];
  leave(`${key} ${seconds} is no whole number of ${min}..${max} seconds.`);
  return [];
}
