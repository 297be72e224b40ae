/**
 * Messages of IKE between two charons, as far as the simulation needs them (RFC 7296, 1.2-1.5 and 2.1).
 */

/** How a host is known to the others. */
export type Address = string;

export type Request =
  | { readonly type: 'init'; readonly hasCookie: boolean }
  | {
      readonly type: 'auth';
      /** The CHILD_SA that comes with the IKE_SA; null: none. */
      readonly child: { readonly name: string; readonly key: string } | null;
      readonly isInitialContact: boolean;
    }
  /** `nonce`: decides whose is kept if both ends rekey at once (RFC 7296, 2.8). */
  | { readonly type: 'rekey-ike'; readonly newSpi: string; readonly nonce: number }
  /** `rekeys`: the key of the CHILD_SA that it takes the place of; null: a new one. */
  | {
      readonly type: 'create-child';
      readonly name: string;
      readonly key: string;
      readonly rekeys: string | null;
      readonly nonce: number;
    }
  | { readonly type: 'delete-child'; readonly key: string }
  | { readonly type: 'delete-ike' }
  /** Empty INFORMATIONAL: dead peer detection. */
  | { readonly type: 'probe' };

export type Answer =
  | { readonly type: 'init-answer' }
  | { readonly type: 'cookie-wanted' }
  | { readonly type: 'auth-answer'; readonly hasChild: boolean }
  | { readonly type: 'rekey-ike-answer'; readonly newSpi: string; readonly nonce: number }
  | { readonly type: 'create-child-answer'; readonly nonce: number }
  /** RFC 7296, 2.25: ask again later. */
  | { readonly type: 'temporary-failure' }
  | { readonly type: 'child-not-found' }
  /** NO_PROPOSAL_CHOSEN or TS_UNACCEPTABLE: this CHILD_SA won't be. */
  | { readonly type: 'child-refused' }
  /** NO_PROPOSAL_CHOSEN or AUTHENTICATION_FAILED: this IKE_SA won't be. */
  | { readonly type: 'refused' }
  | { readonly type: 'empty-answer' };

export interface IkeMessage {
  readonly from: Address;
  readonly to: Address;
  readonly initiatorSpi: string;
  /** All zero in the first request. */
  readonly responderSpi: string;
  /** Sent by the end that is the initiator of this IKE_SA. */
  readonly isFromInitiator: boolean;
  /** Message ID: one counter per direction. */
  readonly id: number;
  readonly request: Request | null;
  readonly answer: Answer | null;
}
