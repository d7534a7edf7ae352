# The comparator, the tap and the pods in one image; which one runs is the command's first word:
#   docker build -t penumbra .
#   docker run --init --read-only --tmpfs /tmp -v penumbra:/data -v "$PWD/penumbra.yaml:/etc/penumbra/penumbra.yaml:ro" -p 127.0.0.1:9090:9090 penumbra
# Debian's slim image and not Alpine's: the ONNX runtime is built against glibc.
FROM node:24-bookworm-slim AS build
# better-sqlite3 comes prebuilt; where it cannot be downloaded it is compiled by these.
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /penumbra
# The CPU runtime is inside the package; nothing else is to be downloaded by an npm that does not read allowScripts.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund
# Of the ONNX runtime only this machine's: Linux, and the processor that the image is for.
RUN find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} + \
  && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d -empty -delete \
  && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/better-sqlite3/build/Release/obj \
  && find dist node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="penumbra" \
  org.opencontainers.image.description="Shadow testing for machine-learning services" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /penumbra
ENV NODE_ENV=production
COPY --from=build /penumbra/package.json ./
COPY --from=build /penumbra/node_modules node_modules
COPY --from=build /penumbra/dist dist
COPY models models
COPY config config
RUN mkdir -p /data /etc/penumbra && chown 1000:1000 /data
# By number, so that runAsNonRoot can be checked.
USER 1000:1000
# Everything that is written: the store (store: {path: /data/penumbra.db}) and the tap's socket beside it.
VOLUME /data
EXPOSE 9000 9090
STOPSIGNAL SIGTERM
# Of the comparator; a tap or a pod is checked by whoever runs it. PENUMBRA_HEALTH_URL names another address.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.PENUMBRA_HEALTH_URL || 'http://127.0.0.1:9090/v1/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and ends by SIGTERM itself; --init also reaps what a killed tap or fault proxy leaves behind.
ENTRYPOINT ["node", "/penumbra/dist/main.js"]
CMD ["serve", "--config", "/etc/penumbra/penumbra.yaml"]
