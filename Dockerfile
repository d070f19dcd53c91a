# Handback itself, as a server: web, worker, embedded Redis. It starts sandboxes through the host's Docker socket, so the image
# handback-sandbox:local must be on that host (compose.yaml sees to it), and HANDBACK_DATA must be the same path inside and outside.
# Suits Docker's classic builder: no RUN --mount, no here-documents, no COPY --chmod.
#
#   docker build -t handback:local .                                       # with the registry's Node image
#   docker build -t handback:local --build-arg BASE=handback-base:local .  # with the base that bin/setup made
ARG BASE=node:24-bookworm-slim
FROM ${BASE}

# The node image brings a user of its own: it goes. policy-rc.d keeps the package from starting a Redis while we build.
RUN set -eu; \
    if id node >/dev/null 2>&1; then userdel --remove node; fi; \
    groupadd --gid 10002 handback; \
    useradd --uid 10002 --gid 10002 --create-home --shell /usr/sbin/nologin handback; \
    export DEBIAN_FRONTEND=noninteractive; \
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; \
    chmod 755 /usr/sbin/policy-rc.d; \
    apt-get update -qq; \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 ca-certificates git redis-server; \
    update-ca-certificates; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt /var/lib/redis/*; \
    mkdir -p /app /var/lib/handback; \
    ln -s /app/bin/handback /usr/local/bin/handback; \
    chown handback:handback /var/lib/handback; \
    find / -xdev -type f -perm /6000 -exec chmod a-s '{}' +

ENV NODE_ENV=production \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    HANDBACK_DATA=/var/lib/handback \
    HOST=0.0.0.0 \
    PORT=3000

WORKDIR /app
COPY package.json package-lock.json ./
# What only compilers and debuggers read is half of it.
RUN set -eu; \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error; \
    find node_modules -type f \( -name '*.ts' -o -name '*.[cm]ts' -o -name '*.map' \) -delete; \
    rm -rf /root/.npm
# The pattern lets app.yml be absent; the code is the last layer.
COPY package.json app.ym[l] ./
COPY bin ./bin
COPY sandbox ./sandbox
COPY src ./src

# No VOLUME: Docker mounts parts of the data into sandboxes by the host's path, which a volume without a name does not have here.
USER 10002:10002
EXPOSE 3000
ENTRYPOINT ["handback"]
CMD ["start"]
