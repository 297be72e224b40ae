/**
 * Texts of a Cisco gateway in, files for strongSwan and afteryou out, with a report of every line.
 *
 * Text to text: no file is opened or written here. The steps are lines, dialect, reader, writers; only the reader differs
 * from dialect to dialect.
 */
import { notesOnWeakAlgorithms } from './algorithms.ts';
import { readAsa } from './asa/read.ts';
import { type Dialect, detectDialect } from './dialect.ts';
import type { Gateway, Note } from './gateway-model.ts';
import { readIos } from './ios/read.ts';
import { OUTPUT_FILES } from './output-files.ts';
import type { Reader } from './reader.ts';
import { Refusals } from './refusals.ts';
import { LineReport, type ReportedLine } from './report.ts';
import { readLines, type SourceText } from './source-line.ts';
import { readStaros } from './staros/read.ts';
import { writeConnections } from './writers/connections.ts';
import { writeInterfaces } from './writers/interfaces.ts';
import { writePolicyFile } from './writers/policy-file.ts';
import { writeReport } from './writers/report-text.ts';
import { writeSecrets } from './writers/secrets.ts';

const READERS: Readonly<Record<Dialect, Reader>> = {
  staros: readStaros,
  ios: readIos,
  asa: readAsa,
};

export interface Translation {
  readonly dialect: Dialect;
  readonly gateway: Gateway;
  /** Every line of the input once, in its order. */
  readonly lines: readonly ReportedLine[];
  readonly notes: readonly Note[];
  readonly unfinished: readonly Note[];
  /** File names and texts; all of them may name secrets or peers, so all are for their owner alone. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Translates the configuration of one gateway; several files of it count as one text.
 *
 * @param from the dialect; null: it is found out
 * @throws TranslateError `TRANSLATE_REFUSED` with file, line and remedy of each thing that can't be translated
 */
export function translate(texts: readonly SourceText[], from: Dialect | null = null): Translation {
  const lines = readLines(texts);
  const dialect = from ?? detectDialect(lines);
  const report = new LineReport(lines);
  const refusals = new Refusals();
  const gateway = finish(READERS[dialect]({ lines, report, refusals }));
  refusals.throwIfAny();
  const reported = report.lines();
  const notes = inOrder(gateway.notes, texts);
  const unfinished = inOrder(gateway.unfinished, texts);
  const files = new Map([
    [OUTPUT_FILES.connections, writeConnections(gateway)],
    [OUTPUT_FILES.secrets, writeSecrets(gateway)],
    [OUTPUT_FILES.policy, writePolicyFile({ ...gateway, unfinished })],
    ...writeInterfaces(gateway),
    [OUTPUT_FILES.report, writeReport(reported, notes, unfinished)],
  ]);
  return { dialect, gateway, lines: reported, notes, unfinished, files };
}

/** In the order of the input; what is about the whole comes first. */
function inOrder(notes: readonly Note[], texts: readonly SourceText[]): readonly Note[] {
  const rank = new Map(texts.map(({ file }, index) => [file, index]));
  const of = ({ at }: Note): number => (at === null ? -1 : (rank.get(at.file) ?? 0));
  return notes.toSorted((a, b) => of(a) - of(b) || (a.at?.number ?? 0) - (b.at?.number ?? 0));
}

/** Adds what follows from the model whatever it was read from: weak algorithms, missing keys and certificates. */
function finish(gateway: Gateway): Gateway {
  const missing: Note[] = gateway.secrets
    .filter(({ value }) => value === null)
    .map(({ at, name, why }) => ({
      at,
      text: `${why ?? 'The original does not show the key'}: put it into ${OUTPUT_FILES.secrets}, section ike-${name}.`,
    }));
  const certificates = new Map(
    gateway.connections
      .filter(
        ({ settings }) =>
          settings.localAuth.kind === 'certificate' || settings.remoteAuth.kind === 'certificate',
      )
      .map(({ settings }): [string, Note] => [
        settings.name,
        {
          at: settings.at,
          text: `Certificates and private keys are not in the text: put the files into /etc/swanctl and name them in ${OUTPUT_FILES.connections}, section ${settings.name}.`,
        },
      ]),
  );
  return {
    ...gateway,
    notes: [...gateway.notes, ...notesOnWeakAlgorithms(gateway)],
    unfinished: [...gateway.unfinished, ...missing, ...certificates.values()],
  };
}
