# blocktune with everything it needs, for containers (docs/cluster.md). Not built in our tests; hadolint reads it there.
#   docker build --tag blocktune .
#   docker build --tag blocktune:cuda --build-arg BASE=nvidia/cuda:12.9.1-base-ubuntu24.04 --build-arg GPU=1 .
# The base needs apt and a Python 3.11 to 3.13. CUDA's libraries come with TensorFlow's wheels, the driver from the host.
ARG BASE=debian:12-slim

# What building needs stays in this stage
FROM ${BASE} AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/tools && /opt/tools/bin/pip install --no-cache-dir uv==0.13.8 && python3 -m venv /opt/blocktune
WORKDIR /src
COPY requirements.lock ./
RUN /opt/tools/bin/uv pip install --no-cache --python /opt/blocktune/bin/python \
         --require-hashes --requirement requirements.lock
ARG GPU=
RUN version="$(sed -n 's/^tensorflow==\([^ ;]*\).*/\1/p' requirements.lock)" \
    && if [ -n "$GPU" ]; then \
         /opt/tools/bin/uv pip install --no-cache --python /opt/blocktune/bin/python "tensorflow[and-cuda]==$version"; \
       fi
COPY pyproject.toml README.md LICENSE ./
COPY workflow workflow
RUN /opt/tools/bin/uv pip install --no-cache --python /opt/blocktune/bin/python --no-deps .

FROM ${BASE}
# git is for DVC
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bash git python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 blocktune
COPY --from=build /opt/blocktune /opt/blocktune
ENV PATH=/opt/blocktune/bin:$PATH
WORKDIR /blocktune
COPY --chown=blocktune:blocktune Snakefile params.yaml dvc.yaml ./
COPY --chown=blocktune:blocktune envs envs
COPY --chown=blocktune:blocktune presets presets
COPY --chown=blocktune:blocktune profiles profiles
COPY --chown=blocktune:blocktune workflow workflow
RUN chown blocktune:blocktune /blocktune
USER 10001
CMD ["snakemake", "--cores", "2", "--configfile", "params.yaml", "presets/demo.yaml"]
