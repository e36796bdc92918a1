# onprem.chat: two commands do everything, `make demo` and `make test`. Run as root on Debian or Ubuntu.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help tools dev-tools bundle demo test lint unit sanity integration molecule benchmark clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: ## build the lab and a bundle, run playbooks/airgap.yml on the lab, show how to look at it
	@tools/demo

test: dev-tools ## everything that proves it: lint, unit tests, ansible-test, molecule on the lab
	@tools/test

tools: ## what the playbooks and the lab need on this machine
	@tools/setup run

dev-tools: ## what the tests need on top of it
	@tools/setup test

bundle: tools ## a signed bundle for the lab, in .cache/bundles
	@tools/lab-bundle

lint: dev-tools ## ansible-lint, yamllint, ruff, mypy, antsibull
	@tools/test lint

unit: dev-tools ## the cores, in seconds
	@tools/test unit

sanity: dev-tools ## ansible-test sanity and units
	@tools/test sanity

integration: dev-tools ## the lab, the bundle and config sets, for real
	@tools/test integration

molecule: dev-tools ## every scenario, or one: make molecule SCENARIO=airgap
	@tools/test molecule $(SCENARIO)

benchmark: dev-tools ## what a site, forwards and a relay cost: ratios against other ways, limits and rivals
	@benchmarks/forwarding/run
	benchmarks/relay/run
	benchmarks/site/run

clean: ## take the lab down and remove everything that was made in this folder
	@tools/clean
