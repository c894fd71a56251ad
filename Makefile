# Everything one does with this repository. `make` alone says what there is.
# Set MAVEN_FLAGS (such as -o) or UP_FLAGS (such as "--base-port 20000") for more.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

MVN := ./mvnw -B -ntp $(MAVEN_FLAGS)
SITE := .local-site
LOCAL_SITE := services/local-site/local-site
# Touched by a complete build; older than a source file means: build again.
STAMP := build-tools/.cache/built
SOURCES := pom.xml proto services simulation helm e2e-tests build-tools

.PHONY: help deps build built check test demo up down bench simulate soak crashes model clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

deps: ## Install the Debian packages that tests and demo use, where they are missing (root or sudo)
	@build-tools/install-deps

build: ## Package everything, without tests
	@echo "== build: package everything, without tests"
	$(MVN) package -DskipTests
	@mkdir -p $(dir $(STAMP)) && touch $(STAMP)

# Builds only when a source is newer than the last complete build, or an artifact of it is gone.
built:
	@newer=; \
	if [ -e $(STAMP) ]; then \
	  newer=$$(find $(SOURCES) \( -name target -o -name .cache -o -name .git \) -prune -o -type f -newer $(STAMP) -print -quit); \
	fi; \
	services=$$(ls -d services/*/src | grep -v -e /common/ -e /local-site/ -e /cli/ | wc -l); \
	packaged=$$(ls services/*/target/quarkus-app/quarkus-run.jar 2>/dev/null | wc -l || true); \
	if [ ! -e $(STAMP) ] || [ -n "$$newer" ] || [ "$$packaged" -lt "$$services" ] \
	    || ! ls services/local-site/target/*.jar e2e-tests/target/*.jar >/dev/null 2>&1; then \
	  $(MAKE) build; \
	else \
	  echo "== build: up to date"; \
	fi

check: ## Formatter, warnings as errors, layering: before every commit
	@echo "== check: format, compile with warnings as errors, layering"
	$(MVN) spotless:check test -Dtest='Layer*Test' -Dsurefire.failIfNoSpecifiedTests=false

# Two modules at a time: tests wait on processes more than they compute.
test: deps ## Everything: formatter, unit, integration and end-to-end tests
	@echo "== test: the whole build with all tests"
	@began=$$(date +%s); status=0; \
	$(MVN) -T 2 spotless:check verify || status=$$?; \
	build-tools/failed-tests $$began; \
	exit $$status
	@mkdir -p $(dir $(STAMP)) && touch $(STAMP)

demo: deps built ## The main job on real input: protect a disk, damage it, recover it
	@echo "== demo"
	@./e2e-tests/demo

up: built ## Start a whole site on this machine, in the background
	@$(LOCAL_SITE) up --detach --directory $(SITE) $(UP_FLAGS)

down: ## Stop it; its data stays in .local-site
	@$(LOCAL_SITE) down --directory $(SITE)

bench: deps built ## Performance as ratios, in one run
	@echo "== bench"
	@./e2e-tests/bench $(BENCH_FLAGS)

simulate: built ## Random schedules of faults against the data plane's rules, in one thread: SECONDS=60 SEED=..
	@./simulation/simulate $(or $(SECONDS),60) $(SEED)

model: deps ## The protocol of checkpoints over several hosts, every order of events
	@echo "== model: docs/models"
	@docs/models/check

soak: deps ## Real processes under faults for SOAK_MINUTES=20, SEED=..
	@echo "== soak"
	$(MVN) verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=SoakIT -Dfailsafe.failIfNoSpecifiedTests=false \
	    -Dholdfast.soak.minutes=$(or $(SOAK_MINUTES),20) $(if $(SEED),-Dholdfast.soak.seed=$(SEED))

crashes: deps ## Recovery runs, each service killed at each of their steps; PAIRS=1 to 9 of story and service, SEED=..
	@echo "== crashes"
	$(MVN) verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=RunsKilledAtEveryStepIT -Dfailsafe.failIfNoSpecifiedTests=false \
	    -Dholdfast.crashes.pairs=$(or $(PAIRS),9) $(if $(SEED),-Dholdfast.crashes.seed=$(SEED))

clean: ## Remove what the build made; .local-site and its data stay
	$(MVN) -q clean
	@rm -f $(STAMP)
