/** The changed files as a tree: folders by their whole path, the files of the root last. */
import type { DiffFile } from "@/api/generated/types";

export type TreeRow =
  | { type: "folder"; path: string; isClosed: boolean }
  | { type: "file"; file: DiffFile; name: string; isNested: boolean };

/** The files in the order of the tree, which is the order of the diff, too. */
export function orderFiles(files: readonly DiffFile[]): DiffFile[] {
  return files.toSorted(
    (left, right) => compareFolders(folderOf(left.path), folderOf(right.path)) || compare(left.path, right.path),
  );
}

/** The rows of the tree for files in its order; a closed folder hides its files. */
export function treeRows(files: readonly DiffFile[], closed: ReadonlySet<string> = new Set()): TreeRow[] {
  return files.flatMap((file, index): TreeRow[] => {
    const folder = folderOf(file.path);
    const before = files[index - 1];
    const isClosed = closed.has(folder);
    const row: TreeRow = { type: "file", file, name: nameOf(file.path), isNested: folder !== "" };
    const rows = isClosed ? [] : [row];
    const isFirst = before === undefined || folderOf(before.path) !== folder;
    return isFirst && folder !== "" ? [{ type: "folder", path: folder, isClosed }, ...rows] : rows;
  });
}

/** The files whose path contains every word. */
export function filterFiles(files: readonly DiffFile[], query: string): readonly DiffFile[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return files;
  return files.filter((file) => words.every((word) => file.path.toLowerCase().includes(word)));
}

/** The folder of a path; empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function compareFolders(left: string, right: string): number {
  if ((left === "") !== (right === "")) return left === "" ? 1 : -1;
  return compare(left, right);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
