/**
 * Calls as the wire shows them: the first packet of each IKE_SA that an address has asked for.
 */
import type { Capture } from '../lab/capture.ts';
import type { IkePacket } from '../lab/ike-packet.ts';
import { within } from '../lab/wait.ts';

const CALL_WITHIN_MS = 20_000;
/** The first message of IKEv2 and of IKEv1's main mode; only it has no responder SPI yet. */
const FIRST_EXCHANGES: readonly string[] = ['IKE_SA_INIT', 'ID_PROT'];
const NO_SPI = '0000000000000000';

/** The packets with which `from` asked for an IKE_SA, without retransmissions, since `sinceMs` of the wall clock. */
export function calls(capture: Capture, from: string, sinceMs?: number): IkePacket[] {
  const seen = new Set<string>();
  return capture
    .ike({ from })
    .filter(({ exchange, responderSpi, initiatorSpi }) => {
      if (!FIRST_EXCHANGES.includes(exchange) || responderSpi !== NO_SPI || seen.has(initiatorSpi))
        return false;
      seen.add(initiatorSpi);
      return true;
    })
    .filter(({ atMs }) => sinceMs === undefined || atMs >= sinceMs);
}

/** Waits until `from` has called `count` times (since `sinceMs`) and returns these calls. */
export async function untilCalls(
  capture: Capture,
  from: string,
  count: number,
  { sinceMs, ms = CALL_WITHIN_MS }: { readonly sinceMs?: number; readonly ms?: number } = {},
): Promise<IkePacket[]> {
  return await within(ms, `${count} calls from ${from}`, (saw) => {
    const found = saw(calls(capture, from, sinceMs));
    return found.length >= count && found;
  });
}

/** All of an IKE_SA that `from` sent. */
export function packetsOf(capture: Capture, from: string, initiatorSpi: string): IkePacket[] {
  return capture.ike({ from, initiatorSpi });
}
