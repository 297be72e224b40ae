// The licences of the npm packages whose files are in a bundle, as one text.
import { readdirSync, readFileSync } from 'node:fs';

/** @param {readonly string[]} inputs paths of files in the bundle, from the root of the checkout */
export function thirdPartyText(inputs) {
  const places = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  const parts = [...places].toSorted().map((place) => {
    const { name, version, license } = JSON.parse(readFileSync(`${place}/package.json`, 'utf8'));
    const file = readdirSync(place).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined
        ? `(${license}; the package brings no text of it)`
        : readFileSync(`${place}/${file}`, 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `The program has these packages in it.\n\n${parts.join(`\n${'-'.repeat(78)}\n\n`)}`;
}
