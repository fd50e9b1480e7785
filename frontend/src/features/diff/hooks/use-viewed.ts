import { useQueryClient } from "@tanstack/react-query";
import { errorMessage } from "@/api/errors";
import type { AttemptDiff, AttemptId, DiffFile } from "@/api/generated/types";
import { markViewed } from "@/api/review";
import { showToast } from "@/components/ui/toast";

/** Ticks files as seen. A tick is shown at once, and goes again if the server did not take it. */
export function useViewed(attemptId: AttemptId) {
  const client = useQueryClient();
  const show = (file: DiffFile, isViewed: boolean) =>
    client.setQueriesData<AttemptDiff>(
      { queryKey: ["diff", attemptId] },
      (diff) => diff && ticked(diff, file, isViewed),
    );
  return async (file: DiffFile, isViewed: boolean) => {
    show(file, isViewed);
    try {
      await markViewed(attemptId, [{ path: file.path, content_key: file.content_key, is_viewed: isViewed }]);
    } catch (error) {
      show(file, !isViewed);
      showToast({ title: `${file.path} was not marked.`, detail: errorMessage(error) });
    }
  };
}

/** The mark belongs to what was seen: the same file with another content keeps its own. */
function ticked(diff: AttemptDiff, file: DiffFile, isViewed: boolean): AttemptDiff {
  const files = diff.files.map((other) =>
    other.path === file.path && other.content_key === file.content_key ? { ...other, is_viewed: isViewed } : other,
  );
  return { ...diff, files };
}
