# One image for API, worker, migrations and admin CLI; docker-compose.yml sets each one's command. `npm run containers`
# builds the image, runs it and checks the statements in these comments.
# The same Node version as in package-lock.json. docs/security.md says how a release pins the image's digest.
ARG NODE_IMAGE=node:24.22.3-bookworm-slim

# Only the dependencies, so that a change of the source does not install them again. If you build behind a private registry
# or a proxy with its own CA, pass your npm settings as secrets, which no layer contains:
#   docker build --secret id=npmrc,src=$HOME/.npmrc --secret id=npm-ca,src=/path/to/ca.pem .
# The image already has Node 24, so remove npm's copy of it (190 MB).
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
COPY scripts/launch ./scripts/launch
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=npm-ca \
    if [ -s /run/secrets/npm-ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/npm-ca; fi; \
    node scripts/launch/install.mjs && rm -rf node_modules/node-linux-* node_modules/.bin/node

# Only the files that running processes load. This stage removes packages that only build the pages and Prisma's client,
# and documentation, types and tests.
FROM dependencies AS modules
COPY scripts/image ./scripts/image
RUN node scripts/image/slim-modules.mjs

FROM dependencies AS build
COPY prisma.config.ts ./
COPY scripts/bootstrap.mjs scripts/prepare.mjs ./scripts/
COPY prisma/schema.prisma ./prisma/
RUN node scripts/prepare.mjs
COPY . .
RUN node scripts/prepare.mjs && rm -rf node_modules web scripts/image tsconfig.json prisma.config.ts && touch .prepared

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=modules /app/node_modules ./node_modules
COPY --from=build /app ./
USER node
EXPOSE 3000
# The health check of the API. docker-compose.yml has the worker's.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=12 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "api/main.ts"]
