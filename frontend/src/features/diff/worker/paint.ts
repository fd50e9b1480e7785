/** Colours lines of code and marks the words that changed in them. */
import { markWords, type Span } from "@/lib/word-diff";
import { kinds } from "../file-lines";
import { grammarOf, highlighter } from "./languages";
import { inks, markBit, type Paint, type PaintWork } from "./messages";

type Ink = (typeof inks)[number];
type InkSpan = Span & { ink: number };

/** A longer line is left alone: it is no code that anyone reads. */
const lineLengthMax = 1000;

const inkOfScope: Record<string, Ink> = {
  keyword: "keyword",
  literal: "keyword",
  name: "keyword",
  section: "keyword",
  bullet: "keyword",
  "selector-tag": "keyword",
  string: "string",
  regexp: "string",
  code: "string",
  link: "string",
  "char escape_": "string",
  type: "type",
  "title class_": "type",
  "title class_ inherited__": "type",
  "selector-class": "type",
  "selector-id": "type",
  comment: "comment",
  quote: "comment",
  doctag: "comment",
  subst: "plain",
};

/** The paint of each line after the lead. */
export function paintLines(work: PaintWork): Paint[] {
  // The side before the change is only read where something was removed.
  const old = work.kindOf.includes(kinds.indexOf("removed")) ? sideInks(work, "added") : new Map<number, InkSpan[]>();
  const now = sideInks(work, "removed");
  return work.texts.slice(work.lead).map((text, index) => {
    const at = work.lead + index;
    const kind = kinds[work.kindOf[at] ?? 0];
    const spans = (kind === "removed" ? old : now).get(at) ?? [];
    return paintOf(text, spans, marksOf(text, work.partners[at] ?? null, kind === "removed"));
  });
}

/** The inks of one side's lines. A hunk's lines are read as one text: a comment can begin lines above. */
function sideInks({ path, kindOf, texts, starts }: PaintWork, other: "added" | "removed"): Map<number, InkSpan[]> {
  const grammar = grammarOf(path);
  if (grammar === undefined) return new Map();
  const without = kinds.indexOf(other);
  const found = [0, ...starts].flatMap((from, section) => {
    const end = starts[section] ?? texts.length;
    const own = Array.from({ length: end - from }, (_, index) => from + index);
    return inkHunk(
      own.filter((index) => kindOf[index] !== without),
      texts,
      grammar,
    );
  });
  return new Map(found);
}

function inkHunk(own: readonly number[], texts: readonly string[], grammar: string): (readonly [number, InkSpan[]])[] {
  const code = own.map((index) => readable(texts[index] ?? "")).join("\n");
  const lines = inkLines(highlight(code, grammar));
  return own.map((index, line) => [index, lines[line] ?? []] as const);
}

function readable(text: string): string {
  return text.length > lineLengthMax ? "" : text;
}

const opensBefore = /^(?:(?!\/\*)[^])*?\*\//;

/** Where a comment's end comes before any begin, the text begins within it. */
function highlight(code: string, grammar: string): string {
  const isWithin = opensBefore.test(code) && slashStar.has(grammar);
  const html = highlighter.highlight(isWithin ? `/*${code}` : code, { language: grammar, ignoreIllegals: true }).value;
  return isWithin ? html.replace("/*", "") : html;
}

const slashStar = new Set("c cpp csharp css go java javascript kotlin php rust scss sql swift typescript".split(" "));

const tokens = /<span class="([^"]*)">|(<\/span>)|(&(?:amp|lt|gt|quot|#x27);)|([^<&]+)/g;

/** The inks in highlighted text, by line; only its spans and lengths matter. */
function inkLines(html: string): InkSpan[][] {
  const pen = new Pen();
  for (const [, scope, end, entity, text] of html.matchAll(tokens)) {
    if (scope !== undefined) pen.open(scope);
    else if (end !== undefined) pen.close();
    else pen.write(entity === undefined ? (text ?? "") : " ");
  }
  return pen.lines;
}

/** Walks over text and notes the inks of its parts. */
class Pen {
  readonly lines: InkSpan[][] = [[]];
  readonly #open: number[] = [];
  #at = 0;

  open(scope: string): void {
    this.#open.push(inkOf(scope, this.#open.at(-1) ?? 0));
  }

  close(): void {
    this.#open.pop();
  }

  write(text: string): void {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) this.#endLine();
      this.#advance(part.length);
    }
  }

  #endLine(): void {
    this.lines.push([]);
    this.#at = 0;
  }

  #advance(length: number): void {
    const ink = this.#open.at(-1) ?? 0;
    const line = this.lines.at(-1);
    const last = line?.at(-1);
    const to = this.#at + length;
    if (ink !== 0 && last?.ink === ink && last.to === this.#at) last.to = to;
    else if (ink !== 0 && length > 0) line?.push({ from: this.#at, to, ink });
    this.#at = to;
  }
}

/** A scope without an ink of its own has the ink around it. */
function inkOf(scope: string, around: number): number {
  const name = scope.replaceAll("hljs-", "");
  const ink = inkOfScope[name] ?? inkOfScope[name.split(" ")[0] ?? ""];
  return ink === undefined ? around : inks.indexOf(ink);
}

function marksOf(text: string, partner: string | null, isRemoved: boolean): readonly Span[] {
  if (partner === null) return [];
  return isRemoved ? markWords(text, partner).removed : markWords(partner, text).added;
}

function paintOf(text: string, spans: readonly InkSpan[], marks: readonly Span[]): Paint {
  if (spans.length === 0 && marks.length === 0) return [];
  const edges = [...spans, ...marks].flatMap((span) => [span.from, span.to]);
  const cuts = [...new Set([...edges, text.length])].filter((cut) => cut > 0).toSorted((left, right) => left - right);
  let from = 0;
  let ink = 0;
  let mark = 0;
  return cuts.flatMap((to) => {
    while ((spans[ink]?.to ?? Infinity) <= from) ink += 1;
    while ((marks[mark]?.to ?? Infinity) <= from) mark += 1;
    const isInked = (spans[ink]?.from ?? Infinity) <= from;
    const isMarked = (marks[mark]?.from ?? Infinity) <= from;
    from = to;
    return [to, (isInked ? (spans[ink]?.ink ?? 0) : 0) + (isMarked ? markBit : 0)];
  });
}
