/**
 * One YAML text as a tree in which every key and value knows its place.
 *
 * Knows YAML, nothing of what the keys mean. Every scalar stays the text that was written (`failsafe` schema):
 * 010, 1e3, ~ and off mean what they look like. Tags, anchors that point at themselves, keys given twice and
 * texts that would unfold without end are problems here, so that no later step has to think of them.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  Scalar,
} from 'yaml';
import type { IssueCollector, Place } from './issues.ts';
import { explainSyntax } from './syntax.ts';

interface ScalarNode {
  readonly kind: 'scalar';
  readonly text: string;
  /** Nothing was written, not even quotes: `key:`. */
  readonly empty: boolean;
  readonly at: Place;
}

interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly at: Place;
}

export interface MapEntry {
  readonly value: SourceNode;
  readonly keyAt: Place;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly at: Place;
}

export type SourceNode = ScalarNode | ListNode | MapNode;

/** One file's name and contents. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** Deeper than any key we know: services, name, peers, address, back-off, factor. */
const DEPTH_MAX = 12;

/** Values in one file, aliases unfolded: twice what 100,000 peers with an address each need. */
const NODES_MAX = 250_000;

class Reader {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #issues: IssueCollector;
  readonly #document: Document.Parsed<ParsedNode>;
  readonly #anchors = new Map<string, ParsedNode>();
  #nodes = 0;

  constructor(source: SourceText, issues: IssueCollector) {
    this.#file = source.file;
    this.#issues = issues;
    // uniqueKeys is our own check: it names both places, and it doesn't compare each key with each.
    this.#document = parseDocument(source.text, {
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter: this.#lines,
    });
    const told = new Set<string>();
    for (const { code, message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      const problem = explainSyntax(code, message, source.text, pos[0]);
      const at = this.#at(problem.offset);
      // One open bracket is often noticed at each of the characters behind it.
      const same = `${at.line} ${problem.message}`;
      if (!told.has(same)) issues.add(at, [], 'yaml-syntax', problem.message, problem.remedy);
      told.add(same);
    }
  }

  /** The tree, or null for a text with nothing in it; problems of structure go to the collector. */
  read(): SourceNode | null {
    const root = this.#document.contents;
    return root === null ? null : this.#node(root, []);
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #node(node: ParsedNode, path: readonly string[]): SourceNode | null {
    this.#nodes += 1;
    const at = this.#at(node.range[0]);
    if (this.#nodes > NODES_MAX || path.length > DEPTH_MAX) {
      // Told once: everything above this node gives up as well.
      this.#issues.add(
        at,
        path,
        'too-large',
        path.length > DEPTH_MAX
          ? `nested more than ${DEPTH_MAX} levels deep`
          : `more than ${NODES_MAX} values, aliases unfolded`,
        'Write the values out without aliases (*name), or split the file into several in conf.d.',
      );
      return null;
    }
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return this.#node(target, path);
      this.#issues.add(
        at,
        path,
        'yaml-syntax',
        `'*${node.source}' refers to an anchor that isn't there`,
        `If the text itself begins with a star, quote it: "*${node.source}".`,
      );
      return null;
    }
    // Before the children are read: an anchor that holds itself then ends at DEPTH_MAX.
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      const text = typeof node.value === 'string' ? node.value : '';
      return { kind: 'scalar', text, empty: text === '' && node.type === Scalar.PLAIN, at };
    }
    if (isSeq(node)) {
      const items: SourceNode[] = [];
      for (const [index, item] of node.items.entries()) {
        const read = this.#node(item, [...path, String(index)]);
        if (read === null) return null;
        items.push(read);
      }
      return { kind: 'list', items, at };
    }
    return isMap(node) ? this.#map(node.items, at, path) : null;
  }

  #map(pairs: readonly Pair[], at: Place, path: readonly string[]): MapNode | null {
    const entries = new Map<string, MapEntry>();
    for (const pair of pairs) {
      const keyAt = this.#at(pair.key.range[0]);
      const key = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null;
      if (key === null || key === '' || key === '__proto__') {
        this.#issues.add(
          keyAt,
          path,
          'yaml-syntax',
          'this key is not a plain word',
          'Write the key as one word before the colon.',
        );
        continue;
      }
      const below = [...path, key];
      const before = entries.get(key);
      if (before !== undefined) {
        this.#issues.add(
          keyAt,
          below,
          'duplicate',
          `'${key}' is given twice; the first is at line ${before.keyAt.line}`,
          'Keep one of the two.',
        );
        continue;
      }
      const value = pair.value === null ? emptyAt(keyAt) : this.#node(pair.value, below);
      if (value === null) return null;
      entries.set(key, { value, keyAt });
    }
    return { kind: 'map', entries, at };
  }
}

interface Pair {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

function emptyAt(at: Place): ScalarNode {
  return { kind: 'scalar', text: '', empty: true, at };
}

/**
 * Reads one YAML text.
 *
 * @returns the tree; null when the text holds nothing or couldn't be read (then `issues` says why)
 */
export function readSource(source: SourceText, issues: IssueCollector): SourceNode | null {
  const before = issues.count;
  const reader = new Reader(source, issues);
  // With a syntax error the tree is a guess, and what it seems to say would only confuse.
  return issues.count > before ? null : reader.read();
}
