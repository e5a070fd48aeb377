# Every habit of the house. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# pip builds without isolation and looks for maturin on the path.
export PATH := $(abspath $(BIN)):$(PATH)
# Quick to build and near enough to the release build; the wheel itself is built with PROFILE=release.
PROFILE ?= dev-release
# Seconds that each fuzz target runs.
TIME ?= 60
NATIVE := python/harness/_native.abi3.so
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help run test build lint types fmt fuzz bench clean rust-test wheel minimal faults

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.ready: requirements-dev.txt constraints.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements-dev.txt
	touch $@

$(VENV)/.built-$(PROFILE): $(VENV)/.ready Cargo.toml Cargo.lock $(shell find rust -name '*.rs' -o -name Cargo.toml)
	$(PIP) --no-build-isolation --config-settings=build-args="--profile $(PROFILE) --locked" -e '.[libsql,hf]'
	rm -f $(VENV)/.built-* && touch $@

build: $(VENV)/.built-$(PROFILE) ## Build the extension and install harness into .venv

run: build ## Answer a question by calling tools: no key, no network
	$(BIN)/harness run --conversation demo \
	  "What is (2+3)*7? Then add the result to my to-do list, and show the list."

test: build ## Run the Python tests (ARGS=… goes to pytest)
	$(BIN)/python -m pytest $(ARGS)

rust-test: ## Run the tests of the Rust core
	cargo test --locked -p harness-core

lint: build ## ruff, rustfmt, clippy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/rust/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: build ## Format everything
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cargo fmt --all

types: build ## mypy --strict, of the package and of what its users write
	$(BIN)/mypy
	$(BIN)/mypy tests/typing/*.py

fuzz: build ## Fuzz the parsers, TIME=60 seconds a target
	scripts/fuzz $(TIME)

bench: build ## The benchmarks, side by side with named peers
	scripts/bench

wheel: $(VENV)/.ready ## Build the release wheel into dist/
	$(BIN)/maturin build --release --locked --out dist

minimal: wheel ## Install the wheel without extras into a fresh venv and use it
	scripts/minimal

clean: ## Remove what was built
	rm -rf target dist build $(VENV) $(NATIVE) .pytest_cache .mypy_cache .ruff_cache .hypothesis
