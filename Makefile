# The commands of every day. `make setup` once, then the rest.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo run test check docs fuzz month screenshot format lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps -e .
	touch $@

# Other ports: make demo DEMO="--port 9000 --sandbox-port 9100"
demo: setup
	$(BIN)/gridbot demo $(DEMO)

run: setup
	$(BIN)/gridbot serve --config config.yaml

# Bytecode is written whatever the shell says: without it each worker puts every test together anew. More
# workers than cores, since many tests wait for a process of their own.
test: setup
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 4 --dist worksteal

# The house rules that are tests (tests/house) run with `make test`.
check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Made-up input for every parser, and the API beyond what the suite asks of it. Longer: make fuzz SECONDS=3600
SECONDS ?= 600
fuzz: setup
	FUZZ_SECONDS=$(SECONDS) $(BIN)/pytest -q -p no:cacheprovider -o python_files='fuzz_*.py' -o python_functions='fuzz_*' tests/fuzz

# A month of a county over the sandbox's door, and its figures recounted in SQL: none may differ.
# Others: make month MONTH="--cases 500 --seed 3 --keep FOLDER", which keeps the database in a new folder.
month: setup
	$(BIN)/python -m bench.month $(MONTH)

# The table of every act, from the act table itself.
docs: setup
	$(BIN)/python -m bot.cli.documents

# The pictures in the README, from the test that walks through the demo.
screenshot: setup
	GRIDBOT_SCREENSHOTS=docs/images $(BIN)/pytest -q tests/browser -k by_hand

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# New releases wait a week before they come in. No addresses in the file: they differ from place to place.
lock: setup
	$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		--exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%d)" --output-file requirements.lock
	$(BIN)/uv pip compile --quiet pyproject.toml deploy/requirements.in --constraints requirements.lock \
		--extra postgres --extra s3 --extra oidc --extra pdf --extra pictures --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		--exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%d)" --output-file deploy/requirements.lock

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
