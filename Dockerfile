# The comparator, the tap and the pods in one image; which one runs is the command's first word.
FROM node:24-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /penumbra
# The image's npm may be older than allowScripts; the CPU runtime is inside the package.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev \
  && rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:24-bookworm-slim
WORKDIR /penumbra
ENV NODE_ENV=production
COPY --from=build /penumbra/package.json ./
COPY --from=build /penumbra/node_modules node_modules
COPY --from=build /penumbra/dist dist
COPY models models
COPY config config
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
ENTRYPOINT ["node", "dist/main.js"]
CMD ["--help"]
