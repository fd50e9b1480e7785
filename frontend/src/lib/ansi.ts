/** Terminal text made harmless: colours stay, everything else that a terminal would obey is dropped. */
import Anser from "anser";

export type Ink = "plain" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "faint";
export type AnsiSpan = { text: string; ink: Ink; isBold: boolean; isUnderlined: boolean };

const escape = "\u001b";
const stringStarts = "]P_^X";
const inks: Record<string, Ink> = {
  red: "red",
  green: "green",
  yellow: "yellow",
  blue: "blue",
  magenta: "magenta",
  cyan: "cyan",
};

/**
 * Keeps SGR sequences and printable text. A carriage return becomes a line break, so that nothing is written over; an
 * operating system command without its end loses its introducer only, so that nothing is swallowed.
 */
export function keepColours(text: string): string {
  // Looked for once: a text of introducers without an end must not be searched again for each of them.
  const lastEnd = lastStringEnd(text);
  let kept = "";
  let at = 0;
  for (const match of text.matchAll(specials)) {
    if (match.index < at) continue;
    const after = match.index + match[0].length;
    const read = readSpecial(text, match[0], after, lastEnd);
    kept += text.slice(at, match.index) + read.kept;
    at = read.end;
  }
  return kept + text.slice(at);
}

/** The text in coloured spans. */
export function parseAnsi(text: string): AnsiSpan[] {
  return Anser.ansiToJson(keepColours(text), { use_classes: true, remove_empty: true, json: true }).map((entry) => ({
    text: entry.content,
    ink: inkOf(entry),
    isBold: entry.decorations.includes("bold"),
    isUnderlined: entry.decorations.includes("underline"),
  }));
}

/** The text alone. */
export function stripAnsi(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return keepColours(text).replace(/\u001b\[[\d;:]*m/g, "");
}

// ESC with the character that follows, C1 codes, and the rest of C0 except tab and line feed.
const specials =
  // oxlint-disable-next-line no-control-regex
  /\r\n?|\u001b[\u0020-\u002f]*[\u0030-\u007e]?|[\u0080-\u009f]|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** What stays of a special that ends before `after`, and where the text goes on. */
function readSpecial(text: string, special: string, after: number, lastEnd: number): { kept: string; end: number } {
  const introducer = normalise(special);
  if (introducer === undefined) return { kept: "", end: after };
  if (introducer === "\n") return { kept: "\n", end: after };
  if (introducer === "[") {
    const { end, isColour } = readControlSequence(text, after);
    return { kept: isColour ? `${escape}[${text.slice(after, end)}` : "", end };
  }
  const isString = stringStarts.includes(introducer) && after <= lastEnd;
  return { kept: "", end: isString ? stringEnd(text, after) : after };
}

/** What a special asks for, in its seven-bit form; none for those that are dropped by themselves. */
function normalise(special: string): string | undefined {
  if (special.startsWith("\r")) return "\n";
  const code = special.charCodeAt(0);
  if (code >= 0x80) return String.fromCharCode(code - 0x40);
  return special.startsWith(escape) && special.length === 2 ? special[1] : undefined;
}

function readControlSequence(text: string, from: number): { end: number; isColour: boolean } {
  let at = from;
  while (isParameter(text.charCodeAt(at))) at += 1;
  const isPlain = at === from || isDigits(text, from, at);
  const final = text.charCodeAt(at);
  if (!(final >= 0x40 && final <= 0x7e)) return { end: at, isColour: false };
  return { end: at + 1, isColour: isPlain && final === 0x6d && at - from < 64 };
}

function isParameter(code: number): boolean {
  return code >= 0x20 && code <= 0x3f;
}

function isDigits(text: string, from: number, to: number): boolean {
  return /^[\d;:]*$/.test(text.slice(from, Math.min(to, from + 64)));
}

function lastStringEnd(text: string): number {
  return Math.max(text.lastIndexOf("\u0007"), text.lastIndexOf(`${escape}\\`), text.lastIndexOf("\u009c"));
}

function stringEnd(text: string, from: number): number {
  // oxlint-disable-next-line no-control-regex
  const end = /\u0007|\u001b\\|\u009c/g;
  end.lastIndex = from;
  const match = end.exec(text);
  return match ? match.index + match[0].length : from;
}

function inkOf(entry: Anser.AnserJsonEntry): Ink {
  // Anser's types say that there is always a colour; without one it is null.
  const colour: string | null = entry.fg;
  if (colour === "ansi-bright-black") return "faint";
  const ink = colour ? inks[colour.replace(/^ansi-(?:bright-)?/, "")] : undefined;
  return ink ?? (entry.decorations.includes("dim") ? "faint" : "plain");
}
