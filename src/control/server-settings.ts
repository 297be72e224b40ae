/** What bounds a server of the control socket; shared by the server and its connections. */
import type { DaemonApi } from './api.ts';

export interface ControlServerSettings {
  /** Path of the socket; its directory is made if need be. */
  readonly path: string;
  readonly api: DaemonApi;
  /** Connections at the same time; one more is told so and closed. */
  readonly connectionsMax: number;
  /** How long a connection may stay without a request, unless it follows events. */
  readonly idleMs: number;
  /** How long a frame may take from its first byte to its last. */
  readonly frameMs: number;
  /** How long a client may leave an answer unread, also the last one. */
  readonly stallMs: number;
  /** Bytes that may wait for a client that follows events; with more it is dropped. */
  readonly followerBytesMax: number;
  /** Told what went wrong with a request or a connection, for the log. */
  readonly onTrouble: (error: unknown) => void;
}

export const SERVER_DEFAULTS = {
  connectionsMax: 32,
  idleMs: 60_000,
  frameMs: 5_000,
  stallMs: 10_000,
  followerBytesMax: 1024 * 1024,
  onTrouble: () => {},
} as const satisfies Partial<ControlServerSettings>;
