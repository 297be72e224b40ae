/**
 * Errors of the YAML parser in an operator's words.
 *
 * Knows the codes of the `yaml` package and the mistakes that people make in files about VPNs; the commonest
 * is an unquoted %any.
 */

export interface SyntaxProblem {
  readonly message: string;
  readonly remedy: string;
  /** Where to point, in characters from the start. */
  readonly offset: number;
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['TAB_AS_INDENT', 'Indent with spaces; YAML allows no tabs there.'],
  [
    'MULTIPLE_DOCS',
    'Keep one document per file: remove the second `---` or move it to a file of its own in conf.d.',
  ],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    'Put the inner key on a line of its own and indent it, or quote a value that has a colon in it.',
  ],
  ['MULTILINE_IMPLICIT_KEY', 'Check the indentation of this line and of the one above.'],
  ['BAD_INDENT', 'Check the indentation, and that every bracket above is closed.'],
  ['BAD_ALIAS', 'If the text itself begins with a star, quote it: "*".'],
  ['TAG_RESOLVE_FAILED', 'Remove the tag; every value is read as plain text.'],
  ['UNEXPECTED_TOKEN', 'Check the commas, dashes and brackets of this line.'],
]);

/** The rest of the line from `offset`, up to what ends a plain value in a list. */
function wordAt(text: string, offset: number): string {
  return /^[^\s,\]}#]{1,40}/.exec(text.slice(offset, offset + 64))?.[0] ?? '';
}

/**
 * Turns one error of the YAML parser into a message with a remedy.
 *
 * @param code of the `yaml` package, such as `BAD_SCALAR_START`
 * @param offset where the parser noticed, in characters
 */
export function explainSyntax(code: string, message: string, text: string, offset: number): SyntaxProblem {
  const word = wordAt(text, offset);
  if (code === 'BAD_SCALAR_START' && word !== '') {
    return { message: `'${word}' can't stand here unquoted`, remedy: `Quote it: "${word}".`, offset };
  }
  if (code === 'MISSING_CHAR' && message.includes('quote')) {
    return {
      message: 'a quoted text is not closed',
      remedy: 'Close the quote that was opened here or above.',
      offset,
    };
  }
  if (code === 'MISSING_CHAR' && message.includes('map values')) {
    return {
      message: `'${word}' has no colon`,
      remedy: 'Write `key: value`, with a blank after the colon.',
      offset,
    };
  }
  if (code === 'MISSING_CHAR' || (code === 'BAD_INDENT' && message.startsWith('Flow'))) {
    return { message: 'a bracket is not closed', remedy: 'Close the [ or { that was opened above.', offset };
  }
  const first = message.split('\n', 1)[0] ?? message;
  return {
    message: `not valid YAML: ${first}`,
    remedy: REMEDIES.get(code) ?? 'Check this line and the one above it.',
    offset,
  };
}
