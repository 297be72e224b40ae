/**
 * One address into or out of a peer list, in the text of the file, everything else left byte for byte.
 *
 * Knows where YAML keeps the items of a list, nothing of files. The parser only tells places; the text is cut
 * and joined there, since writing the whole document anew would lay it out anew. Whoever calls this checks what
 * comes out before using it.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  Scalar,
  type YAMLSeq,
} from 'yaml';
import { parseAddress } from './addresses.ts';
import type { Family } from './model.ts';

export type Edited =
  | { readonly ok: true; readonly text: string }
  /** Why it can't be done here, for an operator. */
  | { readonly ok: false; readonly reason: string };

interface Target {
  /** The value of `addresses`. */
  readonly list: YAMLSeq.Parsed;
  /** Just behind the colon of `addresses`. */
  readonly behindColon: number;
}

/** The text with `address` at the end of the list `name`. */
export function withAddress(text: string, name: string, address: string): Edited {
  const target = find(text, name);
  if ('reason' in target) return { ok: false, reason: target.reason };
  const { list } = target;
  const last = list.items.at(-1);
  const written = quoted(address, last);
  if (isFlow(list)) {
    if (last === undefined) return spliced(text, list.range[0] + 1, list.range[1] - 1, written);
    const end = last.range[1];
    // `[a, b,]`: the comma behind the last item may stay where it is.
    return spliced(text, end, end, `, ${written}`);
  }
  if (last === undefined)
    return { ok: false, reason: `the addresses of '${name}' are written in an unusual way` };
  const dash = dashOf(text, last.range[0]);
  if (dash === null)
    return { ok: false, reason: `an address of '${name}' shares its line with something else` };
  const end = endOfLine(text, last.range[1]);
  return spliced(text, end, end, `${newline(text)}${dash}${written}`);
}

/** The text without the item of the list `name` that means `address`. */
export function withoutAddress(text: string, name: string, address: string, family: Family): Edited {
  const target = find(text, name);
  if ('reason' in target) return { ok: false, reason: target.reason };
  const { list, behindColon } = target;
  const index = list.items.findIndex((item) => means(item, address, family));
  const item = list.items[index];
  if (item === undefined) return { ok: false, reason: `${address} isn't written out in '${name}'` };
  if (isFlow(list)) return withoutFlowItem(text, list, index);
  if (dashOf(text, item.range[0]) === null) {
    return { ok: false, reason: `${address} shares its line with something else` };
  }
  const start = text.lastIndexOf('\n', item.range[0] - 1) + 1;
  const end = Math.min(endOfLine(text, item.range[1]) + newline(text).length, text.length);
  const rest = `${text.slice(0, start)}${text.slice(end)}`;
  // Without any item nothing would be left for a value.
  return list.items.length > 1 ? { ok: true, text: rest } : spliced(rest, behindColon, behindColon, ' []');
}

function withoutFlowItem(text: string, list: YAMLSeq.Parsed, index: number): Edited {
  const [before, item, after] = [list.items[index - 1], list.items[index], list.items[index + 1]];
  if (item === undefined) return { ok: false, reason: 'no such item' };
  const [start, end] = item.range;
  // Up to the next one: a comment behind the address goes with it.
  if (after !== undefined) return spliced(text, start, after.range[0], '');
  if (before === undefined) return spliced(text, start, end, '');
  const gap = text.slice(before.range[1], start);
  const comma = gap.replaceAll(/#.*/g, (comment) => ' '.repeat(comment.length)).indexOf(',');
  const kept = comma < 0 ? gap : `${gap.slice(0, comma)}${gap.slice(comma + 1)}`;
  return spliced(text, before.range[1], end, kept.trim() === '' ? '' : kept);
}

function find(text: string, name: string): Target | { readonly reason: string } {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const pair = pairAt(document, ['peer-lists', name, 'addresses']);
  if (pair === null) return { reason: `peer list '${name}' is written with aliases or in an unusual way` };
  const { key, value } = pair;
  if (isAlias(value)) return { reason: `the addresses of '${name}' are an alias (*${value.source})` };
  if (!isSeq(value) || value.anchor !== undefined || value.items.some((item) => !isScalar(item))) {
    return { reason: `the addresses of '${name}' have anchors or aliases` };
  }
  const colon = text.indexOf(':', key.range[1]);
  return { list: value, behindColon: colon + 1 };
}

interface FoundPair {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

function pairAt(document: Document.Parsed<ParsedNode>, path: readonly string[]): FoundPair | null {
  let node: ParsedNode | null = document.contents;
  let found: FoundPair | null = null;
  for (const key of path) {
    if (!isMap(node)) return null;
    const pair: FoundPair | undefined = (node.items as readonly FoundPair[]).find(
      (one) => isScalar(one.key) && one.key.value === key,
    );
    if (pair === undefined) return null;
    found = pair;
    node = pair.value;
  }
  return found;
}

function isFlow(list: YAMLSeq.Parsed): boolean {
  return list.flow === true;
}

function means(item: ParsedNode, address: string, family: Family): boolean {
  if (!isScalar(item) || typeof item.value !== 'string') return false;
  const parsed = parseAddress(item.value, family);
  return parsed.ok && parsed.value.text === address;
}

/** Blanks and dash in front of an item that stands alone on its line; null if it doesn't. */
function dashOf(text: string, start: number): string | null {
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return /^[ ]*-[ \t]+$/.test(before) ? before : null;
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  if (found < 0) return text.length;
  return text[found - 1] === '\r' ? found - 1 : found;
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** As the item beside it, and quoted wherever YAML or a reader might take it for something else. */
function quoted(address: string, beside: ParsedNode | undefined): string {
  const style = isScalar(beside) ? beside.type : undefined;
  if (style === Scalar.QUOTE_SINGLE) return `'${address}'`;
  return style === Scalar.QUOTE_DOUBLE || /[:%]/.test(address) ? `"${address}"` : address;
}

function spliced(text: string, from: number, to: number, put: string): Edited {
  return { ok: true, text: `${text.slice(0, from)}${put}${text.slice(to)}` };
}
