# One image for API, worker, migrations and admin CLI; docker-compose.yml says which is which.
FROM node:24-bookworm-slim AS build
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

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=build /app /app
USER node
EXPOSE 3000
CMD ["node", "api/main.ts"]
