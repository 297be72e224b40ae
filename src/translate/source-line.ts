/**
 * Pasted text as lines: what is a command, what is only the session around it, and where each line stands.
 *
 * Knows prompts, comments, pagers, banners and indentation of StarOS, IOS and ASA, and no command of theirs. Every line
 * of every file becomes exactly one SourceLine, whatever it holds. Sizes are bounded before anything is read.
 */
import { TranslateError } from './refusals.ts';
import { splitWords } from './words.ts';

/** A file as it was given: its name is used in messages only. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** The prompt that a line was typed at. */
export interface Prompt {
  readonly host: string;
  /** StarOS shows the context: `[wsg]asr(config-ctx)#`. */
  readonly context: string | null;
  /** `config-ctx`, `config-if`; null outside configuration. */
  readonly mode: string | null;
}

/**
 * - `command`: something to be read, `exit` and `end` included
 * - `blank`, `comment`: say nothing. A lone `!` is a comment: whether it ends a mode is for blocks.ts
 * - `session`: belongs to the terminal, not to the configuration (`show running-config`, `Current configuration : ...`)
 * - `banner`: inside a banner's text
 */
export type LineKind = 'command' | 'blank' | 'comment' | 'session' | 'banner';

export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly kind: LineKind;
  /** The line as it stands in the file, without its end. May hold secrets: show it through `shownText`. */
  readonly raw: string;
  /** What was typed: without prompt, pager and blanks around it. */
  readonly text: string;
  /** The words of `text`, quotes taken off; in the case in which they were written. */
  readonly words: readonly string[];
  /** Columns of blank before the text, a tab reaching to the next multiple of 8; 0 behind a prompt. */
  readonly indent: number;
  readonly prompt: Prompt | null;
}

/** All files together, in UTF-16 code units. */
export const SOURCE_LENGTH_MAX = 16 * 1024 * 1024;
export const SOURCE_LINES_MAX = 200_000;
export const LINE_LENGTH_MAX = 4_096;
export const FILES_MAX = 100;

const STAROS_PROMPT =
  /^\[(?<context>[^\]\s]{1,79})\](?<host>[\w.-]{1,63})(?:\((?<mode>[^)\s]{1,79})\))?[#>] ?/;
const IOS_PROMPT =
  /^(?<host>[A-Za-z][\w./-]{0,62})(?:\((?<mode>c(?:onfig|onf-|fg-|a-)[^)\s]{0,79}|ipsec-profile)\))?[#>] ?/;

/** Lines that a terminal or `show running-config` adds. */
const SESSION_OUTPUT =
  /^(?:Building configuration|Current configuration ?:|Using \d+ |Enter configuration commands|: ?(?:Saved|Written|Serial|Hardware|end\b)|:$|Cryptochecksum:|\[OK\]|Last configuration change|%)/;
/** Commands that are typed around a configuration and change nothing. */
const SESSION_COMMAND =
  /^(?:sh(?:ow)?\s|conf(?:igure|ig)?(?:\s+t(?:erminal)?)?$|en(?:able)?$|disable$|ter(?:minal)?\s|wr(?:ite)?(?:\s|$)|copy\s|save\s+conf|no\s+cli\s|pager\s|cli\s)/i;

const PAGER = /<?-{2,3} ?More ?-{2,3}>?/gi;
const BANNER = /^\s*banner\s+(?:motd|login|exec|incoming|slip-ppp|prompt-timeout)\s+(?<rest>\S.*)$/;
/** A banner that isn't closed within so many lines is taken for a single line. */
const BANNER_LINES_MAX = 200;

/**
 * All lines of all files, in order.
 *
 * @throws TranslateError `TRANSLATE_REFUSED` for text beyond the limits, with file, line and remedy
 */
export function readLines(texts: readonly SourceText[]): readonly SourceLine[] {
  checkSizes(texts);
  const lines = texts.flatMap(readFile);
  const beyond = lines[SOURCE_LINES_MAX];
  if (beyond !== undefined) {
    throw TranslateError.at(
      beyond,
      `more than ${SOURCE_LINES_MAX} lines`,
      'Translate the gateways one by one.',
    );
  }
  return lines;
}

function checkSizes(texts: readonly SourceText[]): void {
  if (texts.length > FILES_MAX) {
    const file = texts[FILES_MAX]?.file ?? '';
    throw TranslateError.at({ file, number: 1 }, `more than ${FILES_MAX} files`, 'Give fewer at a time.');
  }
  let length = 0;
  for (const { file, text } of texts) {
    length += text.length;
    if (length <= SOURCE_LENGTH_MAX) continue;
    throw TranslateError.at(
      { file, number: 1 },
      `more than ${SOURCE_LENGTH_MAX / 1024 / 1024} MiB of text`,
      'Cut out the parts that are about IPsec.',
    );
  }
}

function readFile({ file, text }: SourceText): SourceLine[] {
  const raws = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  // A text file ends with the end of its last line, which is no further line.
  if (raws.at(-1) === '') raws.pop();
  const bannerEnds = findBanners(raws);
  let bannerUntil = -1;
  return raws.map((raw, index) => {
    const number = index + 1;
    if (raw.length > LINE_LENGTH_MAX) {
      throw TranslateError.at(
        { file, number },
        `longer than ${LINE_LENGTH_MAX} characters`,
        'Take the line out; no command is as long.',
      );
    }
    if (index <= bannerUntil) return { ...readLine(file, number, raw), kind: 'banner' };
    bannerUntil = bannerEnds.get(index) ?? bannerUntil;
    return readLine(file, number, raw);
  });
}

/** By the index of the line that begins a banner of several lines, the index of its last one. */
function findBanners(raws: readonly string[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  let next = 0;
  raws.forEach((raw, index) => {
    if (index < next || raw.length > LINE_LENGTH_MAX) return;
    const rest = BANNER.exec(raw)?.groups?.['rest'];
    const mark = rest === undefined ? undefined : /^(?:\^.|[^\w\s])/.exec(rest)?.[0];
    if (rest === undefined || mark === undefined || rest.indexOf(mark, mark.length) >= 0) return;
    const end = raws.slice(index + 1, index + 1 + BANNER_LINES_MAX).findIndex((line) => line.includes(mark));
    if (end < 0) return;
    next = index + 2 + end;
    ends.set(index, next - 1);
  });
  return ends;
}

function readLine(file: string, number: number, raw: string): SourceLine {
  // A pager leaves its word, and backspaces that wiped it out.
  const unpaged = raw.replace(PAGER, '').replace(/[\b\0]+ *[\b\0]*/g, '');
  const found = STAROS_PROMPT.exec(unpaged) ?? IOS_PROMPT.exec(unpaged);
  const prompt = found?.groups === undefined ? null : promptOf(found.groups);
  const behind = found === null ? unpaged : unpaged.slice(found[0].length);
  // In StarOS `#exit` closes a mode as `exit` does.
  const text = behind.trim().replace(/^#\s*exit$/, 'exit');
  const indent = prompt === null ? indentOf(behind) : 0;
  const kind = kindOf(text, prompt);
  return { file, number, kind, raw, text, words: kind === 'command' ? splitWords(text) : [], indent, prompt };
}

function promptOf(groups: Readonly<Record<string, string | undefined>>): Prompt {
  return {
    host: groups['host'] ?? '',
    context: groups['context'] ?? null,
    mode: groups['mode'] ?? null,
  };
}

function kindOf(text: string, prompt: Prompt | null): LineKind {
  if (text === '') return 'blank';
  if (text.startsWith('!') || text.startsWith('#')) return 'comment';
  if (SESSION_OUTPUT.test(text) || SESSION_COMMAND.test(text)) return 'session';
  // Behind a prompt without a mode nothing is configured.
  return prompt !== null && prompt.mode === null && !/^(?:exit|end)$/.test(text) ? 'session' : 'command';
}

function indentOf(text: string): number {
  let column = 0;
  for (const char of text) {
    if (char === ' ') column += 1;
    else if (char === '\t') column += 8 - (column % 8);
    else break;
  }
  return column;
}

/** True for a command whose first words are these; case counts only in names, so it doesn't here. */
export function startsWith(line: SourceLine, ...words: readonly string[]): boolean {
  return words.every((word, index) => line.words[index]?.toLowerCase() === word);
}

const KEY_WORD =
  /^(?:[\w-]*-)?(?:key|psk|shared-secret|secret|password|passphrase|community|md5|cookie|key-string)$/i;
const SECRET_SHOWN = '***';

/**
 * The line for eyes and reports: everything behind a word that may announce a secret is replaced, and so are
 * control characters. Rather too much than too little.
 */
export function shownText({ text, raw }: Pick<SourceLine, 'text' | 'raw'>): string {
  const shown = text === '' ? raw.trim() : text;
  const parts = shown.split(/(\s+)/);
  const at = parts.findIndex((part) => KEY_WORD.test(part.replaceAll('"', '')));
  const kept =
    at < 0 || at >= parts.length - 1 ? shown : `${parts.slice(0, at + 1).join('')} ${SECRET_SHOWN}`;
  return kept.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
