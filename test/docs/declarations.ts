// Reads a declaration file as the compiler emits it: every exported statement with its name, its code and its comment.

export interface Declaration {
  readonly name: string;
  /** Without `export declare`. */
  readonly code: string;
  /** The comment's text up to its first tag; '' when there is none. */
  readonly words: string;
  readonly throws: string;
  readonly example: string;
}

const exported = /^export (?:declare )?(?=(?:function|const|interface|type|class) (\w+))/;

/** In the file's order. Re-exports are left to the caller. */
export function declarationsIn(text: string): Declaration[] {
  const found: Declaration[] = [];
  let comment = '';
  let at = 0;
  while (at < text.length) {
    const end = statementEnd(text, at);
    const statement = text.slice(at, end).trim();
    at = end;
    if (statement.startsWith('/**')) {
      comment = statement;
      continue;
    }
    const start = exported.exec(statement);
    if (start !== null) found.push({ name: start[1] as string, code: codeOf(statement, start), ...saidIn(comment) });
    comment = '';
  }
  return found;
}

function codeOf(statement: string, start: RegExpExecArray): string {
  // Types of other files are written without saying where they stand.
  return statement.slice(start[0].length).replaceAll(/import\("[^"]+"\)\./g, '');
}

/** Where a comment, or a statement outside all brackets, ends. */
function statementEnd(text: string, from: number): number {
  const first = text.slice(from).search(/\S/);
  if (first < 0) return text.length;
  if (text.startsWith('/*', from + first)) return text.indexOf('*/', from + first) + 2;
  let depth = 0;
  for (let at = from + first; at < text.length; at++) {
    if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 1;
    else if (text.startsWith('//', at)) at = text.indexOf('\n', at);
    else if (/["'`]/.test(text[at] as string)) at = text.indexOf(text[at] as string, at + 1);
    else if (/[{([]/.test(text[at] as string)) depth += 1;
    else if (/[})\]]/.test(text[at] as string)) depth -= 1;
    const isClosed = text[at] === ';' || (text[at] === '}' && /^\s*(\n|$)/.test(text.slice(at + 1)));
    if (depth === 0 && isClosed) return at + 1;
  }
  return text.length;
}

function saidIn(comment: string): Pick<Declaration, 'words' | 'throws' | 'example'> {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
  const [words = '', ...tags] = lines.join('\n').split(/\n?(?=^@)/m);
  const tag = (name: string): string =>
    tags
      .filter((one) => one.startsWith(`@${name}`))
      .map((one) => one.slice(name.length + 1).trim())
      .join('\n');
  return { words: words.trim(), throws: tag('throws').replaceAll('\n', ' '), example: tag('example') };
}
