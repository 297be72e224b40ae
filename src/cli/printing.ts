/** Prints what a command found, and what went wrong, as text or as JSON. */
import { formatIssues } from '../config/issues.ts';
import { issuesOf } from '../control/errors.ts';
import { AfteryouError } from '../errors.ts';
import { printable, printableJson } from './text/printable.ts';
import type { Cli, World } from './world.ts';

const SCHEMA = 1;

/** One document of JSON, or the text that `asText` makes. */
export function show<Report>(cli: Cli, report: Report, asText: (report: Report) => string): void {
  cli.world.out(cli.output === 'json' ? `${printableJson(report, 2)}\n` : asText(report));
}

/** An error on standard error: what, and on the next line what to do about it. */
export function showError(world: World, error: unknown, output: Cli['output']): void {
  world.err(output === 'json' ? errorJson(error) : errorText(error));
}

function errorText(error: unknown): string {
  const { code, message, nextStep, issues } = described(error);
  const lines = issues.length === 0 ? '' : formatIssues(issues);
  const step = nextStep === null ? '' : `${printable(nextStep)}\n`;
  return `${lines}afteryou: ${printable(message)} (${code})\n${step}`;
}

function errorJson(error: unknown): string {
  const { issues, ...rest } = described(error);
  const all = issues.length === 0 ? rest : { ...rest, issues };
  return `${printableJson({ schema: SCHEMA, error: all })}\n`;
}

function described(error: unknown) {
  if (error instanceof AfteryouError) {
    const { code, fault, message, nextStep } = error;
    return { code, fault, message, nextStep: nextStep ?? null, issues: issuesOf(error) };
  }
  return {
    code: 'INVARIANT_BROKEN',
    fault: 'afteryou',
    message: `a bug of afteryou: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    nextStep: 'Please report it, with the command that you gave.',
    issues: [],
  };
}
