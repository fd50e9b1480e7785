/** The product's sign: three lanes. */
export function Mark() {
  return (
    <svg aria-hidden fill="none" height="16" viewBox="0 0 16 16" width="16">
      <rect fill="currentColor" height="12" opacity=".35" rx="1" width="4" x="1" y="2" />
      <rect fill="currentColor" height="8" opacity=".65" rx="1" width="4" x="6" y="2" />
      <rect fill="currentColor" height="5" rx="1" width="4" x="11" y="2" />
    </svg>
  );
}

/** Sign and name. */
export function Wordmark() {
  return (
    <span className="flex items-center gap-2 text-sm font-semibold tracking-[-0.01em]">
      <Mark />
      eval-kanban
    </span>
  );
}
