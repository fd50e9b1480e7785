// What to say to someone who has no binary: each time the command that mends it.
import { homepage, platform, platformPackage, platforms, version } from "./release.mjs";

const wanted = `${platformPackage}@${version}`;
const npx = `npx --package=eval-kanban@${version} --package=${wanted} eval-kanban`;
const commands = {
  npm: `npm install ${wanted}`,
  pnpm: `pnpm add ${wanted}`,
  yarn: `yarn add ${wanted}`,
  bun: `bun add ${wanted}`,
};

/** The binary's package is not there. */
export function missing() {
  return platforms.includes(platform) ? leftOut() : unsupported();
}

function leftOut() {
  return `the package ${wanted}, which carries the program, is not installed: optional packages were left out, or the
lockfile was made on another platform. Type this instead:

  ${command()}
`;
}

/** Named outright, the package is installed whatever is set for optional ones. */
function command() {
  const manager = /^\w+/.exec(process.env.npm_config_user_agent ?? "")?.[0];
  const isTemporary = /\/(_npx|dlx[^/]*|bunx[^/]*)\//.test(import.meta.url);
  return (isTemporary ? undefined : commands[manager]) ?? npx;
}

function unsupported() {
  return `there is no program for ${platform} yet, only for ${platforms.join(" and ")}. ${wayOut()}\n`;
}

function wayOut() {
  if (process.platform === "win32") {
    return `Type this instead (Windows Subsystem for Linux):\n\n  wsl npx eval-kanban@${version}`;
  }
  if (!homepage) return "Docker runs it here.";
  return `Docker runs it here. Type this instead, in your repository:

  curl -fLO ${homepage}/releases/download/v${version}/eval-kanban.compose.yaml
  EVAL_KANBAN_TOKEN=$(openssl rand -hex 32) docker compose -f eval-kanban.compose.yaml up`;
}
