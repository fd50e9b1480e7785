/** Which files are pictures that a browser shows. */
import type { DiffFile } from "@/api/generated/types";

const types: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  ico: "image/x-icon",
  bmp: "image/bmp",
};

/** The type of a picture, by its name. */
export function imageType(path: string): string | undefined {
  return types[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
}

/** Whether a file is shown as a picture. One that is text, as SVG, is shown as its lines. */
export function isImage(file: DiffFile): boolean {
  return file.binary && !file.is_submodule && imageType(file.path) !== undefined;
}
