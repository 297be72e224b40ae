/**
 * What is counted as it happens: ends of calls and collisions, SAs terminated, times, requests to charon.
 *
 * Knows names, labels and buckets of these families and nothing of who counts. Counts begin at 0 with the process, as
 * Prometheus expects; a peer that is gone takes its counts along (`forget`).
 */
import { Counter, Histogram, type Registry } from 'prom-client';

/** How a call of ours ended. */
export const CALL_RESULTS = ['established', 'timeout', 'refused', 'error', 'aborted'] as const;
export type CallResult = (typeof CALL_RESULTS)[number];

/** Whose IKE_SA a collision left. */
export const COLLISION_RESOLUTIONS = ['kept_peer', 'kept_own', 'none_left'] as const;
export type CollisionResolution = (typeof COLLISION_RESOLUTIONS)[number];

export type Role = 'initiator' | 'responder';

export class Recorder {
  readonly #calls;
  readonly #collisions;
  readonly #terminated;
  readonly #established;
  readonly #requests;
  readonly #requestErrors;
  readonly #reconnects;
  readonly #lag;
  readonly #suppressed;
  /** Peers that have series here. */
  readonly #peers = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = new Counter({
      name: 'afteryou_initiations_total',
      help: 'Calls of ours, by how they ended.',
      labelNames: ['peer', 'result'],
      registers,
    });
    this.#collisions = new Counter({
      name: 'afteryou_collisions_total',
      help: 'Times that both ends called, by whose IKE_SA was left.',
      labelNames: ['peer', 'resolution'],
      registers,
    });
    this.#terminated = new Counter({
      name: 'afteryou_sas_terminated_total',
      help: 'IKE_SAs that afteryou had charon terminate, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#established = new Histogram({
      name: 'afteryou_time_to_established_seconds',
      help: 'From the moment that a peer had no tunnel until it had one, by our role in it.',
      labelNames: ['role'],
      buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 900],
      registers,
    });
    this.#requests = new Histogram({
      name: 'afteryou_vici_request_duration_seconds',
      help: 'From a request to charon until its answer, time in our queue included.',
      labelNames: ['command'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#requestErrors = new Counter({
      name: 'afteryou_vici_errors_total',
      help: 'Requests to charon that failed, by error code.',
      labelNames: ['command', 'reason'],
      registers,
    });
    this.#reconnects = new Counter({
      name: 'afteryou_vici_reconnects_total',
      help: 'Times that afteryou was attached to charon again after the first time.',
      registers,
    });
    this.#lag = new Histogram({
      name: 'afteryou_timer_lag_seconds',
      help: 'How long after its deadline a timer was served.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#suppressed = new Counter({
      name: 'afteryou_log_lines_suppressed_total',
      help: 'Lines about peers that the log left out because there were too many of them.',
      registers,
    });
  }

  callEnded(peer: string, result: CallResult): void {
    this.#peers.add(peer);
    this.#calls.inc({ peer, result });
  }

  collisionEnded(peer: string, resolution: CollisionResolution): void {
    this.#peers.add(peer);
    this.#collisions.inc({ peer, resolution });
  }

  terminated(reason: string): void {
    this.#terminated.inc({ reason });
  }

  /** A peer without a tunnel has one again. */
  establishedAfter(ms: number, role: Role): void {
    this.#established.observe({ role }, ms / 1000);
  }

  /** charon has answered, or failed to with the error code `reason`. */
  requestAnswered(command: string, ms: number, reason: string | null): void {
    this.#requests.observe({ command }, ms / 1000);
    if (reason !== null) this.#requestErrors.inc({ command, reason });
  }

  reconnected(): void {
    this.#reconnects.inc();
  }

  /** A timer was served this long after it was due. */
  timerLag(ms: number): void {
    this.#lag.observe(Math.max(0, ms) / 1000);
  }

  lineSuppressed(): void {
    this.#suppressed.inc();
  }

  /** Drops the series of all peers but these. */
  forget(present: ReadonlySet<string>): void {
    for (const peer of this.#peers) {
      if (present.has(peer)) continue;
      this.#peers.delete(peer);
      for (const result of CALL_RESULTS) this.#calls.remove({ peer, result });
      for (const resolution of COLLISION_RESOLUTIONS) this.#collisions.remove({ peer, resolution });
    }
  }
}
