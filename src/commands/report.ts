// `penumbra report`: one run as one file, for a reviewer: decision, reasons, evidence with pictures, divergent samples, hashes.
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { messageOf } from '../errors.ts';
import { createApiClient } from './api-client.ts';
import { type ApiFlags, tokenHelp, tokenOf, urlOption } from './api-options.ts';
import { gatherMaterial } from './report/material.ts';
import { reportHtml } from './report/report-html.ts';
import { reportMarkdown } from './report/report-markdown.ts';
import { withExitCodes } from './server-process.ts';

interface ReportFlags extends ApiFlags {
  readonly run: string;
  readonly html?: string;
  readonly markdown?: string;
}

const errorExit = 20;

const helpText = `
Examples:
  penumbra report --run "$RUN"                          writes penumbra-report-RUN.html
  penumbra report --run "$RUN" --html release.html      one file, pictures inside, nothing loaded from elsewhere
  penumbra report --run "$RUN" --markdown -             Markdown on standard output, for a merge request

It says what the gate says at this moment, and never decides: ask penumbra gate for an exit code.
Samples show declared features only (samples: {features: none} in the config leaves them out).
Exit codes: 0 written, ${errorExit} the comparator could not be asked or a file not written, 64 wrong options.
${tokenHelp}`;

export function reportCommand(): Command {
  return withExitCodes(new Command('report'))
    .summary('one run as one file for a reviewer: decision, evidence, samples')
    .description('Writes what the comparator knows about a run as a self-contained HTML file, as Markdown, or both.')
    .requiredOption('--run <id>', 'the run, as listed by: penumbra run list')
    .option('--html <file>', 'where the HTML goes; - is standard output (default: penumbra-report-RUN.html)')
    .option('--markdown <file>', 'where the Markdown goes; - is standard output')
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .action(async (flags: ReportFlags, command: Command) => {
      const { run, markdown, url } = flags;
      const html = flags.html ?? (markdown === undefined ? defaultFile(run) : undefined);
      try {
        const material = await gatherMaterial(createApiClient({ url, token: tokenOf(process.env) }), run);
        if (html !== undefined) write(html, reportHtml(material));
        if (markdown !== undefined) write(markdown, reportMarkdown(material));
      } catch (thrown) {
        command.error(`report: ${messageOf(thrown)}`, { exitCode: errorExit });
      }
    });
}

/** A run's id is asked of the comparator and may be anything until then: no folder and no hidden file is made of it. */
export function defaultFile(run: string): string {
  return `penumbra-report-${run.replace(/[^\w.-]/g, '_')}.html`;
}

function write(file: string, content: string): void {
  if (file === '-') {
    process.stdout.write(content);
    return;
  }
  writeFileSync(file, content);
  process.stderr.write(`written: ${file}\n`);
}
