/** Commands about charon itself. Source: VICI README, "Client-initiated commands". */
import type { Message, Section } from '../message.ts';
import type { Commander, RequestOptions } from '../session-options.ts';

export interface Version {
  /** `charon-systemd`, `charon` ... */
  readonly daemon: string;
  /** strongSwan's version, such as `5.9.8`. */
  readonly version: string;
  readonly sysname: string;
  readonly release: string;
  readonly machine: string;
}

/** Counts per priority of a job: `critical`, `high`, `medium`, `low`. */
export type ByPriority = Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;

export interface Stats {
  /** How long charon has run, in words. */
  readonly uptimeRunning: string;
  /** When it started: local time, to the second. */
  readonly uptimeSince: string;
  /** With 1 or fewer idle, charon is about to stop answering. */
  readonly workers: { readonly total: number; readonly idle: number; readonly active: ByPriority };
  /** Jobs that wait for a thread. */
  readonly queues: ByPriority;
  readonly scheduledJobs: number;
  /** `halfOpen` counts our own unanswered initiations too (measured on 5.9.8). */
  readonly ikeSas: { readonly total: number; readonly halfOpen: number };
  readonly plugins: readonly string[];
  readonly message: Message;
}

/** charon's version and the system under it. */
export async function version(session: Commander, options?: RequestOptions): Promise<Version> {
  const answer = await session.request('version', {}, options);
  return {
    daemon: answer.get('daemon') ?? '',
    version: answer.get('version') ?? '',
    sysname: answer.get('sysname') ?? '',
    release: answer.get('release') ?? '',
    machine: answer.get('machine') ?? '',
  };
}

/** Load and state of charon. Few idle workers or any queued jobs mean trouble. */
export async function stats(session: Commander, options?: RequestOptions): Promise<Stats> {
  const message = await session.request('stats', {}, options);
  const workers = message.section('workers');
  const ikeSas = message.section('ikesas');
  return {
    uptimeRunning: message.section('uptime')?.get('running') ?? '',
    uptimeSince: message.section('uptime')?.get('since') ?? '',
    workers: {
      total: workers?.number('total') ?? 0,
      idle: workers?.number('idle') ?? 0,
      active: byPriority(workers?.section('active')),
    },
    queues: byPriority(message.section('queues')),
    scheduledJobs: message.number('scheduled') ?? 0,
    ikeSas: { total: ikeSas?.number('total') ?? 0, halfOpen: ikeSas?.number('half-open') ?? 0 },
    plugins: message.list('plugins') ?? [],
    message,
  };
}

/** Has charon read strongswan.conf again, and the plugins that can. @throws VICI_COMMAND_FAILED */
export async function reloadSettings(session: Commander, options?: RequestOptions): Promise<void> {
  await session.request('reload-settings', {}, options);
}

function byPriority(section: Section | undefined): ByPriority {
  return {
    critical: section?.number('critical') ?? 0,
    high: section?.number('high') ?? 0,
    medium: section?.number('medium') ?? 0,
    low: section?.number('low') ?? 0,
  };
}
