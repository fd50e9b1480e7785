/** The files of a message before they are sent: what may be attached, and how a file becomes an upload. */
import type { UploadAttachment } from "@/api/generated/types";

export const fileBytesMax = 5 * 1024 * 1024;
export const fileCountMax = 20;

/** Longer texts go as a file. */
export const bodyBytesMax = 128 * 1024;

/** What is said of the limits before anybody meets them. */
export const limitWords = `Up to ${fileCountMax} files of ${formatBytes(fileBytesMax)} each`;

/** `12 kB`, `4.2 MB`: as file managers count. */
export function formatBytes(byteCount: number): string {
  if (byteCount < 1024) return `${byteCount} B`;
  if (byteCount < 1024 * 1024) return `${Math.round(byteCount / 1024)} kB`;
  const mega = byteCount / (1024 * 1024);
  return `${Number.isInteger(mega) || mega >= 10 ? Math.round(mega) : mega.toFixed(1)} MB`;
}

/** Why a file cannot be attached, if it cannot. */
export function fileProblem(file: File): string | undefined {
  if (file.size > fileBytesMax)
    return `${nameOf(file)} has ${formatBytes(file.size)}. A file may have ${formatBytes(fileBytesMax)} at most.`;
  return undefined;
}

/** The name that a file is given; a pasted image has none of its own. */
export function nameOf(file: File): string {
  if (file.name !== "") return file.name;
  return `pasted.${file.type.split("/")[1] ?? "bin"}`;
}

/** Whether a file is shown as a picture. SVG is not: it is a program. */
export function isPicture(mediaType: string): boolean {
  return ["image/png", "image/jpeg", "image/gif", "image/webp"].includes(mediaType);
}

/** The body of a file's upload. */
export async function toUpload(file: File): Promise<UploadAttachment> {
  return {
    name: nameOf(file),
    media_type: file.type === "" ? "application/octet-stream" : file.type,
    content: await readBase64(file),
  };
}

function readBase64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const url = typeof reader.result === "string" ? reader.result : "";
      resolve(url.slice(url.indexOf(",") + 1));
    });
    reader.addEventListener("error", () => reject(new Error(`${nameOf(file)} could not be read`)));
    reader.readAsDataURL(file);
  });
}
