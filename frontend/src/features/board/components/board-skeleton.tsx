import { Skeleton } from "@/components/ui/skeleton";

const lanes = [3, 2, 2, 1];

/** The board while it is being read; nothing is seen of it for the first 150 ms. */
export function BoardSkeleton() {
  return (
    <main aria-busy="true" aria-label="The board is being read" className="flex min-w-0 flex-1 flex-col">
      <div className="h-12 shrink-0 border-b" />
      <div className="flex min-h-0 flex-1 animate-late overflow-hidden">
        {lanes.map((cards, lane) => (
          // Lanes and cards of a skeleton are nothing but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <div className="w-1/4 min-w-70 shrink-0 border-r p-2 pt-10 max-md:w-full" key={lane}>
            {Array.from({ length: cards }, (_, card) => (
              <SkeletonCard key={card} />
            ))}
          </div>
        ))}
      </div>
    </main>
  );
}

function SkeletonCard() {
  return (
    <div className="mb-2 flex h-23 flex-col gap-3 rounded-md border bg-card p-3">
      <Skeleton className="w-[64%]" />
      <Skeleton className="w-[42%]" />
      <Skeleton className="w-[78%]" />
    </div>
  );
}
