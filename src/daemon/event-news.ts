/**
 * VICI events made into news for the policy: one place that knows their names and their traps.
 */

import type { PeerNews } from '../policy/events.ts';
import {
  type MessageCursor,
  readChildRekey,
  readIkeRekey,
  readUpdown,
  type UpdownFacts,
} from '../vici/index.ts';
import type { News } from './charon.ts';
import { readLogEvent } from './log-news.ts';
import { childSaFacts, connectionName, ikeSaFacts } from './translate-facts.ts';

export const EVENTS = ['ike-updown', 'child-updown', 'ike-rekey', 'child-rekey'] as const;

/** Only a hint, and most of what charon tells. */
export const LOG_EVENT = 'log';

/** @throws VICI_PROTOCOL if the event can't be read */
export function readEventNews(name: string, body: MessageCursor): News[] {
  switch (name) {
    case 'ike-updown':
      return ikeUpdown(readUpdown(body));
    case 'child-updown':
      return childUpdown(readUpdown(body));
    case 'ike-rekey': {
      const { oldIkeSa, newIkeSa } = readIkeRekey(body);
      return about(newIkeSa, { type: 'ike-rekeyed', oldId: oldIkeSa.uniqueid, ikeSa: ikeSaFacts(newIkeSa) });
    }
    case 'child-rekey': {
      const { ikeSa, oldChild, newChild } = readChildRekey(body);
      return about(ikeSa, {
        type: 'child-rekeyed',
        ikeSaId: ikeSa.uniqueid,
        oldChildId: oldChild.uniqueid,
        child: childSaFacts(newChild),
      });
    }
    case LOG_EVENT:
      return readLogEvent(body);
    default:
      return [];
  }
}

function about(sa: { readonly name: string; readonly remoteHost: string }, news: PeerNews): News[] {
  return [{ type: 'peer', connection: connectionName(sa.name), address: sa.remoteHost, news }];
}

function ikeUpdown({ isUp, ikeSa }: UpdownFacts): News[] {
  return isUp
    ? about(ikeSa, { type: 'ike-up', ikeSa: ikeSaFacts(ikeSa) })
    : about(ikeSa, { type: 'ike-down', id: ikeSa.uniqueid, state: ikeSa.state });
}

function childUpdown({ isUp, ikeSa }: UpdownFacts): News[] {
  const facts = ikeSaFacts(ikeSa);
  // A CHILD_SA that goes with its IKE_SA (dead peer) is still called INSTALLED in this event.
  const children = isUp ? facts.children : facts.children.map((child) => ({ ...child, state: 'DELETED' }));
  return about(ikeSa, { type: 'child-changed', ikeSa: { ...facts, children } });
}
