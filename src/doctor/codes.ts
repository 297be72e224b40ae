/**
 * What the doctor can find: a stable code for each, and why it matters.
 *
 * `docs/doctor.md` has a section for each code; a test compares the two.
 */
export const FINDING_CODES = {
  'settings-syntax':
    'charon and swanctl refuse a file that they can not read, and what stands behind the mistake is unknown here.',
  'config-invalid': 'The daemon refuses this configuration, or goes on with an older one.',
  'charon-silent': 'Without charon there is no tunnel, and afteryou has nothing to decide.',
  'not-loaded': 'charon goes by what was loaded, not by what the file says now.',
  'no-connection': 'Without a connection charon refuses the peer and we can not call it.',
  'no-child': 'Without a child the tunnel carries nothing.',
  'start-action':
    'charon calls by itself, without waiting for the peer, whatever afteryou decides: both ends end up with two tunnels.',
  'trap-policy': 'A trap makes charon call as soon as there is traffic, whatever afteryou decides.',
  'dpd-action':
    'After a peer has died charon calls by itself, for ever, instead of giving the peer the first word.',
  'close-action':
    'When the peer deletes a child charon starts it again at once: a deliberate end of the peer is undone, and calls cross.',
  keyingtries:
    'charon repeats a call that nobody answers by itself; afteryou counts on one sequence of packets for each call.',
  'unique-policy':
    'With any other policy charon obeys INITIAL_CONTACT, or deletes duplicates itself, while afteryou settles a collision.',
  'dpd-off':
    'Without dead peer detection an IKE_SA that only this end has stays unnoticed, and nothing proves a tunnel that carries no traffic.',
  'wildcard-first':
    'charon does not call an address that stands behind a wildcard, and the peer is passive here.',
  'equal-content':
    'charon takes connections with equal content for one: a call of the one reuses the IKE_SA of the other, and it shows the name of the other.',
  'two-connections':
    'Each has an IKE_SA of its own, so one peer has two, and afteryou looks after one of them.',
  'rekey-responder-only':
    'Rekeying is starting: a responder-only peer that is load-balanced or must not be talked to first is called nevertheless.',
  'aggressive-mode':
    'In IKEv1 aggressive mode identities and a hash of the key go over the line unprotected, and charon refuses it as responder with a pre-shared key.',
  'cookie-threshold':
    'After a restart of this end all peers call at once; above the threshold each call takes one round trip more and is not seen half-open.',
  'block-threshold':
    'Peers that come from one address (NAT) are dropped without an answer once so many of their calls are half-open.',
  'ike-limits': 'Above this limit charon drops calls without an answer.',
  retransmission:
    'In the time of one call too few packets leave: one or two that get lost cost a whole cycle of both modes.',
  threads:
    'Several threads are always taken; what is left serves IKE and VICI alike, and afteryou waits in that queue.',
  'busy-workers': 'charon is about to stop answering, both peers and afteryou.',
  'ikesa-table': 'Every look-up of an IKE_SA walks through all of them, under one lock.',
  'reuse-ikesa':
    'Missing children would get an IKE_SA of their own instead of completing the one that exists (R5).',
  'initiator-only': 'charon ignores every call of a peer, so the peer never has a word.',
  'pair-unmatched':
    'No connection of ours and theirs lead to each other, so neither end finds a configuration for the call of the other.',
  'pair-both-passive': 'Nobody ever calls: the tunnel stays down.',
  'pair-both-active': 'Both ends start at the same moment and end up with two tunnels each.',
  'pair-equal-lifetimes':
    'Both ends rekey at about the same time, and rekeyings that cross leave duplicates.',
  'pair-version': 'One end speaks IKEv1 only, the other IKEv2 only.',
  'pair-identities':
    'An end that does not get the identity it expects refuses the peer (AUTHENTICATION_FAILED).',
  'pair-authentication': 'An end that is authenticated in another way than it asks for refuses the peer.',
  'pair-ike-proposals': 'Without a proposal that both have the call ends with NO_PROPOSAL_CHOSEN.',
  'pair-esp-proposals': 'Without a proposal that both have no child comes up (NO_PROPOSAL_CHOSEN).',
  'pair-selectors':
    'Traffic selectors without anything in common end with TS_UNACCEPTABLE: no child comes up.',
  'pair-dpd-off':
    'An IKE_SA that only the other end has stays there unnoticed, and its traffic goes nowhere.',
} as const;

export type FindingCode = keyof typeof FINDING_CODES;
