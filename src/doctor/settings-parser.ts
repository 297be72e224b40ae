/**
 * strongSwan's settings as text: sections, `key = value`, references, includes, comments and quotes.
 *
 * Knows the syntax (strongswan.conf(5), "SYNTAX", "REFERENCING OTHER SECTIONS", "INCLUDING FILES"), no key and no
 * file: whoever calls says what an include holds. Later sections and values of a name extend and replace the
 * earlier ones, as charon does it. What can't be read ends the reading of that text, and is told with its place.
 */
import type { Place } from '../config/issues.ts';

export interface SettingsValue {
  readonly text: string;
  readonly place: Place;
}

export interface SettingsSection {
  readonly name: string;
  /** Where it was opened first; null for the root. */
  readonly place: Place | null;
  /** Absolute names of the sections that it inherits from, in order. */
  readonly references: string[];
  readonly values: Map<string, SettingsValue>;
  readonly sections: Map<string, SettingsSection>;
}

export interface SettingsProblem {
  readonly place: Place;
  readonly message: string;
}

/** What the parser asks of the world. */
export interface SettingsContext {
  /** Hands the parser the texts that an include means, one after the other; too deep ones are a problem. */
  readonly include: (pattern: string, at: Place, into: SettingsSection) => void;
  readonly problem: (problem: SettingsProblem) => void;
}

/** Sections inside each other; swanctl.conf needs four. */
const DEPTH_MAX = 32;
/** Longest name or value. */
const WORD_MAX = 65_535;

export function newSection(name: string, place: Place | null): SettingsSection {
  return { name, place, references: [], values: new Map(), sections: new Map() };
}

class Reader {
  readonly #file: string;
  readonly #text: string;
  readonly #context: SettingsContext;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(file: string, text: string, context: SettingsContext) {
    this.#file = file;
    this.#text = text;
    this.#context = context;
  }

  /** Statements up to the end of the section. @returns false when the reading has to end */
  read(section: SettingsSection, depth: number): boolean {
    for (;;) {
      this.#skip(true);
      const character = this.#text[this.#at];
      if (character === undefined) return depth === 0 || this.#fail('a section is not closed: } is missing');
      if (character === '}') {
        if (depth === 0) return this.#fail('} without a section that it could close');
        this.#at += 1;
        return true;
      }
      const place = this.#place();
      const name = this.#name();
      if (name === '') return this.#fail(`'${character}' can't stand here`);
      if (name === 'include' && /[ \t"]/.test(this.#text[this.#at] ?? '')) {
        const pattern = this.#value();
        if (pattern === null) return false;
        if (pattern !== '') this.#context.include(pattern, place, section);
      } else if (!this.#statement(section, name, place, depth)) {
        return false;
      }
    }
  }

  /** What follows a name: a value or a section. */
  #statement(section: SettingsSection, name: string, place: Place, depth: number): boolean {
    this.#skip(false);
    if (this.#text[this.#at] === '=') {
      this.#at += 1;
      const text = this.#value();
      if (text === null) return false;
      section.values.set(name, { text, place });
      return true;
    }
    const references = this.#references();
    if (references === null) return false;
    this.#skip(true);
    if (this.#text[this.#at] !== '{')
      return this.#fail(`neither = nor { follows '${name.slice(0, 40)}'`, place);
    this.#at += 1;
    if (depth >= DEPTH_MAX) return this.#fail(`more than ${DEPTH_MAX} sections inside each other`);
    const below = section.sections.get(name) ?? newSection(name, place);
    section.sections.set(name, below);
    for (const reference of references)
      if (!below.references.includes(reference)) below.references.push(reference);
    return this.read(below, depth + 1);
  }

  #references(): string[] | null {
    if (this.#text[this.#at] !== ':') return [];
    const found: string[] = [];
    do {
      this.#at += 1;
      this.#skip(true);
      const name = this.#name();
      if (name === '') {
        this.#fail('the name of a section is missing behind : or ,');
        return null;
      }
      found.push(name);
      this.#skip(true);
    } while (this.#text[this.#at] === ',');
    return found;
  }

  /** Up to the end of the line, a comment or }; blanks around it don't count unless quoted. Null: it isn't closed. */
  #value(): string | null {
    let value = '';
    for (;;) {
      const start = this.#at;
      while (this.#at < this.#text.length && !/["#}\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
      const bare = this.#text.slice(start, this.#at);
      const isLast = this.#text[this.#at] !== '"';
      const kept = value === '' ? bare.trimStart() : bare;
      value += isLast ? kept.trimEnd() : kept;
      if (isLast || value.length > WORD_MAX) return value.slice(0, WORD_MAX);
      const quoted = this.#quoted();
      if (quoted === null) return null;
      value += quoted;
    }
  }

  #quoted(): string | null {
    const opened = this.#place();
    let text = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') {
        this.#at += 1;
        return text;
      }
      if (character === '\n') this.#newline();
      if (character !== '\\') {
        text += character;
        continue;
      }
      this.#at += 1;
      const escaped = this.#text[this.#at] ?? '';
      if (escaped === '\n') this.#newline();
      else text += ESCAPES.get(escaped) ?? escaped;
    }
    this.#fail('a quoted text is not closed', opened);
    return null;
  }

  #name(): string {
    const start = this.#at;
    while (/[^,:{}="#\s]/.test(this.#text[this.#at] ?? ' ') && this.#at - start < WORD_MAX) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  /** Blanks and comments, and with `lines` the ends of lines. */
  #skip(lines: boolean): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '\n') {
        if (!lines) return;
        this.#newline();
        this.#at += 1;
      } else if (character === '#') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (character === ' ' || character === '\t' || character === '\r') {
        this.#at += 1;
      } else {
        return;
      }
    }
  }

  #newline(): void {
    this.#line += 1;
    this.#lineStart = this.#at + 1;
  }

  #place(): Place {
    return { file: this.#file, line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #fail(message: string, place: Place = this.#place()): false {
    this.#context.problem({ place, message });
    return false;
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads one text into `section`, on top of what is there. */
export function parseSettings(
  file: string,
  text: string,
  section: SettingsSection,
  context: SettingsContext,
): void {
  new Reader(file, text, context).read(section, 0);
}
