# The commands of the project; `make help` lists them. The work is done in bin/.
# PYTHON=python3.12 chooses another Python, PORT=8100 another port, RESET=1 new demo data.

PYTHON ?= python3
export PORT RESET ARGS ONLY BENCH_JSON BENCH_PEOPLE

.DEFAULT_GOAL := help
.PHONY: help demo test bench screenshots check format lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

demo: ## the whole product on this machine until Ctrl-C (PORT=8000, RESET=1)
	@exec $(PYTHON) -m bin demo

test: ## the whole suite on real PostgreSQL and Redis (ARGS='tests/consent -k gate')
	@exec $(PYTHON) -m bin test

bench: ## how fast it is, beside references of the same run (ONLY=launch, BENCH_JSON=file)
	@exec $(PYTHON) -m bin bench

screenshots: ## pictures of every screen with the sample data, in screenshots/
	@exec $(PYTHON) -m bin screenshots

check: ## format, lint, import contracts, types, templates, settings, migrations
	@exec $(PYTHON) -m bin check

format: ## mends what a machine can mend of format, lint and templates
	@exec $(PYTHON) -m bin format

lock: ## remakes the locks after a change of pyproject.toml or package.json
	@exec $(PYTHON) -m bin lock
