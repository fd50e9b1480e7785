/** The button above what is not shown yet. */
export function MoreButton({
  count,
  onClick,
  what = "earlier lines",
}: {
  count: number;
  onClick: () => void;
  what?: string;
}) {
  return (
    <button
      className="flex h-7 w-full items-center border-b px-3 text-left text-2xs text-muted-foreground hover:bg-accent max-md:h-11"
      onClick={onClick}
      type="button"
    >
      Show {count.toLocaleString("en")} {what}
    </button>
  );
}
