/**
 * Lines as nested modes: which commands were given inside which.
 *
 * The three dialects mark modes differently, and pasted text mixes the marks: `exit`, `end`, indentation, a lone `!`,
 * the prompt, or nothing but the next command that opens a mode. A dialect gives a table of what opens what.
 */
import type { LineReport } from './report.ts';
import type { SourceLine } from './source-line.ts';

/** One mode of a dialect. */
export interface ModeRule {
  /** `service`, `crypto-map`; anything but the empty text, which is the top. */
  readonly mode: string;
  /** Modes that it can be opened in; the top is ''. */
  readonly within: readonly string[];
  readonly opens: (line: SourceLine) => boolean;
}

export interface ModeTable {
  readonly rules: readonly ModeRule[];
  /** A comment `!` in the first column ends all modes, as in IOS and ASA. */
  readonly bangCloses: boolean;
  /** True for a prompt at which nothing is open, such as `(config)#`. */
  readonly isTopPrompt: (mode: string) => boolean;
  /** The mode that a prompt shows, such as `context` for `(config-ctx)`; null when it doesn't tell. */
  readonly modeOfPrompt?: (mode: string) => string | null;
}

export interface Block {
  /** '' for the top, where `header` is null. */
  readonly mode: string;
  readonly header: SourceLine | null;
  /** Commands given directly in this mode, in order. */
  readonly lines: readonly SourceLine[];
  readonly blocks: readonly Block[];
}

interface OpenBlock extends Block {
  readonly lines: SourceLine[];
  readonly blocks: OpenBlock[];
  /** A line inside was indented deeper than the header: then one that isn't ends the mode. */
  isIndented: boolean;
}

/** Reads all modes; claims `exit`, `quit` and `end` in the report. Lines of other kinds than `command` are left out. */
export function readBlocks(lines: readonly SourceLine[], table: ModeTable, report: LineReport): Block {
  const top = openBlock('', null);
  let open: OpenBlock[] = [top];
  let file = lines[0]?.file;
  for (const line of lines) {
    // A mode doesn't reach from one file into the next.
    if (line.file !== file || endsAll(line, table)) open = [top];
    file = line.file;
    if (line.kind !== 'command') continue;
    const word = line.words.length === 1 ? line.words[0]?.toLowerCase() : undefined;
    if (word === 'end' || word === 'exit' || word === 'quit') {
      report.dropped(line, open.length > 1 ? `ends ${open.at(-1)?.mode ?? ''}` : 'ends the configuration');
      if (word === 'end') open = [top];
      else if (open.length > 1) open.pop();
      continue;
    }
    closeByPrompt(open, line, table);
    closeByIndent(open, line);
    place(open, line, table);
  }
  return top;
}

function openBlock(mode: string, header: SourceLine | null): OpenBlock {
  return { mode, header, lines: [], blocks: [], isIndented: false };
}

function endsAll(line: SourceLine, table: ModeTable): boolean {
  if (table.bangCloses && line.kind === 'comment' && line.raw.startsWith('!')) return true;
  const mode = line.prompt?.mode;
  return mode !== undefined && (mode === null || table.isTopPrompt(mode));
}

function closeByPrompt(open: OpenBlock[], line: SourceLine, table: ModeTable): void {
  const shown = line.prompt?.mode;
  const mode = shown == null ? null : (table.modeOfPrompt?.(shown) ?? null);
  const depth = mode === null ? -1 : open.findLastIndex((block) => block.mode === mode);
  if (depth >= 0) open.splice(depth + 1);
}

function closeByIndent(open: OpenBlock[], line: SourceLine): void {
  if (line.prompt !== null) return;
  for (;;) {
    const last = open.at(-1);
    const header = last?.header ?? null;
    if (last === undefined || header === null) return;
    if (line.indent > header.indent) {
      last.isIndented = true;
      return;
    }
    if (!last.isIndented) return;
    open.pop();
  }
}

/** Puts a line where it belongs: as the header of a new mode, in the innermost mode that has it, or as a command. */
function place(open: OpenBlock[], line: SourceLine, table: ModeTable): void {
  for (let depth = open.length - 1; depth >= 0; depth -= 1) {
    const within = open[depth];
    const rule = table.rules.find(
      (candidate) => candidate.within.includes(within?.mode ?? '') && candidate.opens(line),
    );
    if (within === undefined || rule === undefined) continue;
    const block = openBlock(rule.mode, line);
    within.blocks.push(block);
    open.splice(depth + 1);
    open.push(block);
    return;
  }
  open.at(-1)?.lines.push(line);
}
