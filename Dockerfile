# The bot in a container: `docker build -t dr-bot .`, then docker-compose.yml shows how it wants to be run.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/dr
COPY requirements.txt .
RUN /opt/dr/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY bot bot
RUN /opt/dr/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/dr/bin/python -m compileall -q /opt/dr/lib

FROM python:3.11-slim
LABEL org.opencontainers.image.title="dr-bot" \
      org.opencontainers.image.description="A ChatOps bot that carries a team through a disaster recovery on AWS."
ENV PATH=/opt/dr/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DR_HOME=/var/lib/dr \
    DR_RUNBOOKS=/etc/dr/runbooks
COPY --from=build /opt/dr /opt/dr
COPY runbooks /etc/dr/runbooks
# A number, so that a cluster can check that it is not root. Only the volume and /tmp are written.
RUN mkdir -p /var/lib/dr && chown 10001:10001 /var/lib/dr && chmod 700 /var/lib/dr
USER 10001:10001
WORKDIR /var/lib/dr
VOLUME /var/lib/dr
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["dr", "healthcheck"]
ENTRYPOINT ["dr"]
CMD ["serve"]
