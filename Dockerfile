# Builds for linux/amd64 and linux/arm64:
#   docker build -t kinglet .
#   docker run -p 8080:8080 -e KINGLET_API_KEY=secret kinglet
#   docker run -p 8080:8080 -v "$HOME/models:/models" -e KINGLET_API_KEY=secret kinglet /models/NAME.gguf
FROM node:22-bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make cmake ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /kinglet
COPY package.json package-lock.json .npmrc binding-options.cjs ./
RUN npm ci --ignore-scripts
COPY tsconfig.json CMakeLists.txt ./
COPY cmake cmake
COPY native native
COPY src src
RUN npm run build:ts && npx cmake-js compile && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production KINGLET_HOST=0.0.0.0 KINGLET_PORT=8080
WORKDIR /kinglet
COPY --from=build /kinglet/package.json ./
COPY --from=build /kinglet/binding-options.cjs ./
COPY --from=build /kinglet/node_modules node_modules
COPY --from=build /kinglet/dist/bundle dist/bundle
COPY --from=build /kinglet/native/quant/formats.json native/quant/formats.json
COPY models models
COPY --from=build /kinglet/build/Release/kinglet.node build/Release/kinglet.node
VOLUME /models
USER node
EXPOSE 8080
# Healthy while the engine shows signs of life; loading counts as alive (see /ready for readiness).
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD node -e "fetch('http://127.0.0.1:'+process.env.KINGLET_PORT+'/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
STOPSIGNAL SIGTERM
# KINGLET_API_KEY, or --insecure after the model, is demanded: the server listens on every address.
# Without a model, kinglet-nano.
ENTRYPOINT ["node", "dist/bundle/main.js", "serve"]
