# One image for every service; the command names the file that runs:
#   docker build -t sluice .
#   docker run --env-file … sluice services/auth/src/main.ts
#   docker run -e NATS_URL=… sluice cli/src/main.ts topology apply

ARG NODE_IMAGE=node:24-slim

# The manifests alone, so that a change of source leaves the installed packages in the build cache.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /all
COPY . .
RUN mkdir /manifests \
  && find . -name package.json -exec cp --parents {} /manifests \; \
  && cp package-lock.json .npmrc /manifests

FROM ${NODE_IMAGE} AS packages
WORKDIR /sluice
COPY --from=manifests /manifests ./
# Workspaces are linked, and stay links: Node runs no TypeScript that really lies under node_modules.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  --workspace services/auth --workspace services/gateway --workspace services/jobs \
  --workspace services/provider-runner --workspace cli

FROM ${NODE_IMAGE}
WORKDIR /sluice
ENV NODE_ENV=production
COPY --from=packages /sluice ./
COPY . .
# The user `node` of the official image, by number: orchestrators that refuse root can tell.
USER 1000:1000
ENTRYPOINT ["node", "--import", "./libs/telemetry/src/register.ts"]
CMD ["services/gateway/src/main.ts"]
