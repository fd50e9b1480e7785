import { revealHidden, type TextPart } from "@/lib/hidden-text";

/** A text whose hidden characters are shown as their escapes: a command, a path, a line of code. */
export function PlainText({ text }: { text: string }) {
  const parts = revealHidden(text);
  if (parts.every((part) => !part.isEscape)) return text;
  return parts.map((part, index) => <Part key={index} part={part} />);
}

function Part({ part }: { part: TextPart }) {
  if (!part.isEscape) return part.text;
  return (
    <span className="rounded-xs bg-state-failed-surface px-0.5 text-state-failed" title="hidden character">
      {part.text}
    </span>
  );
}
