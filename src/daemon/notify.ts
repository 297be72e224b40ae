/**
 * Tells systemd how we are: readiness, watchdog, a line of status.
 *
 * Node has no datagram sockets of the unix kind, so systemd's own `systemd-notify` sends for us (6-9 ms a call, measured). The
 * sender is then a child of ours, which systemd hears only with `NotifyAccess=all`. Source: sd_notify(3), systemd-notify(1).
 */

import { execFile } from 'node:child_process';
import type { Log } from './log.ts';

/** What is told, by variable: `READY`, `STATUS`, `WATCHDOG` ... */
export type Notice = Readonly<Record<string, string>>;

/** It has been seen to take up to some tens of milliseconds; systemd itself may be busy. */
const SEND_MS_MAX = 5_000;

export class Notifier {
  readonly #log: Log;
  readonly #program: string;
  #waiting: Notice = {};
  #sending: Promise<void> | null = null;
  #hasFailed = false;

  constructor(log: Log, program = 'systemd-notify') {
    this.#log = log;
    this.#program = program;
  }

  /** Sends soon, one call at a time; of what waits the latest of each variable counts. */
  tell(notice: Notice): void {
    this.#waiting = { ...this.#waiting, ...notice };
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when all has been sent, or couldn't be. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (Object.keys(this.#waiting).length > 0) {
      const words = Object.entries(this.#waiting).map(([name, value]) => `${name}=${oneLine(value)}`);
      this.#waiting = {};
      await this.#send(words);
    }
    this.#sending = null;
  }

  #send(words: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      execFile(this.#program, [...words], { timeout: SEND_MS_MAX }, (error) => {
        if (error !== null && !this.#hasFailed) {
          this.#log.error({ why: error.message }, 'systemd cannot be told how afteryou is');
        }
        this.#hasFailed = error !== null;
        resolve();
      });
    });
  }
}

/** Variables are separated by line breaks. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 500);
}
