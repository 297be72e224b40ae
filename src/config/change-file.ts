/**
 * A change of one address on disk: the file that holds the list is found, edited, checked as a whole with all
 * others, and only then put in place of the old one, with its mode and owner.
 *
 * A bad result is never written. A reader sees the old file or the new one, never half of either.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AfteryouError, messageOf } from '../errors.ts';
import { parseAddress } from './addresses.ts';
import { withAddress, withoutAddress } from './edit-peer-list.ts';
import { ConfigError } from './issues.ts';
import { readTexts } from './load.ts';
import type { LoadedConfig, PeerList } from './model.ts';
import { parseConfig } from './parse.ts';
import { strictRefusals } from './strict-cisco.ts';
import { didYouMean } from './suggest.ts';

export interface ListChange {
  readonly action: 'add' | 'remove';
  readonly list: string;
  /** As the operator writes it. */
  readonly address: string;
}

export interface PlannedChange {
  /** The file that holds the list. */
  readonly file: string;
  /** The address in its canonical form. */
  readonly address: string;
  /** What the file says and is to say; equal when the list is already as it should be. */
  readonly before: string;
  readonly after: string;
}

/**
 * Works a change out and checks the outcome, without writing anything.
 *
 * @throws CONFIG_UNREADABLE; CONFIG_INVALID if the files are wrong before or after; USAGE for a list or an
 * address that isn't there, or a file that has to be edited by hand
 */
export function planListChange(configFile: string, change: ListChange): PlannedChange {
  const texts = readTexts(configFile);
  const running = parseConfig(texts);
  const list = listOf(running, change.list);
  const { file } = list.origin;
  const before = texts.find((text) => text.file === file)?.text ?? '';
  const address = canonical(change, list);
  const isThere = list.entries.some(({ text }) => text === address);
  if (change.action === 'add' && isThere) return { file, address, before, after: before };
  if (change.action === 'remove' && !isThere) throw notInList(address, list);
  const edited =
    change.action === 'add'
      ? withAddress(before, list.name, change.address)
      : withoutAddress(before, list.name, address, list.family);
  if (!edited.ok) throw byHand(file, edited.reason);
  const after = edited.text;
  const next = parseConfig(texts.map((text) => (text.file === file ? { file, text: after } : text)));
  const issues = strictRefusals({ running, next, restarted: new Set(), upAddresses: [] });
  if (issues.length > 0) throw new ConfigError(issues);
  if (!isAsWanted(list, next.config.peerLists.get(list.name), address, change.action)) {
    throw byHand(file, 'its layout is too unusual');
  }
  return { file, address, before, after };
}

/**
 * Puts a text in place of another in a file; symbolic links are followed, mode and owner stay.
 *
 * @param before what the file says; if it says something else by now, somebody else has edited it
 * @throws CONFIG_UNREADABLE with the reason; then the file is as it was
 */
export function replaceFile(path: string, before: string, after: string): void {
  let temporary: string | null = null;
  try {
    const target = realpathSync(path);
    if (readFileSync(target, 'utf8') !== before) throw new Error('somebody else has changed it meanwhile');
    const { mode, uid, gid } = statSync(target);
    temporary = join(dirname(target), `.${basename(target)}.${process.pid}.new`);
    // Not readable by others before it has its owner; a file left by a crash is replaced.
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(handle, after);
      chownSync(temporary, uid, gid);
      chmodSync(temporary, mode & 0o7777);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true });
    throw new AfteryouError('CONFIG_UNREADABLE', `can't write ${path}: ${messageOf(error)}`, {
      nextStep: 'Run this as the owner of the file or as root; nothing was changed.',
      cause: error,
    });
  }
}

function listOf({ config }: LoadedConfig, name: string): PeerList {
  const list = config.peerLists.get(name);
  if (list !== undefined) return list;
  const remedy = `${didYouMean(name, [...config.peerLists.keys()])}\`afteryou show crypto peer-list\` shows them.`;
  throw new AfteryouError('USAGE', `there is no peer list '${name}'`, { nextStep: remedy });
}

function canonical({ action, address }: ListChange, list: PeerList): string {
  const parsed = parseAddress(address, list.family);
  if (!parsed.ok) throw new AfteryouError('USAGE', parsed.message, { nextStep: parsed.remedy });
  const { text, family } = parsed.value;
  if (family !== list.family) {
    const message = `'${address}' is ${family}, but peer list '${list.name}' is ${list.family}`;
    const nextStep = action === 'add' ? `Add it to a list with family: ${family}.` : 'Name another list.';
    throw new AfteryouError('USAGE', message, { nextStep });
  }
  return text;
}

function notInList(address: string, list: PeerList): AfteryouError {
  const known = list.entries.map(({ text }) => text);
  const nextStep = `${didYouMean(address, known)}\`afteryou show crypto peer-list ${list.name}\` shows what is.`;
  return new AfteryouError('USAGE', `${address} is not in peer list '${list.name}'`, { nextStep });
}

function byHand(file: string, reason: string): AfteryouError {
  return new AfteryouError('USAGE', `can't edit ${file}: ${reason}`, {
    nextStep: 'Edit it by hand, then `afteryou check` and `afteryou reload`; nothing was changed.',
  });
}

/** Whether nothing but the one address came or went. */
function isAsWanted(
  before: PeerList,
  after: PeerList | undefined,
  address: string,
  action: ListChange['action'],
): boolean {
  const texts = ({ entries }: PeerList): string[] => entries.map(({ text }) => text);
  const wanted =
    action === 'add' ? [...texts(before), address] : texts(before).filter((text) => text !== address);
  return after !== undefined && JSON.stringify(texts(after)) === JSON.stringify(wanted);
}
