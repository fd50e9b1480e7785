import { Circle, CircleCheck } from "lucide-react";
import { PlainText } from "@/components/plain-text";
import type { Row } from "../model";
import { LogRow, RowIcon } from "./log-row";

/** A line of the checklist that the agent ticked or opened again, and what it names as evidence: its claim, not ours. */
export function CriterionRow({ row }: { row: Extract<Row, { type: "criterion" }> }) {
  return (
    <LogRow icon={<RowIcon as={row.done ? CircleCheck : Circle} />} row={row}>
      <p className="py-1 [overflow-wrap:anywhere] max-md:text-base">
        <span className="mr-2 font-[550]">{row.done ? "Criterion met" : "Criterion open again"}</span>
        <PlainText text={row.text} />
        {row.evidence ? (
          <span className="block text-xs text-muted-foreground">
            <PlainText text={row.evidence} />
          </span>
        ) : null}
      </p>
    </LogRow>
  );
}
