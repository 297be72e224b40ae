/** Tells of every IKE packet that passes at moon. */
import type { Capture } from '../../test/netns/lab/capture.ts';
import type { Host } from '../../test/netns/lab/hosts.ts';
import type { IkePacket } from '../../test/netns/lab/ike-packet.ts';
import { shortSpi } from './sa-table.ts';
import type { Timeline } from './timeline.ts';

const LOOK_MS = 20;
/** Room for `CREATE_CHILD_SA response`. */
const KIND_COLUMNS = 25;

export function watchWire(capture: Capture, hosts: readonly Host[], timeline: Timeline): () => void {
  const nameOf = (address: string) => hosts.find(({ ipv4 }) => ipv4.outer === address)?.name ?? address;
  const seen = new Set<string>();
  let told = 0;
  const look = () => {
    for (const packet of capture.packets.slice(told)) {
      told += 1;
      const key = keyOf(packet);
      const again = seen.has(key) ? '  (again)' : '';
      seen.add(key);
      const way = `${nameOf(packet.source)} -> ${nameOf(packet.destination)}`;
      const kind = `${packet.exchange} ${packet.isResponse ? 'response' : 'request'}`;
      const text = `${way.padEnd(13)}${kind.padEnd(KIND_COLUMNS)}IKE_SA ${shortSpi(packet.initiatorSpi)}${again}`;
      timeline.tell('wire', text, packet.atMs);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
  };
}

/** The same for a packet and its retransmission (RFC 7296, 2.1). */
function keyOf({ initiatorSpi, messageId, isResponse, source }: IkePacket): string {
  return `${initiatorSpi} ${messageId} ${isResponse} ${source}`;
}
