// A registry on this machine that knows the packages of one release and nothing else, and remembers what it was asked.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

/** Serves the tarballs in `folder`. Platforms that have none are described, but their tarballs cannot be had. */
export async function startRegistry(folder) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const found = answers.get(decodeURIComponent(request.url.split("?")[0]));
    if (!found) return response.writeHead(404).end("{}");
    return response.writeHead(200, { "content-type": found.type }).end(found.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A test that failed before its end leaves it behind.
  server.unref();
  const address = `http://127.0.0.1:${server.address().port}`;
  const answers = new Map(readPackages(folder).flatMap((one) => describe(one, address)));
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { address, asked, stop };
}

function readPackages(folder) {
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const packages = tarballs.map((name) => {
    const file = join(folder, name);
    const manifest = JSON.parse(execFileSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" }));
    return { manifest, tarball: readFileSync(file) };
  });
  const has = (name) => packages.some(({ manifest }) => manifest.name === name);
  const others = packages.flatMap(({ manifest }) => Object.entries(manifest.optionalDependencies ?? {}));
  return [...packages, ...others.filter(([name]) => !has(name)).map(other)];
}

function other([name, version]) {
  const [os, cpu] = name.replace("eval-kanban-", "").split("-");
  return { manifest: { name, version, os: [os], cpu: [cpu] } };
}

function describe({ manifest, tarball }, address) {
  const { name, version } = manifest;
  const path = `/${name}/-/${name}-${version}.tgz`;
  const hash = (kind, form) => createHash(kind).update(tarball ?? "").digest(form);
  const integrity = `sha512-${hash("sha512", "base64")}`;
  const dist = { tarball: `${address}${path}`, integrity, shasum: hash("sha1", "hex") };
  const long_ago = "2020-01-01T00:00:00.000Z";
  const packument = {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
    time: { created: long_ago, modified: long_ago, [version]: long_ago },
  };
  const page = [`/${name}`, { type: "application/json", body: JSON.stringify(packument) }];
  return tarball ? [page, [path, { type: "application/octet-stream", body: tarball }]] : [page];
}
