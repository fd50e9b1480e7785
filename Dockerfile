# syntax=docker/dockerfile:1
# Targets: `runtime` is the board without an agent, as it is released; the last one, which is built if none is named,
# adds Claude Code, whose licence lets you install it but not us pass it on. BINARY=prebuilt takes
# `prebuilt/eval-kanban-<amd64|arm64>` from the context instead of building it.
ARG BINARY=built
ARG BASE=debian:trixie-slim

FROM node:24-trixie-slim AS frontend
WORKDIR /source/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend ./
COPY crates/xtask/src/compress.mjs /source/compress.mjs
RUN npm run build && node /source/compress.mjs dist dist-embed 11

FROM rust:1.95-slim-trixie AS built
RUN apt-get update \
    && apt-get install --yes --no-install-recommends musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY migrations migrations
COPY crates crates
COPY --from=frontend /source/frontend/dist-embed frontend/dist-embed
RUN target="$(uname -m)-unknown-linux-musl" \
    && export "CC_$(uname -m)_unknown_linux_musl=musl-gcc" \
    && cargo build --release --locked --package server --target "$target" \
    && install -m 0755 "target/$target/release/eval-kanban" /eval-kanban

FROM scratch AS prebuilt
ARG TARGETARCH
COPY --chmod=0755 prebuilt/eval-kanban-${TARGETARCH} /eval-kanban

FROM ${BINARY} AS binary

FROM ${BASE} AS runtime
# Number 1000 is the first user of most machines, so that files in /repo keep their owner; any other works with `--user`.
# Where the repository belongs to yet another number, git would refuse it, but for the last line.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 1000 kanban \
    && useradd --uid 1000 --gid 1000 --create-home kanban \
    && install -d -m 1777 /state /home/kanban /home/kanban/.claude \
    && git config --system safe.directory /repo
COPY --from=binary /eval-kanban /usr/local/bin/eval-kanban
ENV HOME=/home/kanban \
    EVAL_KANBAN_HOME=/state/eval-kanban \
    CLAUDE_CONFIG_DIR=/home/kanban/.claude \
    EVAL_KANBAN_PORT=9847
USER 1000:1000
WORKDIR /repo
VOLUME /state
EXPOSE 9847
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$EVAL_KANBAN_PORT && printf 'GET /api/health HTTP/1.0\\r\\nHost: localhost:%s\\r\\n\\r\\n' $EVAL_KANBAN_PORT >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# SIGTERM ends the server in order; tini takes in what agents leave behind.
ENTRYPOINT ["tini", "--", "eval-kanban"]
CMD ["serve", "/repo", "--host", "0.0.0.0", "--no-open"]

FROM node:24-trixie-slim AS claude
ARG CLAUDE_CODE_VERSION=latest
RUN case "$(uname -m)" in aarch64) platform=linux-arm64 ;; *) platform=linux-x64 ;; esac \
    && npm install --prefix /claude --no-save --force "@anthropic-ai/claude-code-$platform@$CLAUDE_CODE_VERSION" \
    && install -m 0755 "/claude/node_modules/@anthropic-ai/claude-code-$platform/claude" /usr/local/bin/claude

FROM runtime AS with-claude
COPY --from=claude /usr/local/bin/claude /usr/local/bin/claude
