# Everything one does with a checkout. `make help` lists it; works from any folder (make -C).
#
# Nothing is installed outside this folder, except PostGIS by apt when root runs it.
# `.venv` and `.local` hold all that is made here; both are ignored by git.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ROOT := $(if $(wildcard api/local/.),$(CURDIR),$(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST))))))
# Where make was called: OSM=, DEM= and DISTRICTS= are relative to it, also with make -C.
export CALLER := $(PWD)

PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v "$$each" && break; done)
BIN := $(ROOT)/.venv/bin

# Bytecode is written as modules are first imported: only of what really runs.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONUNBUFFERED := 1
export MYPY_CACHE_DIR := $(ROOT)/.local/mypy
export RUFF_CACHE_DIR := $(ROOT)/.local/ruff

AT_ROOT := cd "$(ROOT)" &&
NEED_PYTHON = @test -n "$(PYTHON)" || { echo "Esik needs Python 3.11 or newer: apt install python3" >&2; exit 1; }
ADD_PATH = add() { case "$$2" in '') ;; /*) options+=("$$1" "$$2");; *) options+=("$$1" "$${CALLER:-$(CURDIR)}/$$2");; esac; }

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' "$(ROOT)/Makefile" | sort | sed -E 's/^([a-z-]+):.*## /\1\t/' \
	| while IFS=$$'\t' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

.PHONY: base dev
base:
	$(NEED_PYTHON)
	@$(AT_ROOT) "$(PYTHON)" -m api.local.environment base
dev:
	$(NEED_PYTHON)
	@$(AT_ROOT) "$(PYTHON)" -m api.local.environment dev

.PHONY: run
run: base ## Start everything with the demo city; OSM=city.osm.pbf [DEM=folder] [DISTRICTS=file.geojson] for a real one
	@$(AT_ROOT) $(ADD_PATH); options=(); add --osm "$$OSM"; add --dem "$$DEM"; \
		add --districts "$$DISTRICTS"; exec "$(BIN)/esik" up "$${options[@]}"

.PHONY: migrate
migrate: base ## Bring the database of DATABASE_URL (or ESIK_DATABASE__URL) to the newest schema
	@$(AT_ROOT) exec "$(BIN)/esik" migrate

.PHONY: test
test: check ## Format, lint, types, layers and all tests on an own PostGIS with a real browser
	@# One order for everybody; ARGS=--randomly-seed=42 tries another one.
	@$(AT_ROOT) exec "$(BIN)/pytest" -n 2 --randomly-seed=1 $(ARGS)

.PHONY: test-fast
test-fast: dev ## Only what needs no database and no browser, in seconds
	@$(AT_ROOT) exec "$(BIN)/pytest" -q tests/unit $(ARGS)

.PHONY: check
check: dev ## Format check, lint, types and layers
	@$(AT_ROOT) "$(BIN)/ruff" format --check --quiet . || { echo "Run make fmt."; exit 1; }
	@$(AT_ROOT) "$(BIN)/ruff" check --quiet .
	@$(AT_ROOT) "$(BIN)/mypy" --no-error-summary
	@$(AT_ROOT) "$(BIN)/lint-imports" --cache-dir .local/import-linter > .local/layers.log 2>&1 \
		|| { cat .local/layers.log; exit 1; }

.PHONY: fmt
fmt: dev ## Format the code and fix what can be fixed safely
	@$(AT_ROOT) "$(BIN)/ruff" format .
	@$(AT_ROOT) "$(BIN)/ruff" check --fix .

.PHONY: bench
bench: dev ## Measure against peers and write docs/benchmarks.md; ONLY=name for one
	@$(AT_ROOT) exec "$(BIN)/python" -m tests.bench $(ONLY)

.PHONY: proof
proof: dev ## Run the long proofs and write their counters to docs/proofs.md
	@$(AT_ROOT) if [ -z "$$(find tests/proof -name "test_*.py" -print -quit)" ]; then \
		echo "No proof is registered yet: add tests/proof/test_<name>.py."; \
	else ESIK_PROOF=long exec "$(BIN)/pytest" -n 2 --timeout 3600 tests/proof tests/faults $(ARGS); fi

UV := .local/uv/bin/uv
COMPILE := pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet
WEB_LOCK := install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved=true
.PHONY: lock
lock: dev ## Renew the hashed locks from pyproject.toml and package.json; UPGRADE=1 takes newer versions
	@$(AT_ROOT) $(UV) $(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build \
		--output-file requirements/base.txt
	@$(AT_ROOT) $(UV) $(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra build --extra dev \
		--constraint requirements/base.txt --output-file requirements/dev.txt
	@$(AT_ROOT) for each in uv node models samples; do \
		sed -nE 's/^([a-z-]+==[^ ]+).*/\1/p' "requirements/$$each.txt" | sed -E '$(if $(UPGRADE),s/==.*//)' \
		| $(UV) $(COMPILE) --no-annotate --no-deps - --output-file "requirements/$$each.new" \
		&& mv "requirements/$$each.new" "requirements/$$each.txt" || exit 1; done
	@$(AT_ROOT) if command -v npm > /dev/null; then npm $(WEB_LOCK) --silent; \
		else echo "npm is not here: package-lock.json stays as it is"; fi
	@$(AT_ROOT) ! grep -n '"resolved"' package-lock.json

.PHONY: clean
clean: ## Remove what can be made again; the database and photos under .local stay
	@$(AT_ROOT) rm -rf .venv build *.egg-info .local/environment.json .local/uv .local/node .local/web \
		.local/mypy .local/ruff .local/import-linter .hypothesis .import_linter_cache
	@$(AT_ROOT) find api audits geo alembic tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@$(AT_ROOT) if [ -d .local/cluster ] || [ -d .local/data ]; then \
		echo "Kept: .local/cluster (database) and .local/data (photos, keys). Remove them by hand."; fi
