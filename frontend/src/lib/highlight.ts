/** Colours for code, line by line: keywords, strings, types, comments. Cheap on purpose; it knows no grammar. */
import type { Span } from "./word-diff";

export type CodeInk = "plain" | "keyword" | "string" | "type" | "comment";
export type CodePart = { text: string; ink: CodeInk; isMarked: boolean };
export type Language = { keywords: ReadonlySet<string>; pattern: RegExp; hasTypes: boolean };

const lineLengthMax = 600;

const quoted = String.raw`"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?`;
const doubleQuoted = String.raw`"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)'|'\\?[^']{1,8}'`;
const backticked = "`(?:[^`\\\\]|\\\\.)*`?";
const slashComment = String.raw`\/\/.*|\/\*.*?(?:\*\/|$)|^\s*\*(?:\s.*|\/.*)?$`;
const hashComment = String.raw`(?:^|(?<=\s))#.*`;
const dashComment = "--.*";
const xmlComment = "<!--.*?(?:-->|$)";
const word = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;

const javascript =
  "abstract as async await break case catch class const continue declare default delete do else enum export extends false finally for from function get if implements import in instanceof interface is keyof let new null of private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while with yield";
const rust =
  "as async await box break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self static struct super trait true type unsafe use where while";
const python =
  "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield";
const go =
  "break case chan const continue default defer else fallthrough for func go goto if import interface map nil package range return select struct switch true false type var";
const cLike =
  "abstract as auto base bool boolean break byte case catch char class const constexpr continue default delete do double else enum explicit extends extern final finally float for foreach friend fun goto if implements import in inline int interface internal long namespace new null nullptr object operator out override package params private protected public readonly record return sealed short signed sizeof static struct super switch template this throw throws true false try typedef typename unsigned using val var virtual void volatile when while yield";
const ruby =
  "alias and begin break case class def do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield require";
const shell =
  "case do done elif else esac exit export fi for function if in local return set source then unset until while";
const sql =
  "add all alter and as asc begin between by cascade case check column commit constraint create cross database default delete desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left like limit not null offset on or order outer primary references returning right rollback select set table then transaction trigger union unique update using values view when where with";
const css = "important media supports keyframes import layer theme utility apply";
const yaml = "true false null yes no on off";

const languages: Record<string, Language> = {
  ...group("ts tsx js jsx mjs cjs mts cts vue svelte", javascript, [slashComment, quoted, backticked], true),
  ...group("rs", rust, [slashComment, doubleQuoted], true),
  ...group("py pyi", python, [hashComment, quoted], true),
  ...group("go", go, [slashComment, quoted, backticked], true),
  ...group("c h cc cpp cxx hpp cs java kt kts swift scala dart php", cLike, [slashComment, quoted], true),
  ...group("rb", ruby, [hashComment, quoted], true),
  ...group("sh bash zsh fish dockerfile makefile mk", shell, [hashComment, quoted], false),
  ...group("sql", `${sql} ${sql.toUpperCase()}`, [dashComment, quoted], false),
  ...group("css scss less", css, [slashComment, quoted], false),
  ...group("json jsonc json5", "true false null", [slashComment, quoted], false),
  ...group("yml yaml toml ini", yaml, [hashComment, quoted], false),
  ...group("html xml svg", "", [xmlComment, quoted], false),
};

/** The language of a file by its name; none for those that are better left alone. */
export function languageOf(path: string): Language | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return languages[name.slice(name.lastIndexOf(".") + 1)];
}

/** A line in parts of one ink each, the marked spans apart. */
export function paintLine(line: string, language: Language | undefined, marks: readonly Span[] = []): CodePart[] {
  const inks = language && line.length <= lineLengthMax ? inkSpans(line, language) : [];
  const edges = [...inks, ...marks].flatMap((span) => [span.from, span.to]);
  const cuts = [...new Set([0, ...edges, line.length])].toSorted((left, right) => left - right);
  const parts: CodePart[] = [];
  for (const [index, from] of cuts.entries()) {
    const to = cuts[index + 1];
    if (to === undefined || to === from) continue;
    const ink = inks.find((span) => span.from <= from && to <= span.to)?.ink ?? "plain";
    const isMarked = marks.some((span) => span.from <= from && to <= span.to);
    parts.push({ text: line.slice(from, to), ink, isMarked });
  }
  return parts;
}

function inkSpans(line: string, language: Language): (Span & { ink: CodeInk })[] {
  const spans: (Span & { ink: CodeInk })[] = [];
  for (const match of line.matchAll(language.pattern)) {
    const ink = inkOf(match, language);
    if (ink !== "plain") spans.push({ from: match.index, to: match.index + match[0].length, ink });
  }
  return spans;
}

function inkOf(match: RegExpExecArray, language: Language): CodeInk {
  if (match.groups?.["comment"] !== undefined) return "comment";
  if (match.groups?.["string"] !== undefined) return "string";
  if (language.keywords.has(match[0])) return "keyword";
  return language.hasTypes && /^\p{Lu}.*\p{Ll}/u.test(match[0]) ? "type" : "plain";
}

/** The first of `parts` are comments, the rest are strings. */
function group(names: string, keywords: string, parts: readonly string[], hasTypes: boolean): Record<string, Language> {
  const [comment, ...strings] = parts;
  const pattern = new RegExp(`(?<comment>${comment})|(?<string>${strings.join("|")})|${word}`, "gu");
  const language = { keywords: new Set(keywords.split(" ")), pattern, hasTypes };
  return Object.fromEntries(names.split(" ").map((name) => [name, language]));
}
