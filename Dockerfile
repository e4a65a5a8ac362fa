# One image for every process of Assent; docker-compose.yml says which command each one runs.

FROM node:24-bookworm-slim AS browser-files
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY frontend frontend
RUN node frontend/build.mjs

FROM python:3.13-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    DJANGO_SETTINGS_MODULE=settings.production STATE_DIR=/var/lib/assent
WORKDIR /app
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
COPY manage.py ./
COPY settings settings
COPY mailwire mailwire
COPY marketing marketing
COPY consent consent
COPY campaigns campaigns
COPY tracking tracking
COPY locale locale
COPY templates templates
COPY --from=browser-files /build/frontend/dist frontend/dist
# static files are collected without a server; none of these values stays in the image
RUN SECRET_KEY=build ADDRESS_HASH_KEY=build TOKEN_KEY=build \
    DATABASE_URL=postgres://build@127.0.0.1:1/build REDIS_URL=redis://127.0.0.1:1/0 \
    SITE_URL=https://build.example TRACKING_URL=https://build.example \
    python manage.py collectstatic --no-input
RUN useradd --system --uid 10001 assent && install -d -o assent /var/lib/assent
USER assent
VOLUME /var/lib/assent
EXPOSE 8000
CMD ["granian", "--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws", "--blocking-threads", "8", "--interface", "wsgi", "settings.wsgi:application", "--host", "0.0.0.0", "--port", "8000"]
