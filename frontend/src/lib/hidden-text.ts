/**
 * Makes visible what a text could hide: direction marks, zero widths and control characters. A command that is shown
 * must be the command that runs.
 */

export type TextPart = { text: string; isEscape: boolean };

// Tab and line feed are text. Joiners inside words and emoji are kept by `escapeInProse` alone.
const hidden = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const hiddenInProse = /(?![\t\n\r])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const reordering = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text in parts, the hidden characters as their escapes. */
export function revealHidden(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), isEscape: false });
    parts.push({ text: escapeCharacter(match[0]), isEscape: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isEscape: false });
  return parts;
}

/** The same as one text, for titles and labels. */
export function escapeHidden(text: string): string {
  return text.replace(hidden, escapeCharacter);
}

/** For prose: only what can reorder or erase it is escaped; joiners and variants that scripts and emoji need stay. */
export function escapeInProse(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(hiddenInProse, escapeCharacter);
}

/** For a terminal, which obeys colours: only what reorders the text is escaped. */
export function escapeReordering(text: string): string {
  return text.replace(reordering, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\r") return "\\r";
  if (character === "\u001b") return "\\e";
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
