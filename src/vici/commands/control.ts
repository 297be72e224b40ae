/**
 * Commands that start and end SAs.
 *
 * Source: VICI README, "initiate", "terminate", "rekey", "redirect", "install", "uninstall".
 */

import type { MessageInput } from '../encode.ts';
import type { Message } from '../message.ts';
import { type LogFacts, readLog } from '../narrow-events.ts';
import type { Commander, RequestOptions } from '../session-options.ts';
import { checkTimeout } from '../session-options.ts';

/** Time that our own wait is longer than charon's, in ms. */
const ANSWER_MARGIN_MS = 10_000;

export interface WaitOptions extends RequestOptions {
  /**
   * How long charon waits for the result, in ms (1 or more). Left out, it doesn't wait at all: the command is
   * sent with `timeout = -1` and its answer only means "begun". Think twice before setting it, see `initiate`.
   */
  readonly waitMs?: number;
}

export interface LoggedOptions extends WaitOptions {
  /** Highest level of the log lines to stream, -1..4; charon's default is 1. */
  readonly logLevel?: number;
}

export interface InitiateTarget {
  /** CHILD_SA configuration to initiate; without it just the IKE_SA is. */
  readonly child?: string;
  /**
   * Connection to look in. Give it always: without it charon takes any connection that has a child of this
   * name (measured on 5.9.8).
   */
  readonly ike?: string;
  /** Whether charon's own limits on half-open SAs and job load may refuse it. */
  readonly initLimits?: boolean;
}

/** Which SAs: all that fit every key given, at least one. */
export interface SaTarget {
  /** Name of a connection: also the SAs that the peer initiated. */
  readonly ike?: string;
  /** Name of a CHILD_SA configuration. */
  readonly child?: string;
  /** uniqueid of one IKE_SA; changes when it is rekeyed. */
  readonly ikeId?: string;
  /** uniqueid of one CHILD_SA; changes when it is rekeyed. */
  readonly childId?: string;
}

export interface TerminateTarget extends SaTarget {
  /**
   * Ends the IKE_SA without waiting for the answer to the DELETE, which is sent once. If that one packet is
   * lost the peer keeps an SA that nobody serves.
   */
  readonly force?: boolean;
}

/** How many SAs a command met. */
export interface TerminateResult {
  readonly matches: number;
  readonly terminated: number;
}

/**
 * Initiates a CHILD_SA, or an IKE_SA, and returns when that has begun.
 *
 * It is asynchronous on purpose. A blocking initiate (`waitMs`) holds one of charon's worker threads and needs
 * another: with the default 16, from the 8th blocking initiate at once charon answers nothing at all, neither
 * VICI nor IKE (measured on 5.9.8). That an SA came up is told by `ike-updown` and `child-updown`; that nobody
 * answered is told by no event.
 *
 * @throws VICI_COMMAND_FAILED, for instance if there is no such configuration
 */
export async function initiate(
  session: Commander,
  target: InitiateTarget,
  options: WaitOptions = {},
): Promise<void> {
  await session.request('initiate', initiateMessage(target, options), waitOptions(options));
}

/** As `initiate`, giving charon's log lines about it as they come. */
export function initiateWithLog(
  session: Commander,
  target: InitiateTarget,
  options: LoggedOptions = {},
): AsyncGenerator<LogFacts, Message, undefined> {
  const message = { ...initiateMessage(target, options), loglevel: options.logLevel };
  return session.items('initiate', 'control-log', message, readLog, waitOptions(options));
}

/**
 * Terminates SAs and returns when that has begun; asynchronous for the reason given at `initiate`.
 *
 * An IKE_SA that isn't established yet is dropped without a word to the peer. One that is, is deleted
 * properly: it stays in `DELETING` until the peer has answered or the retransmissions end.
 *
 * @throws VICI_COMMAND_FAILED with `matches` and `terminated`, for instance if nothing matches
 */
export async function terminate(
  session: Commander,
  target: TerminateTarget,
  options: WaitOptions = {},
): Promise<TerminateResult> {
  const answer = await session.request('terminate', terminateMessage(target, options), waitOptions(options));
  return { matches: answer.number('matches') ?? 0, terminated: answer.number('terminated') ?? 0 };
}

/** As `terminate`, giving charon's log lines about it as they come. */
export function terminateWithLog(
  session: Commander,
  target: TerminateTarget,
  options: LoggedOptions = {},
): AsyncGenerator<LogFacts, Message, undefined> {
  const message = { ...terminateMessage(target, options), loglevel: options.logLevel };
  return session.items('terminate', 'control-log', message, readLog, waitOptions(options));
}

/**
 * Has SAs rekeyed, or, with `reauth`, an IKE_SA authenticated anew. Returns how many matched.
 * @throws VICI_COMMAND_FAILED
 */
export async function rekey(
  session: Commander,
  target: SaTarget & { readonly reauth?: boolean },
  options?: RequestOptions,
): Promise<number> {
  const answer = await session.request('rekey', { ...saMessage(target), reauth: target.reauth }, options);
  return answer.number('matches') ?? 0;
}

/** Which IKE_SAs to redirect, and where to; only IKEv2, and only those that the peer initiated (RFC 5685). */
export interface RedirectTarget {
  readonly ike?: string;
  readonly ikeId?: string;
  /** Address, subnet or range of the peer. */
  readonly peerIp?: string;
  /** Identity of the peer; may hold wildcards. */
  readonly peerId?: string;
  /** Address or name of the gateway to go to. */
  readonly gateway: string;
}

/** Sends peers to another gateway. Returns how many SAs matched. @throws VICI_COMMAND_FAILED */
export async function redirect(
  session: Commander,
  target: RedirectTarget,
  options?: RequestOptions,
): Promise<number> {
  const message = {
    ike: target.ike,
    'ike-id': target.ikeId,
    'peer-ip': target.peerIp,
    'peer-id': target.peerId,
    gateway: target.gateway,
  };
  const answer = await session.request('redirect', message, options);
  return answer.number('matches') ?? 0;
}

/** Installs the trap, drop or bypass policy of a CHILD_SA configuration. @throws VICI_COMMAND_FAILED */
export async function install(
  session: Commander,
  target: { readonly child: string; readonly ike?: string },
  options?: RequestOptions,
): Promise<void> {
  await session.request('install', { child: target.child, ike: target.ike }, options);
}

/** Removes what `install` installed. @throws VICI_COMMAND_FAILED */
export async function uninstall(
  session: Commander,
  target: { readonly child: string; readonly ike?: string },
  options?: RequestOptions,
): Promise<void> {
  await session.request('uninstall', { child: target.child, ike: target.ike }, options);
}

function initiateMessage(target: InitiateTarget, options: WaitOptions): MessageInput {
  return {
    child: target.child,
    ike: target.ike,
    timeout: charonTimeout(options),
    'init-limits': target.initLimits,
  };
}

function terminateMessage(target: TerminateTarget, options: WaitOptions): MessageInput {
  return { ...saMessage(target), force: target.force, timeout: charonTimeout(options) };
}

function saMessage(target: SaTarget): MessageInput {
  return { ike: target.ike, child: target.child, 'ike-id': target.ikeId, 'child-id': target.childId };
}

/** To charon -1 means "don't wait" and 0 means "wait for ever", which nobody can ask for here. */
function charonTimeout(options: WaitOptions): number {
  return options.waitMs === undefined ? -1 : checkTimeout(options.waitMs);
}

/** If charon is told to wait, we wait longer than it does. */
function waitOptions(options: WaitOptions): RequestOptions {
  if (options.timeoutMs !== undefined) return { timeoutMs: options.timeoutMs };
  if (options.waitMs === undefined) return {};
  return { timeoutMs: options.waitMs + ANSWER_MARGIN_MS };
}
