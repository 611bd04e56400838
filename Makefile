# A bare machine needs Python 3.11 or later and a package index; everything else is fetched here.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.8
UV := $(or $(shell command -v uv),.tools/uv/bin/uv)
BIN := .venv/bin
INSTALLED := .venv/.installed
export UV_PYTHON_DOWNLOADS := never
# A shell that forbids it would have each of some hundred processes compile everything it imports.
unexport PYTHONDONTWRITEBYTECODE

# Passed on: make up PORT=9000 DATA_DIR=/tmp/loans ARGS=--no-seed; make test ARGS="-k draw";
# make quick T=tests/domain/test_fees.py.
# make test-kafka IF_PRESENT=1 passes where there is no Java or no Maven, make openapi-lint likewise where
# there is no Node.js.
PORT ?=
DATA_DIR ?=
ARGS ?=
T ?=
IF_PRESENT ?=
KIND ?=
NAME ?=
COMMAND ?=
OF ?=

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## Make the virtual environment, as locked

.tools/uv/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	python3 -m venv .tools/uv
	.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(INSTALLED): requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11' .venv
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: up
up: $(INSTALLED) ## Run everything here, with demonstration data (PORT=8000, DATA_DIR=.data)
	@exec $(BIN)/drawbridge up $(if $(PORT),--port $(PORT)) $(if $(DATA_DIR),--data-dir '$(DATA_DIR)') $(ARGS)

# Each process of tests starts servers of its own; the tests of a file stay together.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: test
test: $(INSTALLED) ## Run every test, against real servers that it starts itself
	@exec $(BIN)/pytest $(SIDE_BY_SIDE) $(ARGS)

.PHONY: quick
quick: $(INSTALLED) ## Run one file of tests, until the first failure (T=tests/domain/test_fees.py)
	@exec $(BIN)/pytest --quiet --exitfirst $(or $(T),$(error Say which: make quick T=tests/domain/test_fees.py)) $(ARGS)

KAFKA := .tools/kafka
MEETS_A_BROKER := tests/integration/broker tests/integration/relay tests/integration/projectors \
	tests/faults/test_broker_away.py tests/faults/test_broker_kills.py tests/faults/test_broker_wipe.py \
	tests/faults/test_kills.py tests/faults/test_points.py tests/faults/test_repeats.py \
	tests/faults/test_two_relays.py tests/faults/test_zombies.py tests/e2e

.PHONY: test-kafka
test-kafka: $(INSTALLED) ## Run what meets a broker against Apache Kafka itself (Java 17, Maven)
	@lacks=$$(deploy/kafka/lacks); if [ -n "$$lacks" ]; then \
		echo "Apache Kafka was not tested: $$lacks"; exit $(if $(IF_PRESENT),0,1); fi; \
	$(MAKE) $(KAFKA)/.fetched && \
	DRAWBRIDGE_TEST_BACKEND=kafka exec $(BIN)/pytest $(SIDE_BY_SIDE) $(MEETS_A_BROKER) $(ARGS)

$(KAFKA)/.fetched: deploy/kafka/pom.xml
	@rm -rf $(KAFKA)
	@mvn --batch-mode --quiet --strict-checksums -Dstyle.color=never --file deploy/kafka/pom.xml \
		dependency:copy-dependencies -DoutputDirectory='$(CURDIR)/$(KAFKA)'
	@touch $@

.PHONY: faults
faults: $(INSTALLED) ## Kill, freeze and wipe everything for ten minutes (ARGS="--seconds 60 --seed 7")
	@lacks=$$(deploy/kafka/lacks); if [ -z "$$lacks" ]; then \
		$(MAKE) $(KAFKA)/.fetched && export DRAWBRIDGE_TEST_BACKEND=kafka; \
	else echo "On the embedded broker, not on Apache Kafka: $$lacks"; fi; \
	exec $(BIN)/python -m tests.faults $(ARGS)

.PHONY: check
check: $(INSTALLED) ## Format, lint, types, layers, and the tests that need no server
	@$(MAKE) --jobs=2 --output-sync=target check-domain check-contract check-types check-format check-lint check-layers

.PHONY: check-format check-lint check-types check-layers check-domain check-contract
check-format:
	@$(BIN)/ruff format --check --quiet .
check-lint:
	@$(BIN)/ruff check --quiet --no-cache .
check-types:
	@$(BIN)/mypy
check-layers:
	@$(BIN)/lint-imports
# One process each: a second one for the same tests would import and collect them all once more.
GLANCE := --quiet -m 'not slow' --hypothesis-profile=glance
check-domain:
	@$(BIN)/pytest $(GLANCE) tests/domain
check-contract:
	@$(BIN)/pytest $(GLANCE) tests/contract tests/golden

.PHONY: bench
bench: $(INSTALLED) ## Measure ours against its limit, interleaved (ARGS="P1 P8 --against FILE")
	@exec $(BIN)/drawbridge bench $(ARGS)

.PHONY: new
new: $(INSTALLED) ## Write what an addition begins with (KIND=event NAME=draw.inspected)
	@exec $(BIN)/python -m tools.new $(or $(KIND),$(error Say what: make new KIND=event NAME=draw.inspected)) \
		$(or $(NAME),$(error Say which: NAME=draw.inspected)) \
		$(if $(COMMAND),--command $(COMMAND)) $(if $(OF),--of $(OF))

.PHONY: golden
golden: $(INSTALLED) ## Write the golden files of new events, and name those that no longer fit
	@exec $(BIN)/python -m tests.golden $(ARGS)

OPENAPI := .tools/openapi
REDOCLY := @redocly/cli@2.77.0
TYPESCRIPT := openapi-typescript@7.13.0
TSC := --package typescript@5.9.3 tsc
# docs/decisions/54 says why the second is not smaller.
DOCUMENT_BYTES_MAX := 400000
TYPES_BYTES_MAX := 250000

.PHONY: openapi-lint
openapi-lint: $(INSTALLED) ## Lint the OpenAPI document, write TypeScript of it and compile that (Node.js 20, npx)
	@if ! npx --yes $(REDOCLY) --version >/dev/null 2>&1 || ! npx --yes $(TYPESCRIPT) --version >/dev/null 2>&1 \
		|| ! npx --yes $(TSC) --version >/dev/null 2>&1; then \
		echo "The OpenAPI document was not linted: there is no Node.js, or its packages cannot be had"; \
		exit $(if $(IF_PRESENT),0,1); fi; \
	mkdir -p $(OPENAPI) && $(BIN)/drawbridge export openapi > $(OPENAPI)/openapi.json && \
	npx --yes $(REDOCLY) lint $(OPENAPI)/openapi.json && \
	npx --yes $(TYPESCRIPT) $(OPENAPI)/openapi.json --default-non-nullable false --output $(OPENAPI)/openapi.ts && \
	npx --yes $(TSC) --noEmit --strict tests/contract/typed.ts && \
	wc --bytes $(OPENAPI)/openapi.json $(OPENAPI)/openapi.ts && \
	test $$(wc --bytes < $(OPENAPI)/openapi.json) -le $(DOCUMENT_BYTES_MAX) && \
	test $$(wc --bytes < $(OPENAPI)/openapi.ts) -le $(TYPES_BYTES_MAX)

.PHONY: rights
rights: $(INSTALLED) ## Write docs/RIGHTS.md, who may do what; review what changed
	@$(BIN)/drawbridge export rights > docs/RIGHTS.md

.PHONY: refusals
refusals: $(INSTALLED) ## Write docs/REFUSALS.md, every code and its meaning; review what changed
	@$(BIN)/drawbridge export refusals > docs/REFUSALS.md

.PHONY: lock
lock: | $(UV) ## Resolve the dependencies anew (ARGS=--upgrade for newer ones)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
		--no-header --output-file requirements.lock pyproject.toml $(ARGS)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --constraint requirements.lock \
		--output-file deploy/containers/requirements.lock pyproject.toml

.PHONY: clean
clean: ## Remove what was fetched and cached; data stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
