/**
 * The sidecar seen from outside: what it notes (probed-sidecar.ts), and its processor time and memory by /proc.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Afteryou } from '../../test/netns/lab/afteryou.ts';
import type { ManagedProcess } from '../../test/netns/lab/managed-process.ts';
import { within } from '../../test/netns/lab/wait.ts';
import type { Notes } from './notes.ts';

const NOTES_WITHIN_MS = 20_000;

/** Where a sidecar of this directory leaves its notes. */
export function notesFile(labDir: string): string {
  return join(labDir, 'notes.json');
}

/** What the sidecar has noted since it was asked last. */
export async function takeNotes(sidecar: Afteryou, labDir: string): Promise<Notes> {
  const file = notesFile(labDir);
  rmSync(file, { force: true });
  sidecar.process.signal('SIGUSR2');
  await within(NOTES_WITHIN_MS, 'the notes of the sidecar', () => existsSync(file));
  return JSON.parse(readFileSync(file, 'utf8')) as Notes;
}

/** What a process has used since this began. */
export class Usage {
  readonly #process: ManagedProcess;
  readonly #startMs = performance.now();
  readonly #startCpuMs: number;

  constructor(process: ManagedProcess) {
    this.#process = process;
    this.#startCpuMs = process.cpuMs();
  }

  take(): {
    readonly cpuMs: number;
    readonly seconds: number;
    readonly rssMiB: number;
    readonly peakRssMiB: number;
  } {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    return {
      cpuMs: this.#process.cpuMs() - this.#startCpuMs,
      seconds: (performance.now() - this.#startMs) / 1_000,
      rssMiB: this.#process.rssKib() / 1_024,
      peakRssMiB: peakKiB / 1_024,
    };
  }
}
