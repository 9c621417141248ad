# One image for API, worker, migrations and admin CLI; docker-compose.yml says which is which.
# The Node that package-lock.json has too. docs/security.md says how a release pins its digest.
ARG NODE_IMAGE=node:24.22.3-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
ENV NODE_ENV=production
# The dependencies first: they change less often than the code.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY scripts/prepare.mjs scripts/bootstrap.mjs ./scripts/
COPY scripts/launch ./scripts/launch
# The image has Node 24 already: npm's copy of it is 125 MB.
RUN node scripts/prepare.mjs && rm -rf node_modules/node-linux-* node_modules/.bin/node
COPY . .
# What only builds the pages is not needed to serve them: 40 MB.
RUN node scripts/build-web.ts && rm -rf node_modules/vite node_modules/rolldown node_modules/@rolldown node_modules/lightningcss*

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=build /app /app
USER node
EXPOSE 3000
CMD ["node", "api/main.ts"]
