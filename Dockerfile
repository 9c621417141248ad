# One image for API, worker, migrations and admin CLI; docker-compose.yml sets each one's command.
# The same Node version as in package-lock.json. docs/security.md says how a release pins the image's digest.
ARG NODE_IMAGE=node:24.22.3-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
ENV NODE_ENV=production
# Dependencies first, because they change less often than the code.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts/prepare.mjs scripts/bootstrap.mjs ./scripts/
COPY scripts/launch ./scripts/launch
# The image already has Node 24, so remove npm's copy of it (125 MB).
RUN node scripts/prepare.mjs && rm -rf node_modules/node-linux-* node_modules/.bin/node
COPY . .
# Remove the packages that only build the pages (40 MB).
RUN node scripts/build-web.ts && rm -rf node_modules/vite node_modules/rolldown node_modules/@rolldown node_modules/lightningcss*

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=build /app /app
USER node
EXPOSE 3000
CMD ["node", "api/main.ts"]
