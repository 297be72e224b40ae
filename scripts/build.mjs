// Bundles everything into one executable file: a VPN host needs Node and nothing else.
//
//     node scripts/build.mjs [OUTFILE]      default dist/afteryou.js
//
// Beside it goes THIRD-PARTY.txt, with the licences of the packages that are in it. The same sources give the same bytes.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { thirdPartyText } from './third-party.mjs';

const outfile = process.argv[2] ?? 'dist/afteryou.js';

// What prom-client brings besides and nobody here asks for (a push gateway, metrics of a cluster) has Node load HTTPS, TLS and
// more at the start of the daemon: 0.7 MiB resident. Metrics of the process come in when they are wanted.
const PROM_CLIENT = `
  exports.Registry = require('./lib/registry');
  exports.Counter = require('./lib/counter');
  exports.Gauge = require('./lib/gauge');
  exports.Histogram = require('./lib/histogram');
  exports.collectDefaultMetrics = (options) => require('./lib/defaultMetrics')(options);
`;
const lessOfPromClient = {
  name: 'less-of-prom-client',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/prom-client\/index\.js$/ }, ({ path }) => ({
      contents: PROM_CLIENT,
      resolveDir: dirname(path),
    })),
};

const { metafile, outputFiles } = await build({
  entryPoints: ['src/cli/main.ts'],
  outfile,
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'esm',
  // What Debian 12 ships; scripts/runtimes.ts runs it there and on what came after.
  target: 'node18',
  // Without indentation a quarter shorter. V8 keeps the source in memory; and reading a file in one piece has malloc keep up to
  // twice its size in each thread's pool instead of giving it back (mallopt(3), M_MMAP_THRESHOLD). Names stay, and lines short
  // enough to find a place in, for whoever reads a stack trace.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 120,
  plugins: [lessOfPromClient],
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
// One character beyond Latin-1, as in a comment of a package, and V8 keeps all of the source in two bytes a character. In the
// program itself there is none: esbuild writes them as escapes, but for those in regular expressions.
const source = outputFiles[0].text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, (comment) =>
  comment.replaceAll(/[\u0080-\uffff]/g, '-'),
);
const beyond = /^.*[\u0080-\uffff].*$/m.exec(source);
if (beyond) throw new Error(`a character beyond ASCII, write it as an escape: ${beyond[0].slice(0, 200)}`);
await mkdir(dirname(outfile), { recursive: true });
await writeFile(outfile, source);
await chmod(outfile, 0o755);
await writeFile(join(dirname(outfile), 'THIRD-PARTY.txt'), thirdPartyText(Object.keys(metafile.inputs)));
