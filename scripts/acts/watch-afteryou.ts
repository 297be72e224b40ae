/** Follows the event stream of one afteryou: tells each entry, and keeps them for the checks. */

import type { HistoryEntry } from '../../src/control/api.ts';
import { ControlClient } from '../../src/control/client.ts';
import type { Afteryou } from '../../test/netns/lab/afteryou.ts';
import { within } from '../../test/netns/lab/wait.ts';
import type { Timeline } from './timeline.ts';

const EARLIER_ENTRIES = 100;
const LOOK_MS = 5;

export class AfteryouWatch {
  /** All entries so far, oldest first. */
  readonly entries: HistoryEntry[] = [];
  readonly #name: string;
  readonly #stop = new AbortController();

  private constructor(name: string) {
    this.#name = name;
  }

  static async start(sidecar: Afteryou, timeline: Timeline): Promise<AfteryouWatch> {
    const watch = new AfteryouWatch(sidecar.host.name);
    const client = await ControlClient.connect(sidecar.controlSocket);
    watch.#follow(client, sidecar, timeline).catch((error: unknown) => {
      timeline.tell('demo', `the events of afteryou at ${sidecar.host.name} have ended: ${String(error)}`);
    });
    return watch;
  }

  /** The changes of state into `state`. */
  into(state: string): HistoryEntry[] {
    return this.entries.filter(({ kind, to }) => kind === 'transition' && to === state);
  }

  /** Waits until the peer has been in `state` for the `count`th time. */
  async reaches(state: string, count: number, ms: number): Promise<void> {
    await within(
      ms,
      `afteryou at ${this.#name} is in ${state} (${count})`,
      () => this.into(state).length >= count,
      {
        pollMs: LOOK_MS,
      },
    );
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(client: ControlClient, { host }: Afteryou, timeline: Timeline): Promise<void> {
    for await (const entry of client.follow(EARLIER_ENTRIES, this.#stop.signal)) {
      this.entries.push(entry);
      timeline.tell(`${host.name} afteryou`, textOf(entry), Date.parse(entry.at));
    }
  }
}

function textOf({ kind, from, to, rule, why }: HistoryEntry): string {
  if (kind === 'transition') return `${from ?? '-'} => ${to ?? '-'}  (${rule}: ${why})`;
  return `${rule}: ${why}`;
}
