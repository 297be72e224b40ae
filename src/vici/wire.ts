/**
 * The numbers of the VICI protocol: element kinds, packet types, limits.
 *
 * Knows nothing of how they are read or written. Source: strongSwan's VICI README, "Packet layer" and
 * "Message format"; limits that the README leaves open carry their reason here.
 */

/** What a message cursor stands on; `END` is ours and never on the wire. */
export const END = 0;
export const SECTION_START = 1;
export const SECTION_END = 2;
export const KEY_VALUE = 3;
export const LIST_START = 4;
export const LIST_ITEM = 5;
export const LIST_END = 6;

export type ElementKind =
  | typeof END
  | typeof SECTION_START
  | typeof SECTION_END
  | typeof KEY_VALUE
  | typeof LIST_START
  | typeof LIST_ITEM
  | typeof LIST_END;

/** Packet types by their byte on the wire: the index is the byte. */
export const PACKET_TYPES = [
  'CMD_REQUEST',
  'CMD_RESPONSE',
  'CMD_UNKNOWN',
  'EVENT_REGISTER',
  'EVENT_UNREGISTER',
  'EVENT_CONFIRM',
  'EVENT_UNKNOWN',
  'EVENT',
] as const;

export type PacketType = (typeof PACKET_TYPES)[number];

/** Most bytes of one packet, without its 4 bytes of length; 524,288 is accepted (measured on 5.9.8). */
export const MAX_PACKET_BYTES = 512 * 1024;
/** Length of every packet's length prefix in bytes. */
export const LENGTH_PREFIX_BYTES = 4;
/** Most bytes of a name: it has an 8-bit length. */
export const MAX_NAME_BYTES = 255;
/** Most bytes of a value: it has a 16-bit length. */
export const MAX_VALUE_BYTES = 65_535;
/** Deepest nesting of sections. The README sets no bound; charon's own messages use at most 5. */
export const MAX_SECTION_DEPTH = 32;
