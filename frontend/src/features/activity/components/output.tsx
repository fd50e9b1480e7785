import { useState } from "react";
import { cn } from "@/lib/cn";
import { AnsiText } from "@/components/ansi-text";
import { MoreButton } from "@/components/more-button";

const tailLines = 20;
const shownMax = 200_000;

/** What a tool printed: its end first, in the colours it asked for. */
export function Output({ text, isTruncated = false }: { text: string; isTruncated?: boolean }) {
  const [isWhole, setIsWhole] = useState(false);
  const lines = text.replace(/\n+$/, "").split("\n");
  const hidden = isWhole ? 0 : Math.max(0, lines.length - tailLines);
  return (
    <>
      {hidden > 0 ? <MoreButton count={hidden} onClick={() => setIsWhole(true)} /> : null}
      <AnsiBlock isLong={isWhole && lines.length > tailLines} text={lines.slice(hidden).join("\n")} />
      {isTruncated ? <Cut>The rest is in the Terminal tab.</Cut> : null}
    </>
  );
}

/** The foot that says that something is missing. */
export function Cut({ children }: { children: string }) {
  return <p className="border-t px-3 py-1.5 text-2xs text-muted-foreground">{children}</p>;
}

function AnsiBlock({ text, isLong }: { text: string; isLong: boolean }) {
  const shown = text.slice(0, shownMax);
  return (
    <pre
      className={cn("overflow-x-auto px-3 py-2 text-code", isLong && "max-h-[60vh] overflow-y-auto")}
      // A block that scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <AnsiText text={shown} />
      {text.length > shownMax ? "\n… cut here; the rest is in the Terminal tab" : null}
    </pre>
  );
}
