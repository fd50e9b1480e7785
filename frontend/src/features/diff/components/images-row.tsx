import { useQuery } from "@tanstack/react-query";
import { useCallback, useState, useSyncExternalStore } from "react";
import { readDiffContent } from "@/api/diff";
import { errorMessage } from "@/api/errors";
import type { DiffFile, DiffSide } from "@/api/generated/types";
import { cn } from "@/lib/cn";
import { useLineScope } from "../hooks/use-line-scope";
import { imageType } from "../images";
import { imagesKey } from "../rows";
import { useMeasured } from "./remark-row";

/** A picture before and after, with what they measure. */
export function ImagesRow({ file }: { file: DiffFile }) {
  const element = useMeasured(`${file.path} ${imagesKey}`);
  return (
    <div className="grid grid-cols-2 gap-4 p-4 max-md:grid-cols-1" ref={element}>
      {file.status === "added" ? null : <Picture file={file} side="old" />}
      {file.status === "deleted" ? null : <Picture file={file} side="new" />}
    </div>
  );
}

const checkered = "bg-[repeating-conic-gradient(var(--muted)_0_25%,var(--card)_0_50%)] bg-[length:16px_16px]";

function Picture({ file, side }: { file: DiffFile; side: DiffSide }) {
  const picture = usePicture(file, side);
  const [measures, setMeasures] = useState("");
  const name = side === "old" ? "before" : "after";
  return (
    <figure className="flex min-w-0 flex-col gap-1.5">
      <div
        className={cn(
          "flex min-h-40 items-center justify-center rounded-md border p-2",
          checkered,
          side === "old" ? "border-diff-del-gutter" : "border-diff-add-gutter",
        )}
      >
        {picture.url ? (
          <img
            alt={`${file.path} ${name}`}
            className="max-h-96 max-w-full"
            onError={() => setMeasures("it cannot be shown")}
            onLoad={({ currentTarget: image }) => setMeasures(`${image.naturalWidth} × ${image.naturalHeight}`)}
            src={picture.url}
          />
        ) : (
          <span className="text-xs text-muted-foreground">{picture.error ?? "reading the picture"}</span>
        )}
      </div>
      <figcaption className="text-xs text-muted-foreground tabular-nums">
        <b className="font-[550] text-foreground">{name}</b>{" "}
        {[measures, picture.bytes === undefined ? "" : formatBytes(picture.bytes)]
          .filter((word) => word !== "")
          .join(" · ")}
      </figcaption>
    </figure>
  );
}

/** The address of one side's picture, for as long as it is shown. */
function usePicture(file: DiffFile, side: DiffSide) {
  const { view } = useLineScope();
  const path = side === "old" ? (file.old_path ?? file.path) : file.path;
  const content = useQuery({
    queryKey: ["diff_picture", view.attemptId, view.scope, view.between ?? null, path, side, file.content_key],
    queryFn: async ({ signal }) =>
      new Blob([new Uint8Array(await readDiffContent(view, file.path, side, signal))], { type: imageType(path) ?? "" }),
    structuralSharing: false,
    gcTime: 0,
  });
  const url = useObjectUrl(content.data);
  return { url, bytes: content.data?.size, error: content.error ? errorMessage(content.error) : undefined };
}

/** An address for bytes that goes with them. */
function useObjectUrl(blob: Blob | undefined): string | undefined {
  const subscribe = useCallback(() => () => releaseUrl(blob), [blob]);
  return useSyncExternalStore(subscribe, () => urlOf(blob));
}

const urls = new WeakMap<Blob, string>();

function urlOf(blob: Blob | undefined): string | undefined {
  if (blob === undefined) return undefined;
  const url = urls.get(blob) ?? URL.createObjectURL(blob);
  urls.set(blob, url);
  return url;
}

function releaseUrl(blob: Blob | undefined): void {
  const url = blob && urls.get(blob);
  if (blob === undefined || url === undefined) return;
  URL.revokeObjectURL(url);
  urls.delete(blob);
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
