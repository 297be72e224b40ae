/**
 * Access lists by name, and their selectors on demand: only a list that protects traffic is read line by line.
 *
 * `permit` lines become selectors. `deny` lines only say what isn't protected: at the end of a list, or apart from all
 * that follows, they change nothing; others would need a shunt and are not understood.
 */
import type { LineReport } from '../report.ts';
import type { SourceLine } from '../source-line.ts';
import type { Fact } from './commands.ts';
import {
  type NetworkReader,
  type Read,
  readSelectors,
  type Selector,
  selectorsOverlap,
  Words,
} from './selectors.ts';

/** A line of a list, and the index of its word `permit` or `deny`. */
export interface AccessLine {
  readonly line: SourceLine;
  readonly actionAt: number;
}

export interface AccessList {
  readonly name: string;
  /** The lines that begin or comment it. */
  readonly headers: SourceLine[];
  readonly lines: AccessLine[];
}

/** What a list protects, and the lines that say so. */
export interface Protected {
  readonly selectors: readonly Selector[];
  readonly sources: readonly Fact[];
}

/** Selectors of one list: each becomes a CHILD_SA. */
export const SELECTORS_MAX = 256;
/** Lines of one list that are read. */
const LINES_MAX = 1_000;

interface Entry {
  readonly line: SourceLine;
  readonly isPermit: boolean;
  readonly selectors: readonly Selector[];
}

/** The access lists of a translation; each is read once, whoever uses it. */
export class AccessLists {
  readonly #lists: ReadonlyMap<string, AccessList>;
  readonly #reader: (use: (fact: Fact) => void) => NetworkReader;
  readonly #report: LineReport;
  readonly #read = new Map<string, Protected>();

  /** @param reader makes what reads addresses; the objects that they name are told to `use` */
  constructor(
    lists: ReadonlyMap<string, AccessList>,
    reader: (use: (fact: Fact) => void) => NetworkReader,
    report: LineReport,
  ) {
    this.#lists = lists;
    this.#reader = reader;
    this.#report = report;
  }

  /** What a list protects; a text that says why nothing. */
  protectedBy(name: string | null): Protected | string {
    if (name === null) return 'the entry has no access list';
    const list = this.#lists.get(name);
    if (list === undefined) return `there is no access list ${name}`;
    const found = this.#read.get(name) ?? this.#readList(list);
    this.#read.set(name, found);
    return found.selectors.length > 0 ? found : `the access list ${name} protects nothing that is understood`;
  }

  #readList(list: AccessList): Protected {
    const used = new Set<Fact>();
    const reader = this.#reader((fact) => used.add(fact));
    const permits = withoutDenials(readEntries(list, reader, this.#report), this.#report);
    const lines = [...list.headers, ...permits.map(({ line }) => line)];
    const [at] = lines;
    return {
      selectors: permits.flatMap(({ selectors }) => selectors),
      sources: at === undefined ? [] : [{ at, lines }, ...used],
    };
  }
}

/** Lines that can't be read are told to the report. */
function readEntries(list: AccessList, reader: NetworkReader, report: LineReport): readonly Entry[] {
  const entries: Entry[] = [];
  let count = 0;
  for (const [index, { line, actionAt }] of list.lines.entries()) {
    if (index === LINES_MAX || count > SELECTORS_MAX) {
      report.notUnderstood(
        line,
        `the list has more than ${LINES_MAX} lines or ${SELECTORS_MAX} pairs of networks: widen them`,
      );
      break;
    }
    const found = readEntry(line, actionAt, reader);
    if (!found.ok) {
      report.notUnderstood(line, found.why);
      continue;
    }
    count += found.value.isPermit ? found.value.selectors.length : 0;
    entries.push(found.value);
  }
  return entries;
}

function readEntry(line: SourceLine, actionAt: number, reader: NetworkReader): Read<Entry> {
  const isPermit = line.words[actionAt]?.toLowerCase() === 'permit';
  const found = readSelectors(new Words(line.words, actionAt + 1), reader);
  return found.ok ? { ok: true, value: { line, isPermit, selectors: found.value } } : found;
}

/** The permitted entries. At most {@link LINES_MAX} denials are held against {@link SELECTORS_MAX} pairs. */
function withoutDenials(entries: readonly Entry[], report: LineReport): readonly Entry[] {
  entries.forEach((entry, index) => {
    if (entry.isPermit) return;
    const hits = entries
      .slice(index + 1)
      .some(
        ({ isPermit, selectors }) =>
          isPermit && selectors.some((a) => entry.selectors.some((b) => selectorsOverlap(a, b))),
      );
    if (!hits) report.dropped(entry.line, 'what is not permitted is not protected anyway');
    else {
      report.notUnderstood(
        entry.line,
        'a denial before traffic that is protected: exempt it with a child of mode pass',
      );
    }
  });
  return entries.filter(({ isPermit }) => isPermit);
}
