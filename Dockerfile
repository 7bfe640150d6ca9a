# docker build -t testigo --build-arg VERSION=1.0.0 --build-arg COMMIT=$(git rev-parse HEAD) --build-arg DATE=$(date -u +%Y-%m-%dT%H:%M:%SZ) .
FROM golang:1.26-alpine AS build
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=
ARG DATE=
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
        -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT} -X main.date=${DATE}" -o /testigo . \
    && mkdir /data

# Nothing but the program, which holds the set and the zone data, and the certificates that platforms' addresses are checked against.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /testigo /testigo
# A number, because there is no list of users here. The owner is kept by a new named volume; a folder of the host must belong to it.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
# All that is written lies in /data: the store, what it needs while it works, and pages of sources that were read again. The root may be read-only.
ENV TESTIGO_DB=/data/testigo.db SQLITE_TMPDIR=/data XDG_CACHE_HOME=/data/cache TESTIGO_HTTP=127.0.0.1:8080
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["/testigo", "healthcheck"]
ENTRYPOINT ["/testigo"]
CMD ["serve"]
