/** Splits a command into words as the originals' parsers do: blanks separate, double quotes keep together. */

/** Words beyond these are joined into the last one: no command that is read here has as many. */
const WORDS_MAX = 200;

/** The words of a line; a quote that isn't closed reaches to the end of the line. Linear in the length of the text. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let isOpen = false;
  let isQuoted = false;
  for (const char of text) {
    if (char === '"') {
      isQuoted = !isQuoted;
      isOpen = true;
    } else if (!isQuoted && (char === ' ' || char === '\t') && words.length < WORDS_MAX) {
      if (isOpen) words.push(word);
      word = '';
      isOpen = false;
    } else {
      word += char;
      isOpen = true;
    }
  }
  if (isOpen) words.push(word);
  return words;
}
