# One image for every service. Which one it is, the argument SERVICE says (gateway, conductor, orchestrator, simulator), at
# build time or as an environment variable at run time:
#
#   docker build -t baton . && docker run --read-only -e SERVICE=conductor baton
#
# The version of Bun is that of package.json; a test holds them equal.

FROM oven/bun:1.4.5-slim AS dependencies
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
# No package of ours needs a script of its own to be installed. What only a developer reads does not go into the image.
RUN bun install --production --frozen-lockfile --ignore-scripts \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.md' \) -delete \
  && find node_modules -type d \( -name test -o -name tests -o -name examples \) -prune -exec rm -rf {} + \
  && rm -rf node_modules/.bin node_modules/zod/src node_modules/swagger-ui-dist/swagger-ui-es-bundle*

# The console's page as one bundle: what only a browser runs stays here. The gateway reads it as it reads the sources.
FROM oven/bun:1.4.5-slim AS console
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
RUN bun install --frozen-lockfile --ignore-scripts
COPY console console
RUN bun build console/app/index.html --target=browser --minify --splitting --define=process.env.NODE_ENV='"production"' --outdir=bundled

FROM oven/bun:1.4.5-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY deploy/serve.ts deploy/healthcheck.ts deploy/
COPY --from=console /app/bundled console/app
# Redoc as the one file that browsers load, with its licences: the hundred packages that it is made of stay where they are.
COPY --from=console /app/node_modules/redoc/package.json /app/node_modules/redoc/LICENSE node_modules/redoc/
COPY --from=console /app/node_modules/redoc/bundles/redoc.standalone.js /app/node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt node_modules/redoc/bundles/
COPY pipelines pipelines
COPY shared shared
COPY gateway gateway
COPY conductor conductor
COPY orchestrator orchestrator
COPY simulator simulator

ARG SERVICE=gateway
# The root file system may be read-only: nothing is written, not even Bun's cache of translated sources.
ENV SERVICE=${SERVICE} \
    HOST=0.0.0.0 \
    ENVIRONMENT=production \
    BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
# The user `bun` of the base image, as a number: so an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 4001 4002 4003
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["bun", "deploy/healthcheck.ts"]
CMD ["bun", "deploy/serve.ts"]
