/** Pieces of a manual page in mdoc(7), with texts made safe: a line of text must not become a macro. */

/** Words for a macro line or running text: nothing in them means anything to mandoc. */
export function safe(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('"', '\\(dq').replaceAll('\u2019', "'");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

/** Running text; lines that begin with two blanks stay as they are laid out. */
export function paragraphs(text: string): string[] {
  const out: string[] = [];
  let isLiteral = false;
  for (const line of text.split('\n')) {
    const wantsLiteral = line.startsWith('  ');
    if (wantsLiteral !== isLiteral) out.push(wantsLiteral ? '.Bd -literal -offset Ds' : '.Ed');
    isLiteral = wantsLiteral;
    if (wantsLiteral) out.push(...wrapped(line.slice(2)));
    else if (line === '') out.push('.Pp');
    // A sentence on a line of its own, as mdoc wants it.
    else
      out.push(
        ...line
          .trim()
          .split(/(?<=[.:;!?]) +(?=[A-Z])/)
          .flatMap(wrapped),
      );
  }
  if (isLiteral) out.push('.Ed');
  return out;
}

/** A line of text as lines of at most 71 characters: mandoc asks for 80, escapes included. */
function wrapped(line: string): string[] {
  const lines: string[] = [];
  let current = '';
  // Blanks stay with the word before them, so that a layout in columns stays as it is.
  for (const word of line.split(/(?<= )(?=\S)/)) {
    if (current !== '' && current.length + word.trimEnd().length > 70) {
      lines.push(current);
      current = '';
    }
    current += word;
  }
  return [...lines, current].map((text) => safe(text.trimEnd()));
}

/** The flags of an option: `-c, --config <file>` as `Fl c , Fl \-config Ar file`. */
export function flags(text: string): string {
  return text
    .split(', ')
    .map((flag) => {
      const [name = '', ...values] = flag.split(' ');
      const value = values.map((one) => `Ar ${safe(one.replaceAll(/[<>[\]]/g, ''))}`);
      return [`Fl ${safe(name.slice(1)).replaceAll('-', '\\-')}`, ...value].join(' ');
    })
    .join(' , ');
}

/** The frame of a page. @param date as `January 1, 2026` */
export function page(
  name: string,
  section: number,
  date: string,
  summary: string,
  body: readonly string[],
): string {
  return `${[
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${safe(summary)}`,
    ...body,
  ].join('\n')}\n`;
}
