import type { Attempt } from "@/api/generated/types";

type DiffTabProps = { attempt: Attempt; file: string | undefined; onFile: (path: string) => void };

export default function DiffTab({ attempt }: DiffTabProps) {
  return <p>{attempt.number}</p>;
}
