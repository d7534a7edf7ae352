// YAML text to plain data in which every key and value remembers its line and column.
// Limits on size and depth come first: a parser must never be the thing that falls over on a bad file.
import type { Node, Pair } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Misplaced extends Position {
  readonly message: string;
}

/** `value` is plain data; `positionOf` answers for the value at a path, `keyPositionOf` for the key that names it. */
export interface YamlTree {
  readonly value: unknown;
  readonly faults: readonly Misplaced[];
  positionOf(path: Path): Position;
  keyPositionOf(path: Path): Position;
}

interface Place {
  readonly key: Position;
  readonly value: Position;
}

const maxCharacters = 512 * 1024;
const maxDepth = 40;
const maxIndent = 200;
const noTags = 'tags (!name) are not allowed in a config';
const start: Position = { line: 1, column: 1 };
const pathKey = (path: Path): string => JSON.stringify(path);

/** Reads one YAML document. Syntax errors, repeated keys, unknown tags and aliases come back as faults, never as exceptions. */
export function readYaml(text: string): YamlTree {
  const monster = monstrosity(text);
  if (monster) return treeOf(null, [monster], new Map());
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...positionAt(error.pos[0]),
    message: inPlainWords(error.code, { message: error.message, before: text.slice(0, error.pos[0]) }),
  }));
  if (faults.length > 0) return treeOf(null, faults.slice(0, 1), new Map());
  const walk = createWalk(positionAt);
  const value = walk.plain(document.contents, { path: [], key: start });
  return treeOf(value, walk.faults, walk.places);
}

function treeOf(value: unknown, faults: readonly Misplaced[], places: ReadonlyMap<string, Place>): YamlTree {
  /** A path that is not in the file stands where its nearest parent's key stands. */
  const find = (path: Path): Place => {
    for (let length = path.length; length >= 0; length--) {
      const place = places.get(pathKey(path.slice(0, length)));
      if (place) return length === path.length ? place : { key: place.key, value: place.key };
    }
    return { key: start, value: start };
  };
  return { value, faults, positionOf: (path) => find(path).value, keyPositionOf: (path) => find(path).key };
}

function createWalk(positionAt: (offset: number) => Position) {
  const places = new Map<string, Place>();
  const faults: Misplaced[] = [];
  const positionOf = (node: unknown, otherwise: Position): Position => {
    const range = (node as Node | null)?.range;
    const isNothing = isScalar(node) && node.value === null;
    return range && !isNothing ? positionAt(range[0]) : otherwise;
  };
  const plain = (node: unknown, { path, key }: { path: Path; key: Position }): unknown => {
    const value = positionOf(node, key);
    places.set(pathKey(path), { key: typeof path.at(-1) === 'string' ? key : value, value });
    if (path.length > maxDepth) {
      faults.push({ ...value, message: `a config nests at most ${maxDepth} levels` });
      return null;
    }
    if ((node as Node | null)?.tag !== undefined) faults.push({ ...value, message: noTags });
    if (isAlias(node)) faults.push({ ...value, message: 'aliases (*name) are not allowed: write the value out' });
    if (isMap(node)) return mapped(node.items as Pair[], { path, position: value });
    if (isSeq(node)) return node.items.map((item, index) => plain(item, { path: [...path, index], key: value }));
    return isScalar(node) ? node.value : null;
  };
  const mapped = (items: readonly Pair[], { path, position }: { path: Path; position: Position }) => {
    const entries: [string, unknown][] = [];
    for (const item of items) {
      const key = positionOf(item.key, position);
      const name = isScalar(item.key) ? (item.key.source ?? String(item.key.value)) : null;
      if (name === null || name === '__proto__') faults.push({ ...key, message: 'a key must be a plain word' });
      else entries.push([name, plain(item.value, { path: [...path, name], key })]);
    }
    return Object.fromEntries(entries);
  };
  return { plain, places, faults };
}

/** What would exhaust a parser before it could complain: files too long, or nested too deeply. */
function monstrosity(text: string): Misplaced | null {
  if (text.length > maxCharacters) return { ...start, message: `a config is at most ${maxCharacters / 1024} KiB long` };
  let open = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const position = (column: number): Position => ({ line: index + 1, column });
    const lead = /^[\s\-?:]*/.exec(line)?.[0].length ?? 0;
    if (lead > maxIndent)
      return { ...position(lead), message: `a line is indented by at most ${maxIndent} characters` };
    for (const [offset, character] of [...line].entries()) {
      if (character === '[' || character === '{') open += 1;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      if (open > maxDepth) return { ...position(offset + 1), message: `a config nests at most ${maxDepth} levels` };
    }
  }
  return null;
}

/** The parser's own sentence where it is good, a better one where people stumble. */
function inPlainWords(code: string, { message, before }: { message: string; before: string }): string {
  if (code === 'DUPLICATE_KEY') return 'this key is written twice in the same place';
  if (code === 'MULTIPLE_DOCS') return 'a config is one YAML document: remove what follows "---"';
  if (code === 'TAG_RESOLVE_FAILED') return noTags;
  if (code === 'TAB_AS_INDENT') return 'indentation must be made of spaces, not tabs';
  if (/\$$/.test(before)) return `inside { } a reference must be quoted: "\${file:/path}" or "\${env:NAME}"`;
  return `not valid YAML: ${message}`;
}
