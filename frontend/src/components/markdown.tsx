import type { ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { cn } from "@/lib/cn";
import { escapeInProse } from "@/lib/hidden-text";

const parsedMax = 60_000;
const plugins = [remarkGfm];
const safeUrl = /^(?:https?:\/\/|mailto:)/i;

/** Only addresses that open a page or a mail; everything else stays text. */
function keepSafeUrl(url: string): string {
  return safeUrl.test(url) ? url : "";
}

function Anchor({ href, children }: ComponentProps<"a">) {
  if (!href) return <span className="text-muted-foreground">{children}</span>;
  return (
    <a className="text-link hover:underline" href={href} rel="noopener noreferrer" target="_blank" title={href}>
      {children}
    </a>
  );
}

/** An image is named, never fetched: its address would tell others that this text was read. */
function NamedImage({ alt, src }: ComponentProps<"img">) {
  const name = alt === "" || alt === undefined ? "image" : `image: ${alt}`;
  return typeof src === "string" && src !== "" ? <Anchor href={src}>{name}</Anchor> : <span>{name}</span>;
}

const components: Components = {
  a: ({ href, children }) => <Anchor {...(href ? { href } : {})}>{children}</Anchor>,
  img: ({ alt, src }) => <NamedImage alt={alt ?? ""} {...(typeof src === "string" ? { src } : {})} />,
  // A heading of a message is no heading of the page.
  h1: ({ children }) => <p className="font-semibold">{children}</p>,
  h2: ({ children }) => <p className="font-semibold">{children}</p>,
  h3: ({ children }) => <p className="font-semibold">{children}</p>,
  h4: ({ children }) => <p className="font-[550]">{children}</p>,
  h5: ({ children }) => <p className="font-[550]">{children}</p>,
  h6: ({ children }) => <p className="font-[550]">{children}</p>,
  pre: ({ children }) => (
    // A block of code scrolls sideways, so the keyboard must reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="overflow-x-auto rounded-md border bg-inset px-3 py-2 text-code" tabIndex={0}>
      {children}
    </pre>
  ),
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table className="text-left [&_td]:border-t [&_td]:py-1 [&_td]:pr-4 [&_th]:py-1 [&_th]:pr-4 [&_th]:font-[550]">
        {children}
      </table>
    </div>
  ),
};

const styles = cn(
  "flex min-w-0 flex-col gap-1.5 break-words [overflow-wrap:anywhere]",
  "[&_:not(pre)>code]:rounded-xs [&_:not(pre)>code]:bg-muted [&_:not(pre)>code]:px-1 [&_:not(pre)>code]:py-px [&_code]:text-code [&_code]:leading-[inherit]",
  "[&_li]:relative [&_ul>li]:pl-4 [&_ul>li]:before:absolute [&_ul>li]:before:top-2.25 [&_ul>li]:before:left-1 [&_ul>li]:before:h-px [&_ul>li]:before:w-1 [&_ul>li]:before:bg-faint-foreground",
  "[&_ul.contains-task-list>li]:pl-0 [&_ul.contains-task-list>li]:before:hidden",
  "[&_ol]:list-decimal [&_ol]:pl-5 [&_blockquote]:border-l-2 [&_blockquote]:border-border-strong [&_blockquote]:pl-3 [&_blockquote]:text-muted-foreground [&_hr]:my-1",
);

// Parsing costs a millisecond; a line without any sign of Markdown, of which a log has thousands, needs none.
const hasSigns = /[*_`#[\]<>|~\\&\n@]|:\/\/|www\.|^\s*(?:[-+=]|\d+[.)])|^ {4}|\t/i;

/** Markdown without raw HTML. What is too long to be parsed in one go is shown as written. */
export function Markdown({ text, className }: { text: string; className?: string }) {
  const shown = escapeInProse(text);
  if (shown.length > parsedMax)
    return <p className={cn("whitespace-pre-wrap [overflow-wrap:anywhere]", className)}>{shown}</p>;
  if (!hasSigns.test(shown)) return <p className={cn("[overflow-wrap:anywhere]", className)}>{shown}</p>;
  return (
    <div className={cn(styles, className)}>
      <ReactMarkdown components={components} remarkPlugins={plugins} urlTransform={keepSafeUrl}>
        {shown}
      </ReactMarkdown>
    </div>
  );
}
