import { useRef } from "react";
import type { GateRun, GateRunId } from "@/api/generated/types";
import { AnsiText } from "@/components/ansi-text";
import { useFollow } from "../hooks/use-follow";
import { useOutput } from "../hooks/use-output";
import { isLive } from "../model";

const shownLines = 2000;

/** What a run printed; its end is followed while it grows. */
export function GateOutput({ run, id }: { run: GateRun; id: GateRunId }) {
  const output = useOutput(id, run.output_bytes, isLive(run));
  switch (output.type) {
    case "loading":
      return <Line>reading the output…</Line>;
    case "failed":
      return (
        <p className="mb-2 text-xs text-state-failed" role="alert">
          The output could not be read. {output.message}
        </p>
      );
    case "shown":
      if (output.text !== "") return <Text isCut={output.isCut} name={run.name} text={output.text} />;
      return <Line>{isLive(run) ? "It has printed nothing so far." : "It printed nothing."}</Line>;
  }
}

function Line({ children }: { children: string }) {
  return <p className="mb-2 text-xs text-muted-foreground">{children}</p>;
}

function Text({ text, isCut, name }: { text: string; isCut: boolean; name: string }) {
  const box = useRef<HTMLPreElement>(null);
  const onScroll = useFollow(box, text);
  const lines = text.replace(/\n+$/, "").split("\n");
  const hidden = Math.max(0, lines.length - shownLines);
  const shown = lines.slice(hidden).join("\n");
  return (
    <div className="mb-2 overflow-hidden rounded-md border bg-inset">
      {isCut || hidden > 0 ? (
        <p className="border-b px-3 py-1 text-2xs text-muted-foreground">
          the last {(lines.length - hidden).toLocaleString("en")} lines
        </p>
      ) : null}
      <pre
        aria-label={`Output of ${name}`}
        className="max-h-[50vh] overflow-auto px-3 py-2 text-code focus-visible:-outline-offset-2"
        onScroll={onScroll}
        ref={box}
        role="log"
        // A block that scrolls must be reachable by the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <AnsiText text={shown} />
      </pre>
    </div>
  );
}
