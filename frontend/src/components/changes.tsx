/** Lines added and removed. The minus is U+2212, as wide as the plus. */
export function Changes({
  additions,
  deletions,
  isQuiet = false,
}: {
  additions: number;
  deletions: number;
  isQuiet?: boolean;
}) {
  return (
    <span className="inline-flex items-center gap-1 tabular-nums">
      <span className={isQuiet ? "" : "text-diff-add-text"}>+{additions}</span>
      <span className={isQuiet ? "" : "text-diff-del-text"}>−{deletions}</span>
    </span>
  );
}
