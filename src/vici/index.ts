/**
 * A client library for VICI, the control interface of strongSwan's charon.
 *
 * Stands alone: it needs Node and nothing else. `docs/vici.md` is the guide.
 */
export { DEFAULT_ADDRESS } from './address.ts';
export * from './commands/configuration.ts';
export * from './commands/control.ts';
export {
  type Counters,
  type CounterTarget,
  getAlgorithms,
  getCounters,
  type LoadedAlgorithms,
  resetCounters,
} from './commands/counters.ts';
export * from './commands/credentials.ts';
export * from './commands/daemon.ts';
export * from './commands/lists.ts';
export { MessageCursor } from './cursor.ts';
export { encodeMessage, type InputScalar, type InputValue, type MessageInput } from './encode.ts';
export { ViciError, type ViciErrorCode } from './errors.ts';
export { decodeEvent, type EventName, SUBSCRIBABLE_EVENTS, type ViciEvent } from './events.ts';
export { FrameReader } from './framing.ts';
export { Imprint } from './imprint.ts';
export {
  decodeMessage,
  type Entry,
  type ListEntry,
  type Message,
  Section,
  type Value,
  type ValueEntry,
} from './message.ts';
export { NameSet } from './name-set.ts';
export * from './narrow-conn.ts';
export * from './narrow-events.ts';
export * from './narrow-sa.ts';
export { decodePacket, encodePacket, type OutgoingPacket, type Packet } from './packet.ts';
export { type BackoffOptions, type ReconnectingOptions, ReconnectingSession } from './reconnecting.ts';
export { Session } from './session.ts';
export type {
  Commander,
  EventHandler,
  RequestOptions,
  SessionOptions,
  Subscription,
} from './session-options.ts';
export { snug } from './snug.ts';
export type { Algorithms, ChildSa, IkeSa, Traffic } from './views/ike-sa.ts';
export type * from './views/listed.ts';
export * from './wire.ts';
