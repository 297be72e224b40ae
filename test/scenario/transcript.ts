/**
 * Transcripts: text files that an operator can read, run line by line against `step`.
 *
 *     # comment
 *     setup children=net settle-hold=20         or `setup left ...` and `setup right ...` for two ends
 *     10.0  tick                                time in seconds and a command (commands.ts)
 *           > ask-turn                          what the policy does, as it is: written by the runner
 *     20.0  wake                                a tick at the very moment that the policy asked to be woken at
 *     20.0  show                                the state in one line
 *     random 0.5                                the random number of all events from here on
 *
 * The runner keeps commands and comments, replaces all `>` lines, and the test compares the two texts. Every
 * step is also checked against the invariants.
 */

import type { Effect } from '../../src/policy/effects.ts';
import type { PeerEvent } from '../../src/policy/events.ts';
import { brokenInvariants } from '../../src/policy/invariants.ts';
import { type IkeSa, initialPeerState, type PeerState } from '../../src/policy/state.ts';
import { step } from '../../src/policy/step.ts';
import { readCommand, readSetup } from './commands.ts';

const LINE = /^(?<time>\d+\.\d+)\s+(?:(?<end>left|right)\s+)?(?<command>\S.*)$/;
const SETUP = /^setup(?:\s+(?<end>left|right))?(?<words>.*)$/;

/** Runs a transcript. @returns the same text with the effects as they are now */
export function runTranscript(text: string): string {
  const ends = new Map<string, PeerState>();
  let random = 0;
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !/^\s+>/.test(line))
    .flatMap((line) => {
      if (line === '' || line.startsWith('#')) return [line];
      if (line.startsWith('random ')) {
        random = Number(line.slice('random '.length));
        return [line];
      }
      const setup = SETUP.exec(line)?.groups;
      if (setup) {
        ends.set(setup['end'] ?? '', initialPeerState(readSetup(setup['words'] ?? ''), 0));
        return [line];
      }
      const parts = LINE.exec(line)?.groups;
      const end = parts?.['end'] ?? '';
      const state = ends.get(end);
      if (!parts || !state) throw new Error(`not a line of a transcript: ${line}`);
      const nowMs = Math.round(Number(parts['time']) * 1000);
      const command = parts['command'] ?? '';
      if (command === 'show') return [line, answer(show(state))];
      const event = readEvent(command, state, nowMs, random);
      const after = step(state, event);
      ends.set(end, after.state);
      const unasked =
        command === 'wake' && state.wakeMs !== nowMs ? [`NOT ASKED: wakes ${state.wakeMs}`] : [];
      const broken = brokenInvariants(state, event, after).map((what) => `BROKEN ${what}`);
      return [line, ...[...after.effects.map(showEffect), ...unasked, ...broken].map(answer)];
    });
  return `${lines.join('\n')}\n`;
}

function readEvent(command: string, state: PeerState, nowMs: number, random: number): PeerEvent {
  if (command === 'wake') return { type: 'tick', nowMs, random };
  return { ...readCommand(command, state.setup, nowMs), nowMs, random };
}

function answer(text: string): string {
  return `      > ${text}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms % 100 === 0 ? 1 : 3);
}

function showEffect(effect: Effect): string {
  switch (effect.type) {
    case 'transition':
      return `${effect.to} (${effect.rule}: ${effect.why})`;
    case 'note':
      return `${effect.isTrouble ? 'trouble' : 'note'} (${effect.rule}: ${effect.why})`;
    case 'ask-turn':
      return `ask-turn, due ${seconds(effect.deadlineMs)}`;
    case 'initiate':
      return `initiate ${effect.child ?? 'the IKE_SA alone'}`;
    case 'terminate-child':
      return `terminate CHILD_SA ${effect.childId}`;
    case 'rekey-child':
      return `rekey CHILD_SA ${effect.childId}`;
    case 'terminate':
      return `terminate ${effect.id} (${effect.reason})`;
    default:
      return effect.type;
  }
}

function showIkeSa(sa: IkeSa): string {
  const children = sa.children.map((child) => `${child.name}#${child.id}`);
  const marks = [
    sa.provenMs === null ? [] : ['proven'],
    sa.leavingUntilMs === null ? [] : ['leaving'],
  ].flat();
  return [`${sa.id} by ${sa.startedBy}`, sa.state, ...marks, ...children].join(' ');
}

function show(state: PeerState): string {
  const { window } = state;
  const until = window.kind === 'none' ? 'no window' : `${window.kind} until ${seconds(window.deadlineMs)}`;
  const ikeSas = state.ikeSas.map(showIkeSa).join(', ');
  const counters = Object.entries(state.counters)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
  const wakes = state.wakeMs === null ? 'sleeps' : `wakes ${seconds(state.wakeMs)}`;
  return [state.name, until, wakes, ikeSas || 'no IKE_SA', counters, state.lastError?.text]
    .filter((part) => part)
    .join('; ');
}
