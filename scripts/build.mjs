// Bundles everything into one executable file, dist/afteryou.js: a VPN host needs Node and nothing else.
import { chmod } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/afteryou.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  // What Debian 12 ships; see engines in package.json for what is tested fully.
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
await chmod('dist/afteryou.js', 0o755);
