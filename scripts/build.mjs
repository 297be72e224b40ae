// Bundles everything into one executable file: a VPN host needs Node and nothing else.
//
//     node scripts/build.mjs [OUTFILE]      default dist/afteryou.js
//
// Beside it goes THIRD-PARTY.txt, with the licences of the packages that are in it. The same sources give the same bytes.
import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyText } from './third-party.mjs';

const outfile = process.argv[2] ?? 'dist/afteryou.js';
const { metafile } = await build({
  entryPoints: ['src/cli/main.ts'],
  outfile,
  bundle: true,
  metafile: true,
  platform: 'node',
  format: 'esm',
  // What Debian 12 ships; scripts/runtimes.ts runs it there and on what came after.
  target: 'node18',
  minifySyntax: true,
  legalComments: 'eof',
  banner: {
    js: [
      '#!/usr/bin/env node',
      // Packages in CommonJS inside a bundle of modules still call require().
      "import { createRequire } from 'node:module';",
      'const require = createRequire(import.meta.url);',
    ].join('\n'),
  },
});
await chmod(outfile, 0o755);
await writeFile(join(dirname(outfile), 'THIRD-PARTY.txt'), thirdPartyText(Object.keys(metafile.inputs)));
