/** Cuts what is too long to be seen at once in its middle, so that its end stays in sight. */

const charactersMax = 1200;
const linesMax = 16;
const headLines = 10;
const tailLines = 4;
const headCharacters = 600;
const tailCharacters = 300;

export type Cut = { head: string; tail: string; note: string };

/** The two ends and what lies between them; none where the text is short enough. */
export function cutText(text: string): Cut | undefined {
  const lines = text.split("\n");
  if (text.length <= charactersMax && lines.length <= linesMax) return undefined;
  const isByLines = lines.length > linesMax;
  const head = clip(isByLines ? lines.slice(0, headLines).join("\n") : text, headCharacters, "start");
  const tail = clip(isByLines ? lines.slice(-tailLines).join("\n") : text, tailCharacters, "end");
  const hidden = text.length - head.length - tail.length;
  const size = `${text.length.toLocaleString("en")} characters in ${count(lines.length, "line")}`;
  return { head, tail, note: `Show ${count(hidden, "more character")} here · ${size} in all` };
}

/** Never in the middle of a character that takes two places. */
function clip(text: string, max: number, end: "start" | "end"): string {
  if (text.length <= max) return text;
  if (end === "start") return text.slice(0, isPairAt(text, max) ? max - 1 : max);
  const from = text.length - max;
  return text.slice(isPairAt(text, from) ? from + 1 : from);
}

function isPairAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xdc00 && code <= 0xdfff;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
